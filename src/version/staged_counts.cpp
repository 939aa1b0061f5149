#include "version/staged_counts.h"

#include <memory>
#include <utility>

namespace mere::version {

void StagedCounts::watch(std::uint64_t limit, Look look) {
  std::lock_guard lock(mutex_);
  limit_ = limit;
  look_ = std::make_shared<const Look>(std::move(look));
}

void StagedCounts::stop() {
  std::lock_guard lock(mutex_);
  look_.reset();
}

template <class IsDue>
void StagedCounts::look_once(const Repository& repository, const BranchName& branch,
                             const StagingToken& token, Reason reason, const IsDue& is_due) {
  std::shared_ptr<const Look> look;
  {
    std::lock_guard lock(mutex_);
    if (!look_) return;
    if (counts_.size() >= kMaxTokens) counts_.clear();
    const auto [found, is_unknown] = counts_.try_emplace(token);
    Count& count = found->second;
    if (!is_due(count, is_unknown) || count.reported) return;
    count.reported = true;
    look = look_;
  }
  (*look)(repository, branch, reason);
}

void StagedCounts::wrote(const Repository& repository, const BranchName& branch, const StagingToken& token,
                         std::uint64_t entries) {
  look_once(repository, branch, token, Reason::much_written, [&](Count& count, bool is_unknown) {
    count.entries += entries;
    return is_unknown || count.entries > limit_;
  });
}

void StagedCounts::was_slow(const Repository& repository, const BranchName& branch,
                            const StagingToken& token) {
  look_once(repository, branch, token, Reason::slow_to_read, [](Count&, bool) { return true; });
}

bool StagedCounts::has_writes(const StagingToken& token) {
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(token);
  return found != counts_.end() && found->second.entries > 0;
}

void StagedCounts::set(const StagingToken& token, std::uint64_t entries) {
  std::lock_guard lock(mutex_);
  if (counts_.size() >= kMaxTokens) counts_.clear();
  counts_[token] = {entries, false};
}

void StagedCounts::counting(const StagingToken& token) {
  std::lock_guard lock(mutex_);
  counts_[token] = {0, true};
}

bool StagedCounts::counted(const StagingToken& token, std::uint64_t entries) {
  std::lock_guard lock(mutex_);
  Count& count = counts_[token];
  count.entries += entries;
  count.reported = count.entries > limit_;
  return !count.reported;
}

}  // namespace mere::version
