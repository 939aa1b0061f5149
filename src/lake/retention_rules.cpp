#include "lake/retention_rules.h"

#include "base/wire.h"

namespace mere::lake {
namespace {

// Negative ones take ten bytes, as protobuf sign-extends int32 to 64 bits.
std::uint64_t wire_of(std::int32_t days) {
  return static_cast<std::uint64_t>(std::int64_t{days});
}

}  // namespace

std::string encode_rules(const RetentionRules& rules) {
  std::string bytes;
  WireWriter out(bytes);
  out.varint(1, wire_of(rules.default_days));
  for (const auto& [branch, days] : rules.branch_days) {
    std::string entry;
    WireWriter pair(entry);
    pair.bytes(1, branch);
    pair.varint(2, wire_of(days));
    out.bytes_always(2, entry);
  }
  return bytes;
}

Result<RetentionRules> decode_rules(std::string_view bytes) {
  const Error corrupt{Code::corrupt, "stored retention rules do not parse"};
  RetentionRules rules;
  WireReader in(bytes);
  while (in.next()) {
    if (in.field() == 1) rules.default_days = static_cast<std::int32_t>(in.varint());
    if (in.field() != 2) continue;
    std::string branch;
    std::int32_t days = 0;
    WireReader pair(in.bytes());
    while (pair.next()) {
      if (pair.field() == 1) branch = pair.bytes();
      if (pair.field() == 2) days = static_cast<std::int32_t>(pair.varint());
    }
    if (pair.failed()) return corrupt;
    rules.branch_days[branch] = days;
  }
  if (in.failed()) return corrupt;
  return rules;
}

}  // namespace mere::lake
