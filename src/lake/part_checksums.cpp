#include "lake/part_checksums.h"

#include <algorithm>

#include "base/encoding.h"
#include "lake/own_metadata.h"
#include "tree/reserved_metadata.h"

namespace mere::lake {
namespace {

constexpr std::size_t kMaxBytes = 16u << 10;

}  // namespace

std::vector<std::string> part_checksums_of(const tree::Entry& entry) {
  std::vector<std::string> checksums;
  const auto found = entry.metadata.find(std::string(tree::kPartChecksumsKey));
  if (found == entry.metadata.end()) return checksums;
  for (std::string_view rest = found->second; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    checksums.emplace_back(one);
  }
  if (checksums.size() != static_cast<std::size_t>(parts_of(entry))) checksums.clear();
  return checksums;
}

void keep_part_checksums(const std::vector<std::string>& checksums, tree::Entry& entry) {
  std::string text;
  for (const std::string& checksum : checksums) {
    if (!text.empty()) text += ',';
    text += to_base64(checksum);
    if (text.size() > kMaxBytes) return;
  }
  entry.metadata[std::string(tree::kPartChecksumsKey)] = std::move(text);
}

}  // namespace mere::lake
