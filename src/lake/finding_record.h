// What is stored of a check of a repository: protobuf of our own. Decoding answers `corrupt`.
// Finding: 1 kind by name · 2 repository · 3 where · 4 path · 5 address · 6 detail · 7 quarantined.
// Counts: 1 repositories · 2 commits · 3 tables · 4 entries · 5 bytes · 6 without checksum · 7 findings.
#pragma once

#include <string>
#include <string_view>

#include "lake/verify.h"

namespace mere::lake {

std::string encode_finding(const Finding& finding);
Result<Finding> decode_finding(std::string_view bytes);

std::string encode_counts(const VerifyCounts& counts);
Result<VerifyCounts> decode_counts(std::string_view bytes);

}  // namespace mere::lake
