#include "rest/presign.h"

#include <algorithm>

#include "lake/entry_address.h"
#include "rest/convert.h"

namespace mere::rest {
namespace {

// What may stand in a Host header (RFC 3986, section 3.2.2), and nothing that could end it.
bool is_authority(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~:[]").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string origin_of(const http::Request& request, const Settings& settings) {
  if (request.peer == "in-process") return {};
  if (!settings.external_url.empty()) return settings.external_url;
  const std::string_view host = request.headers.get("Host");
  if (!is_authority(host)) return {};
  // A proxy that ends TLS says so. Whoever lies here gets a link that does not work, and no one else does.
  const bool secure =
      request.secure || http::equal_ignoring_case(request.headers.get("X-Forwarded-Proto"), "https");
  return (secure ? "https://" : "http://") + std::string(host);
}

lake::PresignAbility presign_ability(const Context& context, const Call& call,
                                     const version::Repository& repository) {
  return context.lake.presigner.ability(repository.storage_namespace.storage_id,
                                        origin_of(call.request, context.settings));
}

Result<lake::PresignedUrl> presign_object(const Context& context, const Call& call,
                                          const version::Repository& repository, std::string_view path,
                                          const tree::Entry& entry) {
  const std::size_t slash = path.rfind('/');
  auto url = context.lake.presigner.get(
      origin_of(call.request, context.settings), lake::address_of(repository, entry),
      {.file_name = std::string(path.substr(slash == std::string_view::npos ? 0 : slash + 1)),
       .content_type = std::string(content_type_of(entry)),
       .etag = entry.checksum});
  if (!url && url.error().code == Code::not_implemented) return presign_unsupported(context.lake, repository);
  return url;
}

Error presign_unsupported(const lake::Lake& lake, const version::Repository& repository) {
  const std::string& type = lake.store.capabilities(repository.storage_namespace.storage_id).type;
  return {Code::invalid_argument, type == "mem" ? "get pre signed url: operation not supported"
                                                : type + " adapter presigned URL: operation not supported"};
}

}  // namespace mere::rest
