// The walk of `log`: behaviour, section 7.
#include <algorithm>
#include <queue>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "base/encoding.h"
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
    for (const CommitId& id : options.shown_always) shown_always_.insert(from_hex(id.str()).value_or(""));
  }

  Result<CommitPtr> next() override {
    RETURN_IF_ERROR(read_parents());
    if (frontier_.empty()) return CommitPtr();
    CommitPtr shown = frontier_.top();
    frontier_.pop();

    // The parents are read with the next step: a page does not pay for what it does not show.
    const std::size_t followed =
        options_.first_parent ? std::min<std::size_t>(1, shown->parents.size()) : shown->parents.size();
    has_forked_ = has_forked_ || followed > 1;
    for (std::size_t i = 0; i < followed; ++i) {
      if (found_.insert(shown->parents[i]).second) unread_.push_back(shown->parents[i]);
    }
    return shown;
  }

 private:
  Status read_parents() {
    while (!unread_.empty()) {  // one by one, so that a step that failed can be repeated
      ASSIGN_OR_RETURN(const bool is_shown_already, skip());
      if (is_shown_already) {
        unread_.pop_back();
        continue;
      }
      ASSIGN_OR_RETURN(CommitPtr commit, commits_.get(repository_, unread_.back()));
      unread_.pop_back();
      if (!options_.since || commit->creation_date >= *options_.since) frontier_.push(std::move(commit));
    }
    return {};
  }

  // Where all that is left lies behind one commit, goes on to the next one of use. True: the walk has been
  // there, by another way.
  Result<bool> skip() {
    if (options_.skipper == nullptr || unread_.size() > 1 || !frontier_.empty()) return false;
    const CommitId from = unread_.back();
    const auto must_stop = [&](std::string_view id, Timestamp date) {
      if (options_.since && date < *options_.since) return true;
      if (!shown_always_.empty() && shown_always_.contains(std::string(id))) return true;
      if (!has_forked_) return false;  // then there is no other way
      const CommitId hex(to_hex(id));
      return hex != from && found_.contains(hex);
    };
    ASSIGN_OR_RETURN(const CommitId to, options_.skipper->pass(from, must_stop));
    if (to == from) return false;
    if (!found_.insert(to).second) return true;
    unread_.back() = to;
    return false;
  }

  const Commits& commits_;
  const Repository repository_;
  const LogOptions options_;
  std::vector<CommitId> unread_;
  std::priority_queue<CommitPtr, std::vector<CommitPtr>, ShownLater> frontier_;
  std::unordered_set<CommitId> found_;
  std::unordered_set<std::string> shown_always_;  // raw ids
  bool has_forked_ = false;                       // a commit was shown whose parents are several
};

}  // namespace

std::unique_ptr<LogWalk> Commits::log(const Repository& repository, const CommitId& start,
                                      const LogOptions& options) const {
  return std::make_unique<FrontierWalk>(*this, repository, start, options);
}

}  // namespace mere::version
