#include "serve/front.h"

#include "rest/object_links.h"

namespace mere::serve {
namespace {

bool is_rest(std::string_view path) {
  if (path == "/_health" || path == "/metrics" || path == "/openapi.json" || path == "/logout") return true;
  return path == "/api/v1" || path.starts_with("/api/v1/");
}

}  // namespace

Task<http::Response> Front::handle(http::Request request) {
  if (rest::ObjectLinks::claims(request)) return links_.handle(std::move(request));
  if (s3_.claims(request)) return s3_.handle(std::move(request));
  http::Handler& surface = is_rest(request.path) ? rest_ : pages_;
  return surface.handle(std::move(request));
}

}  // namespace mere::serve
