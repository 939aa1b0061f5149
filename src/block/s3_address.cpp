#include "block/s3_address.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace mere::block {
namespace {

constexpr std::string_view kScheme = "s3://";

bool is_bucket_character(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_';
}

Error bad(const Address& address, std::string_view why) {
  return Error{Code::invalid_argument, fmt::format("address '{}': {}", address.uri, why)};
}

// An IPv4 or IPv6 address, or a name without a domain: no bucket can be put before it.
bool takes_no_subdomain(std::string_view host) {
  if (host.starts_with('[')) return true;
  const std::string_view name = host.substr(0, host.find(':'));
  return name.find('.') == name.npos || name.find_first_not_of("0123456789.") == name.npos;
}

// The wildcard certificates of AWS stand for one label.
bool fits_in_host_name(std::string_view bucket) {
  return !bucket.empty() && std::all_of(bucket.begin(), bucket.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

Result<S3Address> parse_s3_address(const Address& address) {
  std::string_view rest = address.uri;
  if (!rest.starts_with(kScheme)) return bad(address, "it must begin with 's3://'");
  rest.remove_prefix(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  S3Address parsed{std::string(rest.substr(0, slash)),
                   std::string(rest.substr(std::min(slash + 1, rest.size())))};
  if (parsed.bucket.empty()) return bad(address, "it names no bucket");
  if (parsed.bucket.size() > 255 ||
      !std::all_of(parsed.bucket.begin(), parsed.bucket.end(), is_bucket_character))
    return bad(address, "its bucket is no name of one (letters, digits, '-', '.', '_')");
  if (parsed.bucket.find_first_not_of('.') == std::string::npos)
    return bad(address, "its bucket is no name of one");
  if (!is_valid_utf8(parsed.key)) return bad(address, "its key is not UTF-8, which S3 asks for");
  if (parsed.key.size() > kMaxS3KeyBytes)
    return bad(address, fmt::format("its key is longer than the {} bytes that S3 allows", kMaxS3KeyBytes));
  return parsed;
}

Result<S3Address> parse_s3_object(const Address& address) {
  ASSIGN_OR_RETURN(S3Address parsed, parse_s3_address(address));
  if (parsed.key.empty() || parsed.key.ends_with('/'))
    return bad(address, "this is a folder: an object needs a name");
  return parsed;
}

Result<S3Endpoint> parse_s3_endpoint(const std::string& url, bool force_path_style) {
  S3Endpoint endpoint;
  endpoint.path_style = force_path_style;
  if (url.empty()) {
    endpoint.is_aws = true;
    return endpoint;
  }
  std::string_view rest = url;
  if (rest.starts_with("http://")) {
    endpoint.secure = false;
    rest.remove_prefix(7);
  } else if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.find("://") != rest.npos) {
    return Error{Code::invalid_argument,
                 fmt::format("the S3 endpoint '{}' must be http:// or https://", url)};
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.empty() || rest.find_first_of("/?#@ \\") != rest.npos)
    return Error{Code::invalid_argument,
                 fmt::format("the S3 endpoint '{}' is not of the form https://host:port", url)};
  const std::string_view own_port = endpoint.secure ? ":443" : ":80";
  if (rest.ends_with(own_port) && rest.size() > own_port.size()) rest.remove_suffix(own_port.size());
  endpoint.host = rest;
  endpoint.path_style |= takes_no_subdomain(rest);
  return endpoint;
}

S3Target s3_target(const S3Endpoint& endpoint, const std::string& region, const std::string& bucket,
                   std::string_view key) {
  S3Target target;
  target.scheme = endpoint.secure ? "https" : "http";
  target.host = endpoint.host;
  if (endpoint.is_aws)
    target.host = fmt::format("s3.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
  target.path = "/";
  if (!bucket.empty()) {
    const bool in_path = endpoint.path_style ||
                         (endpoint.secure ? !fits_in_host_name(bucket) : bucket.find('_') != bucket.npos);
    if (in_path) {
      target.path += bucket;
      if (!key.empty()) target.path += '/';
    } else {
      target.host = bucket + "." + target.host;
    }
  }
  target.path += key;
  target.origin = target.scheme + "://" + target.host;
  return target;
}

}  // namespace mere::block
