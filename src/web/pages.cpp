#include "web/pages.h"

namespace mere::web {

extern const std::string_view kIndexPage;  // web/index.html

Task<http::Response> Pages::handle(http::Request request) {
  http::Response response;
  response.headers.add("X-Content-Type-Options", "nosniff");
  if (request.method != "GET" && request.method != "HEAD") {
    response.status = 405;
    response.headers.add("Allow", "GET, HEAD");
    co_return response;
  }
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Cache-Control", "no-cache");
  response.headers.add("X-Frame-Options", "SAMEORIGIN");
  response.headers.add(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
      "form-action 'self'; base-uri 'none'");
  if (request.method == "HEAD") {
    response.content_length_without_body = kIndexPage.size();
  } else {
    response.body = std::string(kIndexPage);
  }
  co_return response;
}

}  // namespace mere::web
