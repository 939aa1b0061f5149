// Branch protection: glob patterns (base/glob.h) over branch names. Kept as the setting "protected_branches".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "version/repositories.h"
#include "version/types.h"

namespace mere::version {

enum class ProtectedAction { staging_write, commit };

struct ProtectionRules {
  std::vector<std::string> patterns;  // each once, in byte order; each blocks both actions
  std::string etag;                   // "" if never set
};

Result<ProtectionRules> protection_rules(const Repositories& repositories, const Repository& repository);
// Replaces all. Errors: `permission_denied` "read-only repository", `invalid_argument` for a malformed
// pattern, `precondition_failed` "Precondition failed" if `if_etag` is not the etag.
Status set_protection_rules(Repositories& repositories, const Repository& repository,
                            const std::vector<std::string>& patterns,
                            const std::optional<std::string>& if_etag);
Result<bool> is_protected(const Repositories& repositories, const Repository& repository,
                          const BranchName& branch, ProtectedAction action);

}  // namespace mere::version
