// The walk of `log`: behaviour, section 7.
#include <algorithm>
#include <queue>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "version/commits.h"

namespace mere::version {
namespace {

using CommitPtr = std::shared_ptr<const Commit>;

struct ShownLater {
  bool operator()(const CommitPtr& a, const CommitPtr& b) const {
    return std::tie(a->creation_date, a->id) < std::tie(b->creation_date, b->id);
  }
};

class FrontierWalk final : public LogWalk {
 public:
  FrontierWalk(const Commits& commits, Repository repository, const CommitId& start,
               const LogOptions& options)
      : commits_(commits), repository_(std::move(repository)), options_(options), unread_{start} {
    found_.insert(start);
  }

  Result<CommitPtr> next() override {
    RETURN_IF_ERROR(read_parents());
    if (frontier_.empty()) return CommitPtr();
    CommitPtr shown = frontier_.top();
    frontier_.pop();

    // The parents are read with the next step: a page does not pay for what it does not show.
    const std::size_t followed =
        options_.first_parent ? std::min<std::size_t>(1, shown->parents.size()) : shown->parents.size();
    for (std::size_t i = 0; i < followed; ++i) {
      if (found_.insert(shown->parents[i]).second) unread_.push_back(shown->parents[i]);
    }
    return shown;
  }

 private:
  Status read_parents() {
    while (!unread_.empty()) {  // one by one, so that a step that failed can be repeated
      ASSIGN_OR_RETURN(CommitPtr commit, commits_.get(repository_, unread_.back()));
      unread_.pop_back();
      if (!options_.since || commit->creation_date >= *options_.since) frontier_.push(std::move(commit));
    }
    return {};
  }

  const Commits& commits_;
  const Repository repository_;
  const LogOptions options_;
  std::vector<CommitId> unread_;
  std::priority_queue<CommitPtr, std::vector<CommitPtr>, ShownLater> frontier_;
  std::unordered_set<CommitId> found_;
};

}  // namespace

std::unique_ptr<LogWalk> Commits::log(const Repository& repository, const CommitId& start,
                                      const LogOptions& options) const {
  return std::make_unique<FrontierWalk>(*this, repository, start, options);
}

}  // namespace mere::version
