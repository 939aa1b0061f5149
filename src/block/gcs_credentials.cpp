#include "block/gcs_credentials.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/encoding.h"

namespace mere::block {
namespace {

namespace json = boost::json;

constexpr std::string_view kScope = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr std::string_view kTokenUri = "https://oauth2.googleapis.com/token";
constexpr std::chrono::seconds kEarly{300};  // tokens are renewed this long before they run out
constexpr std::size_t kMaxFileBytes = 1u << 20;

Error invalid(std::string message) {
  return {Code::invalid_argument, "Google credentials: " + std::move(message)};
}

std::optional<json::object> parse_object(std::string_view text) {
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

// Where tokens are asked for, as a service that needs no signature: `bucket` is the origin, `key` the path.
class TokenService final : public RemoteService {
 public:
  Status prepare(const RemoteRequest& request, RemoteMessage& message) override {
    message.origin = request.bucket;
    message.request.path = request.key;
    return {};
  }
  RemoteFault fault_of(const RemoteRequest&, const RemoteAnswer& answer) const override {
    RemoteFault fault;
    fault.remedy = "check blockstore.gs.credentials_file or credentials_json, and this machine's clock";
    if (answer.status == 400 || answer.status == 401) fault.meaning = Code::permission_denied;
    if (const auto object = parse_object(answer.body)) {
      fault.code = text_of(*object, "error");
      fault.message = text_of(*object, "error_description");
    }
    return fault;
  }
};

struct Url {
  std::string origin;
  std::string path;
};

std::optional<Url> parse_url(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos || (!text.starts_with("https://") && !text.starts_with("http://")))
    return std::nullopt;
  const std::size_t slash = std::min(text.find('/', scheme + 3), text.size());
  if (slash == scheme + 3) return std::nullopt;
  return Url{text.substr(0, slash), slash == text.size() ? "/" : text.substr(slash)};
}

class NoTokens final : public GcsTokens {
 public:
  Result<std::string> get() override { return std::string(); }
  void drop(const std::string&) override {}
};

// Keeps a token until it nears its end.
class AskedTokens final : public GcsTokens {
 public:
  using MakeRequest = std::function<Result<RemoteRequest>(Timestamp now)>;
  AskedTokens(MakeRequest make_request, http::Client& http, RemoteOptions options, const Clock& clock,
              Random& random)
      : make_request_(std::move(make_request)),
        client_(http, service_, std::move(options), clock, random),
        clock_(clock) {}

  Result<std::string> get() override {
    std::lock_guard lock(mutex_);
    if (!token_.empty() && clock_.steady() < renew_at_) return token_;
    ASSIGN_OR_RETURN(const RemoteRequest request, make_request_(clock_.now()));
    ASSIGN_OR_RETURN(const RemoteAnswer answer, client_.require(request));
    const auto object = parse_object(answer.body);
    std::string token = object ? text_of(*object, "access_token") : std::string();
    const json::value* life = object ? object->if_contains("expires_in") : nullptr;
    if (token.empty() || life == nullptr || !life->is_int64())
      return Error{Code::unavailable, fmt::format("cannot {}: the answer holds no token", request.what)};
    token_ = std::move(token);
    const std::chrono::seconds lives(life->as_int64());
    renew_at_ = clock_.steady() + std::max(lives - kEarly, lives / 2);
    return token_;
  }
  void drop(const std::string& refused) override {
    std::lock_guard lock(mutex_);
    if (token_ == refused) token_.clear();
  }

 private:
  const MakeRequest make_request_;
  TokenService service_;
  const RemoteClient client_;
  const Clock& clock_;
  std::mutex mutex_;  // also held while a token is asked for: nobody can go on without it
  std::string token_;
  std::chrono::steady_clock::time_point renew_at_;
};

RemoteRequest form_request(const Url& url, const std::string& what, const std::string& form) {
  RemoteRequest request{
      .what = what, .method = "POST", .bucket = url.origin, .key = url.path, .payload = make_payload(form)};
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  return request;
}

// What the credentials need besides themselves.
struct Surroundings {
  http::Client& http;
  const RemoteOptions& requests;
  const Clock& clock;
  Random& random;

