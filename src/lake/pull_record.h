// Stored form of a pull request: the protobuf message of lakeFS. 1 id · 2 status · 3 created_at · 4 title ·
// 5 author · 6 description · 7 source_branch · 8 destination_branch · 9 commit_id · 10 closed_at.
// Decoding answers `corrupt`.
#pragma once

#include <string>
#include <string_view>

#include "lake/pulls.h"

namespace mere::lake {

std::string encode_pull(const Pull& pull);
Result<Pull> decode_pull(std::string_view bytes);

}  // namespace mere::lake
