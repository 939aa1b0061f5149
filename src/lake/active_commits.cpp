#include "lake/active_commits.h"

#include <unordered_map>

namespace mere::lake {
namespace {

constexpr std::int64_t kDaySeconds = 24 * 3600;

class Walks {
 public:
  Walks(const std::vector<CommitNode>& commits, Timestamp now) : now_(now) {
    for (const CommitNode& commit : commits) by_id_.emplace(commit.id, &commit);
  }

  void keep(const std::string& id) {
    if (by_id_.contains(id)) active_.insert(id);
  }

  // Walks on after commits that are not active: with commit dates out of order, an older one can be. Where a
  // walk with at least this retention has been before, it has found all that this one could.
  void from(const std::string& start, std::int32_t days) {
    const Timestamp threshold{now_.seconds - std::int64_t{days} * kDaySeconds, now_.nanos};
    for (const CommitNode* child = find(start); child != nullptr;) {
      const auto [walked, first] = walked_.try_emplace(child, days);
      if (!first && walked->second >= days) return;
      walked->second = days;
      const CommitNode* const parent = find(child->first_parent);
      if (parent != nullptr && child->creation_date > threshold) active_.insert(parent->id);
      child = parent;
    }
  }

  bool younger_than(const CommitNode& commit, std::int32_t days) const {
    return commit.creation_date > Timestamp{now_.seconds - std::int64_t{days} * kDaySeconds, now_.nanos};
  }
  std::unordered_set<std::string> take() { return std::move(active_); }

 private:
  const CommitNode* find(const std::string& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }

  const Timestamp now_;
  std::unordered_map<std::string, const CommitNode*> by_id_;
  std::unordered_map<const CommitNode*, std::int32_t>
      walked_;  // with which retention its parent was looked at
  std::unordered_set<std::string> active_;
};

}  // namespace

std::unordered_set<std::string> active_commits(const std::vector<CommitNode>& commits,
                                               const CommitHeads& heads, const RetentionRules& rules,
                                               Timestamp now) {
  Walks walks(commits, now);
  std::unordered_set<std::string> superseded;
  for (const CommitNode& commit : commits) superseded.insert(commit.first_parent);
  std::unordered_set<std::string> head_ids;

  for (const auto& [name, id] : heads.branches) {
    const auto rule = rules.branch_days.find(name);
    head_ids.insert(id);
    walks.keep(id);
    walks.from(id, rule == rules.branch_days.end() ? rules.default_days : rule->second);
  }
  for (const CommitNode& commit : commits) {
    if (superseded.contains(commit.id) || head_ids.contains(commit.id)) continue;
    if (walks.younger_than(commit, rules.default_days)) walks.keep(commit.id);
    walks.from(commit.id, rules.default_days);
  }
  for (const std::string& id : heads.tagged) walks.keep(id);
  return walks.take();
}

}  // namespace mere::lake
