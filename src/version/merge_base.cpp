// The merge base of two commits: a common ancestor that is no ancestor of another one ("best").
//
// The walk goes from both heads by falling generation, then creation date, so a commit comes after all
// its descendants; each step hands the sides a commit is reached from to its parents. The first commit
// found to be on both sides is the candidate. Several can be best (criss-cross merges), and this order
// decides between them, as lakeFS's does (storage format, section 11). Unlike there the walk then goes
// on down to the candidates' generation: one that turns out to be an ancestor of another common ancestor
// (merges of commits that were ancestors already make such shapes) is passed over.
//
// A generation is not part of a commit's id, so a restored one may be wrong. Where the walk sees a parent
// whose generation is not below its child's, it starts anew without trusting them, at the cost of both
// histories. What it cannot see is a wrong generation below where it stops: then the answer is a common
// ancestor, and always the same, but another one may be later.
#include <algorithm>
#include <iterator>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "version/commits.h"

namespace mere::version {
namespace {

using CommitPtr = std::shared_ptr<const Commit>;

bool comes_before(const Commit& a, const Commit& b) {
  return std::tie(a.generation, a.creation_date, a.id) > std::tie(b.generation, b.creation_date, b.id);
}

struct LowerPriority {
  bool operator()(const CommitPtr& a, const CommitPtr& b) const { return comes_before(*b, *a); }
};

class BaseSearch {
 public:
  BaseSearch(const Commits& commits, const Repository& repository)
      : commits_(commits), repository_(repository) {}

  Result<std::optional<CommitId>> run(const CommitId& left, const CommitId& right) {
    RETURN_IF_ERROR(reach(left, kLeft));
    RETURN_IF_ERROR(reach(right, kRight));
    while (!queue_.empty() && !settled()) {
      const CommitPtr commit = queue_.top();
      queue_.pop();
      const unsigned sides = marks_.at(commit->id);
      for (const CommitId& parent : commit->parents) {
        RETURN_IF_ERROR(reach(parent, (sides & kBoth) == kBoth ? kBoth | kBeaten : sides));
        if (last_reached_->generation >= commit->generation) return exhaustive(left, right);
      }
    }
    const std::vector<CommitPtr> found = candidates();
    return found.empty() ? std::nullopt : std::optional(found.front()->id);
  }

 private:
  static constexpr unsigned kLeft = 1, kRight = 2, kBoth = 3;
  static constexpr unsigned kBeaten = 4;  // an ancestor of a common ancestor

  Status reach(const CommitId& id, unsigned marks) {
    ASSIGN_OR_RETURN(last_reached_, commits_.get(repository_, id));
    unsigned& known = marks_[id];
    if (known == 0) queue_.push(last_reached_);
    const bool was_common = (known & kBoth) == kBoth;
    known |= marks;
    if (!was_common && (known & kBoth) == kBoth && !(known & kBeaten)) common_.push_back(last_reached_);
    return {};
  }

  std::vector<CommitPtr> candidates() const {
    std::vector<CommitPtr> unbeaten;
    std::copy_if(common_.begin(), common_.end(), std::back_inserter(unbeaten),
                 [&](const CommitPtr& commit) { return (marks_.at(commit->id) & kBeaten) == 0; });
    return unbeaten;
  }

  // True if no commit that waits can be a descendant of a candidate. Of several the walk visits each, to
  // see that its parents' generations are below.
  bool settled() const {
    const std::vector<CommitPtr> found = candidates();
    const std::int32_t next = queue_.top()->generation;
    return !found.empty() && std::all_of(found.begin(), found.end(), [&](const CommitPtr& commit) {
      return found.size() == 1 ? next <= commit->generation : next < commit->generation;
    });
  }

  Result<std::unordered_map<CommitId, CommitPtr>> ancestors(const CommitId& head) const {
    std::unordered_map<CommitId, CommitPtr> found;
    std::vector<CommitId> waiting{head};
    while (!waiting.empty()) {
      const CommitId id = std::move(waiting.back());
      waiting.pop_back();
      if (found.contains(id)) continue;
      ASSIGN_OR_RETURN(const CommitPtr commit, commits_.get(repository_, id));
      found.emplace(id, commit);
      waiting.insert(waiting.end(), commit->parents.begin(), commit->parents.end());
    }
    return found;
  }

  Result<std::optional<CommitId>> exhaustive(const CommitId& left, const CommitId& right) const {
    ASSIGN_OR_RETURN(const auto of_left, ancestors(left));
    ASSIGN_OR_RETURN(const auto of_right, ancestors(right));

    // Ancestors of common ancestors are common, so whatever is beaten is a parent of a common ancestor.
    std::unordered_set<CommitId> beaten;
    for (const auto& [id, commit] : of_left) {
      if (of_right.contains(id)) beaten.insert(commit->parents.begin(), commit->parents.end());
    }
    CommitPtr best;
    for (const auto& [id, commit] : of_left) {
      if (!of_right.contains(id) || beaten.contains(id)) continue;
      if (!best || comes_before(*commit, *best)) best = commit;
    }
    return best ? std::optional(best->id) : std::nullopt;
  }

  const Commits& commits_;
  const Repository& repository_;
  std::unordered_map<CommitId, unsigned> marks_;
  std::priority_queue<CommitPtr, std::vector<CommitPtr>, LowerPriority> queue_;
  std::vector<CommitPtr> common_;  // reached from both sides, in the order they were found
  CommitPtr last_reached_;
};

}  // namespace

Result<std::optional<CommitId>> Commits::merge_base(const Repository& repository, const CommitId& left,
                                                    const CommitId& right) const {
  return BaseSearch(*this, repository).run(left, right);
}

}  // namespace mere::version
