#include "s3/part_range.h"

#include <optional>

#include "base/text.h"
#include "lake/own_metadata.h"
#include "lake/part_sizes.h"

namespace mere::s3 {
namespace {

constexpr std::uint64_t kMaxParts = 10'000;

}  // namespace

Outcome<PartRange> part_range(const tree::Entry& entry, std::string_view text) {
  const auto number = parse_integer<std::uint64_t>(text);
  if (!number || *number < 1 || *number > kMaxParts) {
    return s3_error("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");
  }
  const int parts = lake::parts_of(entry);
  const auto size = static_cast<std::uint64_t>(entry.size_bytes);
  if (parts <= 1) {
    if (*number != 1) return s3_error("InvalidPartNumber");
    return PartRange{{0, size}, parts};
  }
  const auto sizes = lake::part_sizes_of(entry);
  if (sizes.empty()) return s3_error("NotImplemented", "The sizes of this object's parts are not known");
  if (*number > sizes.size()) return s3_error("InvalidPartNumber");
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i + 1 < *number; ++i) offset += sizes[i];
  return PartRange{{offset, sizes[*number - 1]}, parts, static_cast<std::size_t>(*number - 1)};
}

}  // namespace mere::s3
