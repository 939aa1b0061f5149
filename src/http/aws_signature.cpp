#include "http/aws_signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "base/check.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/lru_cache.h"
#include "base/time_format.h"

namespace mere::http {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::size_t kKeptKeys = 1024;

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string_view as_text(const std::array<std::byte, 32>& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

std::string canonical_query(const Pairs& query) {
  Pairs encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) encoded.emplace_back(percent_encode(name), percent_encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out += name;
    out += '=';
    out += value;
  }
  return out;
}

std::string header_names(const Pairs& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

std::string sign(const std::array<std::byte, 32>& signing_key, std::string_view string_to_sign) {
  return to_hex(hmac_sha256(as_text(signing_key), string_to_sign));
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

// Every header of the request, and its host, as they are signed; those of one name in one value.
Pairs headers_to_sign(const Headers& headers, std::string_view host) {
  std::map<std::string, std::string> merged{{"host", std::string(host)}};
  for (const auto& [name, value] : headers) {
    if (equal_ignoring_case(name, "Host")) continue;
    auto [place, is_new] = merged.try_emplace(lower_case(name));
    if (!is_new) place->second += ',';
    place->second += canonical_value(value);
  }
  return {merged.begin(), merged.end()};
}

}  // namespace

std::string AwsScope::text() const {
  return fmt::format("{}/{}/{}/{}", date, region, service, kTerminator);
}

struct AwsSigningKeys::Impl {
  LruCache<std::string, std::array<std::byte, 32>> kept{kKeptKeys};
};

AwsSigningKeys::AwsSigningKeys() : impl_(std::make_unique<Impl>()) {}
AwsSigningKeys::~AwsSigningKeys() = default;

std::array<std::byte, 32> AwsSigningKeys::get(std::string_view secret_access_key, const AwsScope& scope) {
  // The secret is followed by what no scope begins with twice: no other pair makes the same name.
  const std::string name = fmt::format("{}:{}{}", secret_access_key.size(), secret_access_key, scope.text());
  if (const auto found = impl_->kept.get(name)) return *found;

  std::string key = "AWS4" + std::string(secret_access_key);
  for (const std::string_view part : {std::string_view(scope.date), std::string_view(scope.region),
                                      std::string_view(scope.service), kTerminator}) {
    key = hmac_sha256(key, part);
  }
  std::array<std::byte, 32> made{};
  MERE_CHECK(key.size() == made.size());
  std::memcpy(made.data(), key.data(), made.size());
  impl_->kept.put(name, std::make_shared<const std::array<std::byte, 32>>(made), 1);
  return made;
}

std::string canonical_value(std::string_view value) {
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size();) {
    const auto gap = static_cast<std::size_t>(
        std::find_if(value.begin() + static_cast<std::ptrdiff_t>(i), value.end(), is_space) - value.begin());
    out.append(value, i, gap - i);
    for (i = gap; i < value.size() && is_space(value[i]); ++i) {
    }
    if (i < value.size()) out += ' ';
  }
  return out;
}

std::string canonical_request(const AwsCanonical& request) {
  std::string out(request.method);
  out += '\n';
  out += request.path.empty() ? "/" : percent_encode(request.path, "/");
  out += '\n';
  out += canonical_query(request.query);
  out += '\n';
  for (const auto& [name, value] : request.signed_headers) {
    out += name;
    out += ':';
    out += value;
    out += '\n';
  }
  out += '\n';
  out += header_names(request.signed_headers);
  out += '\n';
  out += request.payload_hash;
  return out;
}

std::string aws_signature(const std::array<std::byte, 32>& signing_key, std::string_view timestamp,
                          const AwsScope& scope, std::string_view canonical) {
  return sign(signing_key,
              fmt::format("{}\n{}\n{}\n{}", kAlgorithm, timestamp, scope.text(), to_hex(sha256(canonical))));
}

std::string aws_chunk_signature(const std::array<std::byte, 32>& signing_key, std::string_view timestamp,
                                const AwsScope& scope, std::string_view previous,
                                std::string_view payload_sha256) {
  return sign(signing_key, fmt::format("{}-PAYLOAD\n{}\n{}\n{}\n{}\n{}", kAlgorithm, timestamp, scope.text(),
                                       previous, kEmptySha256, payload_sha256));
}

std::string aws_trailer_signature(const std::array<std::byte, 32>& signing_key, std::string_view timestamp,
                                  const AwsScope& scope, std::string_view previous,
                                  std::string_view trailer) {
  return sign(signing_key, fmt::format("{}-TRAILER\n{}\n{}\n{}\n{}", kAlgorithm, timestamp, scope.text(),
                                       previous, to_hex(sha256(trailer))));
}

void sign_request(Request& request, std::string_view host, const AwsKeys& keys, std::string_view region,
                  std::string_view service, std::string_view payload_hash, Timestamp now,
                  AwsSigningKeys& signing_keys) {
  const std::string timestamp = to_aws_time(now);
  const AwsScope scope{timestamp.substr(0, 8), std::string(region), std::string(service)};
  request.headers.erase("Authorization");
  request.headers.set("X-Amz-Date", timestamp);
  request.headers.set("X-Amz-Content-Sha256", std::string(payload_hash));
  if (!keys.session_token.empty()) request.headers.set("X-Amz-Security-Token", keys.session_token);

  // The request is ours, so both are well-formed.
  const auto path = percent_decode(request.path);
  auto query = parse_query(request.query);
  MERE_CHECK(path && query);
  const AwsCanonical canonical{.method = request.method,
                               .path = *path,
                               .query = *std::move(query),
                               .signed_headers = headers_to_sign(request.headers, host),
                               .payload_hash = payload_hash};
  const std::string signature = aws_signature(signing_keys.get(keys.secret_access_key, scope), timestamp,
                                              scope, canonical_request(canonical));
  request.headers.set("Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                                   kAlgorithm, keys.access_key_id, scope.text(),
                                                   header_names(canonical.signed_headers), signature));
}

