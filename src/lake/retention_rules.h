// Stored form of retention rules: lakeFS's protobuf message GarbageCollectionRules. 1 default_retention_days
// int32 · 2 branch_retention_days map<string, int32>. Decoding answers `corrupt`.
#pragma once

#include <string>
#include <string_view>

#include "lake/retention.h"

namespace mere::lake {

std::string encode_rules(const RetentionRules& rules);
Result<RetentionRules> decode_rules(std::string_view bytes);

}  // namespace mere::lake
