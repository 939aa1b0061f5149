// Branch protection: glob patterns over branch names. Kept as the setting "protected_branches".
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
  std::vector<std::string> patterns;  // each blocks both actions
  std::string etag;                   // "" if never set
};

Result<ProtectionRules> protection_rules(const Repositories& repositories, const Repository& repository);
Status set_protection_rules(Repositories& repositories, const Repository& repository,
                            const std::vector<std::string>& patterns, const std::optional<std::string>& if_etag);
Result<bool> is_protected(const Repositories& repositories, const Repository& repository, const BranchName& branch,
                          ProtectedAction action);

}  // namespace mere::version