std::string presign_url(std::string_view method, std::string_view scheme, std::string_view host,
                        std::string_view path, std::vector<std::pair<std::string, std::string>> query,
                        const AwsKeys& keys, std::string_view region, std::string_view service,
                        std::chrono::seconds expiry, Timestamp now, AwsSigningKeys& signing_keys) {
  const std::string timestamp = to_aws_time(now);
  const AwsScope scope{timestamp.substr(0, 8), std::string(region), std::string(service)};
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential", keys.access_key_id + '/' + scope.text());
  query.emplace_back("X-Amz-Date", timestamp);
  query.emplace_back("X-Amz-Expires", std::to_string(expiry.count()));
  query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!keys.session_token.empty()) query.emplace_back("X-Amz-Security-Token", keys.session_token);
  const AwsCanonical canonical{.method = method,
                               .path = path,
                               .query = std::move(query),
                               .signed_headers = {{"host", std::string(host)}},
                               .payload_hash = kUnsignedPayload};
  const std::string signature = aws_signature(signing_keys.get(keys.secret_access_key, scope), timestamp,
                                              scope, canonical_request(canonical));
  return fmt::format("{}://{}{}?{}&X-Amz-Signature={}", scheme, host, percent_encode(path, "/"),
                     canonical_query(canonical.query), signature);
}

std::string to_aws_time(Timestamp time) {
  // "2026-01-02T03:04:05Z" without its dashes and colons.
  std::string text = to_rfc3339({time.seconds, 0});
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::optional<Timestamp> parse_aws_time(std::string_view text) {
  const bool has_form = text.size() == 16 && text[8] == 'T' && text[15] == 'Z';
  if (!has_form) return std::nullopt;
  for (std::size_t i = 0; i < 15; ++i) {
    if (i != 8 && (text[i] < '0' || text[i] > '9')) return std::nullopt;
  }
  return from_rfc3339(fmt::format("{}-{}-{}T{}:{}:{}Z", text.substr(0, 4), text.substr(4, 2),
                                  text.substr(6, 2), text.substr(9, 2), text.substr(11, 2),
                                  text.substr(13, 2)));
}

}  // namespace mere::http
