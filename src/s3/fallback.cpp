#include "s3/fallback.h"

#include "base/log.h"

namespace mere::s3 {
namespace {

class BorrowedBody final : public http::BodyReader {
 public:
  explicit BorrowedBody(http::BodyReader& body) : body_(body) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override { return body_.read(into); }

 private:
  http::BodyReader& body_;
};

}  // namespace

std::unique_ptr<http::BodyReader> borrow_body(http::BodyReader& body) {
  return std::make_unique<BorrowedBody>(body);
}

Task<std::optional<http::Response>> send_to_fallback(http::Client& client, const std::string& url,
                                                     const Target& target, http::Request request) {
  const auto path_start = url.find('/', url.find("://") + 3);
  std::string origin = url.substr(0, path_start);
  std::string path = path_start == url.npos ? "" : url.substr(path_start);
  if (target.in_host) path += "/" + target.repository;
  request.path.insert(0, path);
  for (const std::string_view of_this_hop : {"Host", "Connection", "Expect", "Cookie"}) {
    request.headers.erase(of_this_hop);
  }
  // A secret or a token of this lake is nobody else's business; a signature gives nothing away.
  if (!request.headers.get("Authorization").starts_with("AWS")) request.headers.erase("Authorization");

  auto answer = co_await client.send(std::move(origin), std::move(request), {});
  if (const auto* failed = std::get_if<http::SendError>(&answer)) {
    log::warn("the S3 fallback cannot be reached", {{"url", url}, {"error", failed->error.message}});
    co_return std::nullopt;
  }
  co_return std::move(std::get<http::Response>(answer));
}

}  // namespace mere::s3
