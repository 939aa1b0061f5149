// Commit records and walks over their graph. Any thread may call any method; a log walk has one user.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lru_cache.h"
#include "kv/store.h"
#include "version/types.h"

namespace mere::version {

// Leads a walk past commits that its reader has no use for.
class LogSkipper {
 public:
  virtual ~LogSkipper() = default;
  // Whether the reader has none for this one.
  virtual Result<bool> may_pass(const Commit& commit) const = 0;
  // From `id` on, along commits with one parent, the first that must be looked at: because the reader may
  // have a use for it, because `must_stop` says so, or because no more is known. Ids are raw bytes there.
  using Stop = std::function<bool(std::string_view id, Timestamp date)>;
  virtual Result<CommitId> pass(CommitId id, const Stop& must_stop) const = 0;
};

struct LogOptions {
  bool first_parent = false;
  std::optional<Timestamp> since{};      // parents (and the start) dated before are not followed
  const LogSkipper* skipper = nullptr;   // commits that it passes may be left out; outlives the walk
  std::vector<CommitId> shown_always{};  // but not these
};

// The walk of `log` (behaviour, section 7): a frontier, latest creation date first, equal dates: larger id.
class LogWalk {
 public:
  virtual ~LogWalk() = default;
  virtual Result<std::shared_ptr<const Commit>> next() = 0;  // null at the end
};

class Commits {
 public:
  // `state` outlives this. Caches up to `cached` records; they never change.
  explicit Commits(kv::Store& state, std::size_t cached = 4096);

  // `not_found` "commit not found".
  Result<std::shared_ptr<const Commit>> get(const Repository& repository, const CommitId& id) const;
  // The one commit whose id starts with `prefix` (1 to 63 hex digits); `not_found` if none or several.
  Result<CommitId> by_prefix(const Repository& repository, std::string_view prefix) const;
  // The write that adds the record; an equal one may be there already. Use it in the batch that refers to it.
  static kv::Write put(const Repository& repository, const Commit& commit);
  // Every record, in id order, unreachable ones too.
  Status for_each(const Repository& repository, const std::function<Status(const Commit&)>& visit) const;
  // The ids of the next records behind `after` ("": the first), at most `amount`: for walks that take their
  // time.
  Result<std::vector<CommitId>> ids_after(const Repository& repository, const std::string& after,
                                          std::size_t amount) const;

  std::unique_ptr<LogWalk> log(const Repository& repository, const CommitId& start,
                               const LogOptions& options) const;
  // nullopt: the two have no common ancestor.
  Result<std::optional<CommitId>> merge_base(const Repository& repository, const CommitId& left,
                                             const CommitId& right) const;

 private:
  kv::Store& state_;
  mutable LruCache<std::string, Commit> cache_;
};

}  // namespace mere::version
