#include "version/protection.h"

#include <map>
#include <set>
#include <string_view>

#include "base/glob.h"
#include "base/wire.h"

namespace mere::version {
namespace {

constexpr std::string_view kSetting = "protected_branches";

// Stored form (storage format, section 4): BranchProtectionRules{1: map<pattern, {1: repeated action}>}.
using Rules = std::map<std::string, std::set<ProtectedAction>>;

std::string encode_rules(const std::vector<std::string>& patterns) {
  const std::string both_actions("\0\1", 2);  // packed enums: STAGING_WRITE = 0, COMMIT = 1
  std::string blocked;
  WireWriter(blocked).bytes_always(1, both_actions);

  std::string out;
  for (const std::string& pattern : std::set<std::string>(patterns.begin(), patterns.end())) {
    std::string entry;
    WireWriter wire(entry);
    wire.bytes(1, pattern);
    wire.bytes_always(2, blocked);
    WireWriter(out).bytes_always(1, entry);
  }
  return out;
}

Error corrupt() {
  return {Code::corrupt, "stored branch protection rules are damaged"};
}

Result<std::set<ProtectedAction>> decode_actions(std::string_view bytes) {
  std::set<ProtectedAction> actions;
  WireReader in(bytes);
  while (in.next()) {
    if (in.field() != 1) continue;
    std::string_view packed = in.bytes();
    while (!packed.empty()) {
      std::uint64_t action = 0;
      if (!take_uvarint(packed, action)) return corrupt();
      if (action == 0) actions.insert(ProtectedAction::staging_write);
      if (action == 1) actions.insert(ProtectedAction::commit);
    }
  }
  if (in.failed()) return corrupt();
  return actions;
}

Result<Rules> decode_rules(std::string_view bytes) {
  Rules rules;
  WireReader in(bytes);
  while (in.next()) {
    if (in.field() != 1) continue;
    std::string pattern;
    std::set<ProtectedAction> actions;
    WireReader entry(in.bytes());
    while (entry.next()) {
      if (entry.field() == 1) pattern = entry.bytes();
      if (entry.field() == 2) {
        ASSIGN_OR_RETURN(actions, decode_actions(entry.bytes()));
      }
    }
    if (entry.failed()) return corrupt();
    rules.insert_or_assign(std::move(pattern), std::move(actions));
  }
  if (in.failed()) return corrupt();
  return rules;
}

}  // namespace

Result<ProtectionRules> protection_rules(const Repositories& repositories, const Repository& repository) {
  ASSIGN_OR_RETURN(const Setting setting, repositories.setting(repository, kSetting));
  ASSIGN_OR_RETURN(const Rules stored, decode_rules(setting.bytes));
  ProtectionRules rules;
  rules.etag = setting.etag;
  for (const auto& [pattern, actions] : stored) rules.patterns.push_back(pattern);
  return rules;
}

Status set_protection_rules(Repositories& repositories, const Repository& repository,
                            const std::vector<std::string>& patterns,
                            const std::optional<std::string>& if_etag) {
  RETURN_IF_ERROR(check_writable(repository, false));
  for (const std::string& pattern : patterns) {
    if (const auto glob = Glob::parse(pattern); !glob) {
      return with_context("branch protection pattern '" + pattern + "'", glob.error());
    }
  }
  return repositories.set_setting(repository, kSetting, encode_rules(patterns), if_etag);
}

Result<bool> is_protected(const Repositories& repositories, const Repository& repository,
                          const BranchName& branch, ProtectedAction action) {
  ASSIGN_OR_RETURN(const Setting setting, repositories.setting(repository, kSetting));
  if (setting.bytes.empty()) return false;
  ASSIGN_OR_RETURN(const Rules rules, decode_rules(setting.bytes));
  for (const auto& [pattern, actions] : rules) {
    if (!actions.contains(action)) continue;
    ASSIGN_OR_RETURN(const Glob glob, Glob::parse(pattern));
    if (glob.matches(branch.str())) return true;
  }
  return false;
}

}  // namespace mere::version
