#include "lake/part_sizes.h"

#include <optional>

#include "base/text.h"
#include "tree/reserved_metadata.h"

namespace mere::lake {
namespace {

constexpr std::uint64_t kMaxParts = 10'000;

}  // namespace

std::vector<std::uint64_t> part_sizes_of(const tree::Entry& entry) {
  const auto found = entry.metadata.find(std::string(tree::kPartSizesKey));
  if (found == entry.metadata.end()) return {};
  std::vector<std::uint64_t> sizes;
  std::uint64_t total = 0;
  std::string_view text = found->second;
  if (text.ends_with(',')) return {};
  while (!text.empty()) {
    const std::string_view run = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), run.size() + 1));
    const auto star = run.find('*');
    const auto size = parse_integer<std::uint64_t>(run.substr(0, star));
    const auto count = star == run.npos ? std::optional<std::uint64_t>(1)
                                        : parse_integer<std::uint64_t>(run.substr(star + 1));
    if (!size || !count || *count > kMaxParts - sizes.size()) return {};
    std::uint64_t run_bytes = 0;
    if (__builtin_mul_overflow(*size, *count, &run_bytes) ||
        __builtin_add_overflow(total, run_bytes, &total)) {
      return {};
    }
    sizes.insert(sizes.end(), *count, *size);
  }
  if (total != static_cast<std::uint64_t>(entry.size_bytes)) return {};
  return sizes;
}

std::string encode_part_sizes(const std::vector<std::uint64_t>& sizes) {
  std::string text;
  for (std::size_t i = 0; i < sizes.size();) {
    std::size_t end = i + 1;
    while (end < sizes.size() && sizes[end] == sizes[i]) ++end;
    if (!text.empty()) text += ',';
    text += std::to_string(sizes[i]);
    if (end - i > 1) text += "*" + std::to_string(end - i);
    i = end;
  }
  return text;
}

}  // namespace mere::lake
