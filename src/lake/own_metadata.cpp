#include "lake/own_metadata.h"

#include "base/encoding.h"
#include "base/text.h"
#include "tree/reserved_metadata.h"

namespace mere::lake {
namespace {

constexpr int kMaxParts = 10'000;

// "1" to "10000"; 0 for anything else.
int parse_parts(std::string_view text) {
  const int parts = parse_integer<int>(text).value_or(0);
  return parts >= 1 && parts <= kMaxParts ? parts : 0;
}

}  // namespace

std::string to_metadata(const StoredChecksum& checksum) {
  return std::string(name_of(checksum.algorithm)) + ":" + checksum.value;
}

std::optional<StoredChecksum> checksum_of(const tree::Entry& entry) {
  const auto found = entry.metadata.find(std::string(tree::kChecksumKey));
  if (found == entry.metadata.end()) return std::nullopt;
  const std::string_view text = found->second;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto algorithm = parse_checksum_algorithm(text.substr(0, colon));
  if (!algorithm) return std::nullopt;
  const std::string_view value = text.substr(colon + 1);
  // Base64 has no '-'.
  const std::size_t dash = value.find('-');
  const auto raw = from_base64(value.substr(0, dash));
  if (!raw || raw->size() != checksum_size_bytes(*algorithm)) return std::nullopt;
  if (dash != std::string_view::npos && parse_parts(value.substr(dash + 1)) == 0) return std::nullopt;
  return StoredChecksum{*algorithm, std::string(value),
                        dash == std::string_view::npos ? ChecksumType::full_object : ChecksumType::composite};
}

int parts_of(const tree::Entry& entry) {
  const auto found = entry.metadata.find(std::string(tree::kPartsKey));
  return found == entry.metadata.end() ? 0 : parse_parts(found->second);
}

std::string s3_etag(const tree::Entry& entry) {
  const int parts = parts_of(entry);
  return parts == 0 ? entry.checksum : entry.checksum + "-" + std::to_string(parts);
}

}  // namespace mere::lake
