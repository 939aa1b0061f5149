// Which names are allowed (contract: behaviour, "Names"). Each answers `invalid_argument` whose message
// is the rule's; callers put the argument's name before it.
#pragma once

#include <string_view>

#include "base/result.h"

namespace mere::version {

Status check_repository_name(std::string_view name);  // "repository id: invalid value: validation error"
Status check_branch_name(std::string_view name);      // "branch id: invalid value: validation error: …"
Status check_tag_name(std::string_view name);         // "tag id: invalid value: validation error"
Status check_ref_expr(std::string_view ref);          // "ref: invalid value: validation error"; ^[^\s]+$
Status check_path(std::string_view path);             // 1..1024 bytes

}  // namespace mere::version
