#include "block/gcs_address.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace mere::block {
namespace {

constexpr std::string_view kScheme = "gs://";
constexpr std::size_t kMaxKeyBytes = 1024;

Error bad(const Address& address, std::string_view why) {
  return Error{Code::invalid_argument, fmt::format("address '{}': {}", address.uri, why)};
}

bool is_bucket(std::string_view name) {
  return name.size() >= 3 && name.size() <= 222 &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                              c == '.';
                     }) &&
         name.find_first_not_of('.') != name.npos;
}

}  // namespace

Result<GcsAddress> parse_gcs_address(const Address& address) {
  std::string_view rest = address.uri;
  if (!rest.starts_with(kScheme)) return bad(address, "it must begin with 'gs://'");
  rest.remove_prefix(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  GcsAddress parsed{std::string(rest.substr(0, slash)),
                    std::string(rest.substr(std::min(slash + 1, rest.size())))};
  if (parsed.bucket.empty()) return bad(address, "it names no bucket");
  if (!is_bucket(parsed.bucket))
    return bad(address, "its bucket is no name of one (lower-case letters, digits, '-', '_', '.')");
  if (parsed.key.size() > kMaxKeyBytes)
    return bad(address, fmt::format("its key is longer than the {} bytes that Google allows", kMaxKeyBytes));
  if (!is_valid_utf8(parsed.key) || parsed.key.find_first_of("\r\n") != std::string::npos)
    return bad(address, "its key is not UTF-8 without line ends, as Google wants it");
  if (parsed.key.starts_with(kGcsUploads))
    return bad(address, fmt::format("'{}' is kept for uploads under way", kGcsUploads));
  return parsed;
}

Result<GcsAddress> parse_gcs_object(const Address& address) {
  ASSIGN_OR_RETURN(GcsAddress parsed, parse_gcs_address(address));
  if (parsed.key.empty() || parsed.key.ends_with('/'))
    return bad(address, "this is a folder: an object needs a name");
  if (parsed.key == "." || parsed.key == "..") return bad(address, "Google allows no object of this name");
  return parsed;
}

std::string gcs_uri(const GcsAddress& address) {
  return "gs://" + address.bucket + "/" + address.key;
}

}  // namespace mere::block
