// Signs requests to S3, by the code that the server checks them with. The date is that of the start: servers
// take it for a quarter of an hour.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/hash.h"
#include "http/aws_signature.h"
#include "http/message.h"

namespace mere::load {

class RequestSigner {
 public:
  // `keys`: "access key id:secret access key".
  RequestSigner(std::string_view keys, std::string_view host)
      : host_(host), timestamp_(http::to_aws_time(system_clock().now())) {
    scope_ = {timestamp_.substr(0, 8), "us-east-1", "s3"};
    const std::size_t colon = keys.find(':');
    access_key_id_ = keys.substr(0, colon);
    key_ = http::AwsSigningKeys().get(keys.substr(colon + 1), scope_);
  }

  // Of a request to `target`, as it is sent; empty if that cannot be a target. 64 characters.
  std::string signature(std::string_view method, std::string_view target,
                        std::string_view payload_hash) const {
    const std::size_t mark = target.find('?');
    const auto path = percent_decode(target.substr(0, mark));
    auto query = http::parse_query(mark == target.npos ? std::string_view() : target.substr(mark + 1));
    if (!path || !query) return {};
    const http::AwsCanonical canonical{.method = method,
                                       .path = *path,
                                       .query = *std::move(query),
                                       .signed_headers = {{"host", host_},
                                                          {"x-amz-content-sha256", std::string(payload_hash)},
                                                          {"x-amz-date", timestamp_}},
                                       .payload_hash = payload_hash};
    return http::aws_signature(key_, timestamp_, scope_, http::canonical_request(canonical));
  }
  // What stands before the signature.
  std::string headers(std::string_view payload_hash) const {
    return "X-Amz-Date: " + timestamp_ + "\r\nX-Amz-Content-Sha256: " + std::string(payload_hash) +
           "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" + access_key_id_ + "/" + scope_.text() +
           ", SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=";
  }
  static std::string payload_hash(std::uint64_t filler_bytes) {
    Digest digest = Digest::sha256();
    const std::string piece(1 << 20, 'x');
    for (std::uint64_t left = filler_bytes; left > 0;) {
      const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
      digest.update(std::string_view(piece).substr(0, now));
      left -= now;
    }
    return digest.finish_hex();
  }

 private:
  const std::string host_;
  const std::string timestamp_;
  std::string access_key_id_;
  http::AwsScope scope_;
  std::array<std::byte, 32> key_;
};

}  // namespace mere::load
