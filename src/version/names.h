// Which names are allowed (contract: behaviour, "Names"). Each check answers `invalid_argument` whose
// message is the rule's; callers put "argument <name>" before it. An empty name is "required value:
// validation error" everywhere but for repositories.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace mere::version {

// Branch and tag names are part of a key of kv::Store: past this they are refused.
inline constexpr std::size_t kMaxNameBytes = 2048;

Status check_repository_name(std::string_view name);  // "repository id: invalid value: validation error"
// "branch id: invalid value: validation error: branch id must …": for a name that is to be given.
Status check_branch_name(std::string_view name);
// "branch id: invalid value: validation error": for a name that is looked up.
Status check_branch_argument(std::string_view name);
Status check_tag_name(std::string_view name);  // "tag id: invalid value: validation error"
Status check_ref_expr(std::string_view ref);   // "ref: invalid value: validation error"; ^[^\s]+$
Status check_path(std::string_view path);      // 1..1024 bytes

bool is_commit_id(std::string_view text);  // 64 lower-case hex digits; a metarange's id looks the same

}  // namespace mere::version