  std::unique_ptr<GcsTokens> ask(AskedTokens::MakeRequest make_request) const {
    return std::make_unique<AskedTokens>(std::move(make_request), http, requests, clock, random);
  }
};

Result<GcsCredentials> service_account(const json::object& object, const Surroundings& around) {
  const std::string email = text_of(object, "client_email");
  const std::string pem = text_of(object, "private_key");
  std::string token_uri = text_of(object, "token_uri");
  if (token_uri.empty()) token_uri = kTokenUri;
  const auto url = parse_url(token_uri);
  if (email.empty() || pem.empty()) return invalid("client_email or private_key is missing");
  if (!url) return invalid("token_uri is no URL");
  ASSIGN_OR_RETURN(RsaKey key, RsaKey::parse(pem));
  ASSIGN_OR_RETURN(RsaKey url_key, RsaKey::parse(pem));
  const GcsAssertion assertion{.issuer = email,
                               .key_id = text_of(object, "private_key_id"),
                               .audience = token_uri,
                               .scope = std::string(kScope)};
  GcsCredentials made;
  made.tokens = around.ask([assertion, url = *url, key = std::make_shared<RsaKey>(std::move(key))](
                               Timestamp now) -> Result<RemoteRequest> {
    ASSIGN_OR_RETURN(const std::string signed_assertion, sign_gcs_assertion(*key, assertion, now));
    return form_request(
        url, "get a token for " + assertion.issuer,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + signed_assertion);
  });
  made.signer = make_rsa_signer(email, std::move(url_key));
  return made;
}

// What `gcloud auth application-default login` writes.
Result<GcsCredentials> authorized_user(const json::object& object, const Surroundings& around) {
  const std::string client_id = text_of(object, "client_id");
  const std::string secret = text_of(object, "client_secret");
  const std::string refresh = text_of(object, "refresh_token");
  if (client_id.empty() || secret.empty() || refresh.empty())
    return invalid("client_id, client_secret or refresh_token is missing");
  std::string token_uri = text_of(object, "token_uri");
  if (token_uri.empty()) token_uri = kTokenUri;
  const auto url = parse_url(token_uri);
  if (!url) return invalid("token_uri is no URL");
  const std::string form = "grant_type=refresh_token&client_id=" + percent_encode(client_id) +
                           "&client_secret=" + percent_encode(secret) +
                           "&refresh_token=" + percent_encode(refresh);
  GcsCredentials made;
  made.tokens = around.ask([url = *url, form](Timestamp) -> Result<RemoteRequest> {
    return form_request(url, "get a token for the user of gcloud", form);
  });
  return made;
}

Result<GcsCredentials> of_json(const std::string& text, const Surroundings& around) {
  const auto object = parse_object(text);
  if (!object) return invalid("this is no JSON object");
  const std::string type = text_of(*object, "type");
  if (type == "service_account") return service_account(*object, around);
  if (type == "authorized_user") return authorized_user(*object, around);
  return invalid(fmt::format("the type '{}' is not one of: service_account, authorized_user", type));
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file || text.size() > kMaxFileBytes) return invalid(fmt::format("cannot read the file '{}'", path));
  return text;
}

Result<GcsCredentials> of_file(const std::string& path, const Surroundings& around) {
  ASSIGN_OR_RETURN(const std::string text, read_file(path));
  auto made = of_json(text, around);
  if (!made) return with_context(path, std::move(made).error());
  return made;
}

// Of the machine that this runs on.
Result<GcsCredentials> of_metadata(const std::string& origin, const Surroundings& around) {
  GcsCredentials made;
  made.tokens = around.ask([origin](Timestamp) -> Result<RemoteRequest> {
    RemoteRequest request{.what = "get a token for this machine's account from " + origin,
                          .method = "GET",
                          .bucket = origin,
                          .key = "/computeMetadata/v1/instance/service-accounts/default/token"};
    request.headers.set("Metadata-Flavor", "Google");
    return request;
  });
  return made;
}

Result<GcsCredentials> by_order(const GcsCredentialOptions& options, const Surroundings& around) {
  if (options.anonymous) return GcsCredentials{std::make_unique<NoTokens>(), nullptr};
  if (!options.json.empty()) return of_json(options.json, around);
  if (!options.file.empty()) return of_file(options.file, around);
  const auto variable = [&](const char* name) -> std::string {
    if (options.environment) return options.environment(name);
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (const std::string named = variable("GOOGLE_APPLICATION_CREDENTIALS"); !named.empty())
    return of_file(named, around);
  std::string folder = variable("CLOUDSDK_CONFIG");
  if (folder.empty()) {
    if (const std::string home = variable("HOME"); !home.empty()) folder = home + "/.config/gcloud";
  }
  if (!folder.empty()) {
    const std::string path = folder + "/application_default_credentials.json";
    if (std::ifstream(path)) return of_file(path, around);
  }
  if (const std::string host = variable("GCE_METADATA_HOST"); !host.empty())
    return of_metadata("http://" + host, around);
  return of_metadata(options.metadata_origin, around);
}

}  // namespace

Result<GcsCredentials> make_gcs_credentials(const GcsCredentialOptions& options, http::Client& http,
                                            const RemoteOptions& requests, const Clock& clock,
                                            Random& random) {
  ASSIGN_OR_RETURN(GcsCredentials made, by_order(options, {http, requests, clock, random}));
  if (!options.hmac_access_id.empty())
    made.signer = make_hmac_signer(options.hmac_access_id, options.hmac_secret);
  return made;
}

}  // namespace mere::block
