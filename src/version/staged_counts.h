// What says that a branch may want compaction: how many entries were written to each staging token since this
// process knows it (a cheap upper bound), and reads that its deletions slow down. Any thread may call any
// method.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "version/types.h"

namespace mere::version {

class StagedCounts {
 public:
  enum class Reason : std::uint8_t { much_written, slow_to_read };
  using Look = std::function<void(const Repository& repository, const BranchName& branch, Reason reason)>;

  // From now on `look` is called by wrote() when a token's count passes `limit`, and for the first write
  // to a token that this process did not start (it may be full since before a restart); and by was_slow().
  // It is called again for the same token only after set().
  void watch(std::uint64_t limit, Look look);
  void stop();

  // `entries` were written under `token`. Calls `look` on this thread, holding no lock that wrote() takes.
  void wrote(const Repository& repository, const BranchName& branch, const StagingToken& token,
             std::uint64_t entries);
  // A read stepped over so many deletions that it would be faster on a compacted branch. As wrote().
  void was_slow(const Repository& repository, const BranchName& branch, const StagingToken& token);
  // Whether anything was written under `token` since this process knows it. It may be gone again; false says
  // nothing.
  bool has_writes(const StagingToken& token);
  // What a token holds: 0 for a new one.
  void set(const StagingToken& token, std::uint64_t entries);

  // Whoever was told to look counts what the token holds: counting(), then the count, then counted(). Writes
  // meanwhile are not forgotten: they are added to the count, though it may have some of them.
  void counting(const StagingToken& token);
  // False: with those writes it is past the limit, and has to be counted again.
  bool counted(const StagingToken& token, std::uint64_t entries);

 private:
  struct Count {
    std::uint64_t entries = 0;
    bool reported = false;
  };
  // Calls `look`, unless that was done for the token, if `is_due` says so of its count and of whether it is
  // new.
  template <class IsDue>
  void look_once(const Repository& repository, const BranchName& branch, const StagingToken& token,
                 Reason reason, const IsDue& is_due);

  // Past this the counts are forgotten: each token still in use is then looked at once more.
  static constexpr std::size_t kMaxTokens = 16'384;

  std::mutex mutex_;
  std::unordered_map<StagingToken, Count> counts_;
  std::uint64_t limit_ = 0;
  std::shared_ptr<const Look> look_;
};

}  // namespace mere::version
