#include "block/access_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <mutex>

#include "base/text.h"
#include "block/json_object.h"

namespace mere::block {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kEarly{300};  // tokens are renewed this long before they run out
constexpr std::size_t kMaxAnswerBytes = 256u << 10;

// Azure's metadata services write numbers as text.
std::optional<std::int64_t> number_of(const json::object& object, json::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->as_int64();
  return parse_integer<std::int64_t>(text_at(object, name));
}

// Where tokens are asked for, as a service that needs no signature.
class TokenService final : public RemoteService {
 public:
  explicit TokenService(std::string remedy) : remedy_(std::move(remedy)) {}
  Status prepare(const RemoteRequest& request, RemoteMessage& message) override {
    message.origin = request.bucket;
    const std::size_t query = request.key.find('?');
    message.request.path = request.key.substr(0, query);
    if (query != std::string::npos) message.request.query = request.key.substr(query + 1);
    return {};
  }
  RemoteFault fault_of(const RemoteRequest&, const RemoteAnswer& answer) const override {
    RemoteFault fault;
    fault.remedy = remedy_;
    if (answer.status == 400 || answer.status == 401) fault.meaning = Code::permission_denied;
    if (const auto object = parse_json_object(answer.body)) {
      fault.code = text_at(*object, "error");
      fault.message = text_at(*object, "error_description");
      // It goes on with the request's id and time, a line each.
      fault.message.resize(std::min(fault.message.find_first_of("\r\n"), fault.message.size()));
    }
    return fault;
  }

 private:
  const std::string remedy_;
};

class NoTokens final : public AccessTokens {
 public:
  Result<std::string> get() override { return std::string(); }
  void drop(const std::string&) override {}
};

class AskedTokens final : public AccessTokens {
 public:
  AskedTokens(MakeTokenRequest make_request, const TokenSurroundings& around)
      : make_request_(std::move(make_request)),
        service_(around.remedy),
        client_(around.http, service_, around.requests, around.clock, around.random),
        clock_(around.clock) {}

  Result<std::string> get() override {
    std::lock_guard lock(mutex_);
    if (!token_.empty() && clock_.steady() < renew_at_) return token_;
    ASSIGN_OR_RETURN(RemoteRequest request, make_request_(clock_.now()));
    request.answer_limit = kMaxAnswerBytes;
    ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
    const auto object = parse_json_object(answer.body);
    std::string token = object ? text_at(*object, "access_token") : std::string();
    const auto lives = object ? life_of(*object) : std::nullopt;
    // Nothing outside it is put into a header.
    if (token.empty() || !lives || token.find_first_of("\r\n") != std::string::npos)
      return Error{Code::unavailable, fmt::format("cannot {}: the answer holds no token", request.what)};
    token_ = std::move(token);
    renew_at_ = clock_.steady() + std::max(*lives - kEarly, *lives / 2);
    return token_;
  }
  void drop(const std::string& refused) override {
    std::lock_guard lock(mutex_);
    if (token_ == refused) token_.clear();
  }

 private:
  std::optional<std::chrono::seconds> life_of(const json::object& answer) const {
    constexpr std::int64_t kLongest = 366 * 24 * 3600;
    std::optional<std::int64_t> lives = number_of(answer, "expires_in");
    if (const auto until = number_of(answer, "expires_on"); !lives && until)
      lives = *until - clock_.now().seconds;
    if (!lives) return std::nullopt;
    return std::chrono::seconds(std::clamp<std::int64_t>(*lives, 0, kLongest));
  }

  const MakeTokenRequest make_request_;
  TokenService service_;
  const RemoteClient client_;
  const Clock& clock_;
  std::mutex mutex_;  // also held while a token is asked for: nobody can go on without it
  std::string token_;
  std::chrono::steady_clock::time_point renew_at_;
};

}  // namespace

std::unique_ptr<AccessTokens> no_access_tokens() {
  return std::make_unique<NoTokens>();
}

std::unique_ptr<AccessTokens> ask_for_access_tokens(MakeTokenRequest make_request,
                                                    const TokenSurroundings& around) {
  return std::make_unique<AskedTokens>(std::move(make_request), around);
}

std::optional<TokenUrl> parse_token_url(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos || (!text.starts_with("https://") && !text.starts_with("http://")))
    return std::nullopt;
  const std::size_t slash = std::min(text.find('/', scheme + 3), text.size());
  if (slash == scheme + 3) return std::nullopt;
  return TokenUrl{text.substr(0, slash), slash == text.size() ? "/" : text.substr(slash)};
}

RemoteRequest token_form_request(const TokenUrl& url, const std::string& what, const std::string& form) {
  RemoteRequest request{
      .what = what, .method = "POST", .bucket = url.origin, .key = url.path, .payload = make_payload(form)};
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  return request;
}

}  // namespace mere::block
