#include "block/azure_address.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace mere::block {
namespace {

constexpr std::size_t kMaxBlobBytes = 1024;

Error bad(const Address& address, std::string_view why) {
  return Error{Code::invalid_argument, fmt::format("address '{}': {}", address.uri, why)};
}

bool is_container(std::string_view name) {
  if (name == "$root" || name == "$web" || name == "$logs") return true;
  return name.size() >= 3 && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool is_account(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

Result<AzureEndpoint> parse_azure_endpoint(const std::string& account, const std::string& domain,
                                           const std::string& emulator) {
  if (!is_account(account)) {
    return Error{
        Code::invalid_argument,
        fmt::format("the storage account '{}' is no name of one: set blockstore.azure.storage_account "
                    "(lower-case letters and digits)",
                    account)};
  }
  AzureEndpoint endpoint;
  endpoint.account = account;
  endpoint.host = account + "." + domain;
  endpoint.origin = "https://" + endpoint.host;
  if (emulator.empty()) return endpoint;
  const std::size_t scheme = emulator.find("://");
  endpoint.secure = emulator.starts_with("https://");
  if (!endpoint.secure && !emulator.starts_with("http://")) {
    return Error{Code::invalid_argument,
                 fmt::format("the Azure endpoint '{}' must be http:// or https://", emulator)};
  }
  std::string_view rest = emulator;
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t slash = std::min(rest.find('/', scheme + 3), rest.size());
  endpoint.origin = rest.substr(0, slash);
  endpoint.path = rest.substr(slash);
  return endpoint;
}

Result<AzureAddress> parse_azure_address(const AzureEndpoint& endpoint, const Address& address) {
  std::string_view rest = address.uri;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (rest.starts_with(scheme)) {
      rest.remove_prefix(scheme.size());
      break;
    }
  }
  if (rest.size() == address.uri.size()) {
    return bad(address, fmt::format("it must begin with 'https://{}/'", endpoint.host));
  }
  const std::size_t host_end = std::min(rest.find('/'), rest.size());
  if (rest.substr(0, host_end) != endpoint.host) {
    return bad(address, fmt::format("this store has the account '{}': an address of it begins with "
                                    "'https://{}/'",
                                    endpoint.account, endpoint.host));
  }
  rest.remove_prefix(std::min(host_end + 1, rest.size()));
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  AzureAddress parsed;
  parsed.base = address.uri.substr(0, address.uri.size() - rest.size());
  parsed.container = rest.substr(0, slash);
  parsed.blob = rest.substr(std::min(slash + 1, rest.size()));
  if (parsed.container.empty()) return bad(address, "it names no container");
  if (!is_container(parsed.container))
    return bad(address, "its container is no name of one (3 to 63 lower-case letters, digits, '-')");
  if (parsed.blob.size() > kMaxBlobBytes)
    return bad(address, fmt::format("its name is longer than the {} bytes that Azure allows", kMaxBlobBytes));
  if (!is_valid_utf8(parsed.blob)) return bad(address, "its name is not UTF-8, as Azure wants it");
  if (parsed.blob.starts_with(kAzureUploads))
    return bad(address, fmt::format("'{}' is kept for uploads under way", kAzureUploads));
  return parsed;
}

Result<AzureAddress> parse_azure_object(const AzureEndpoint& endpoint, const Address& address) {
  ASSIGN_OR_RETURN(AzureAddress parsed, parse_azure_address(endpoint, address));
  if (parsed.blob.empty() || parsed.blob.ends_with('/'))
    return bad(address, "this is a folder: an object needs a name");
  return parsed;
}

}  // namespace mere::block
