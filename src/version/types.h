// The words of versioning, as values. Stored forms: records.h; keys: keys.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "block/store.h"
#include "tree/types.h"

namespace mere::version {

using RepositoryName = Id<struct RepositoryNameTag>;
using BranchName = Id<struct BranchNameTag>;
using TagName = Id<struct TagNameTag>;
using CommitId = Id<struct CommitIdTag>;          // 64 lower-case hex digits
using RefExpr = Id<struct RefExprTag>;            // "main", "main~2", a tag, a commit id: not yet resolved
using StagingToken = Id<struct StagingTokenTag>;  // names one list of uncommitted changes

using tree::Metadata;
using tree::MetaRangeId;

struct Repository {
  RepositoryName name;
  block::Address storage_namespace;  // as given at creation, a trailing '/' kept
  BranchName default_branch;
  Timestamp creation_date;
  bool in_deletion = false;
  bool read_only = false;
  std::string instance_uid;  // xid: a re-created repository never sees old records

  friend bool operator==(const Repository&, const Repository&) = default;
};

struct Commit {
  CommitId id;
  std::string committer;
  std::string message;
  Timestamp creation_date;    // the id covers whole seconds only
  MetaRangeId meta_range_id;  // "": no objects
  Metadata metadata;
  std::vector<CommitId> parents;  // first parent first
  std::int32_t version = 1;       // 0 (old): parents are stored last first; read back in order here
  std::int32_t generation = 0;    // 1 + the largest of the parents'

  friend bool operator==(const Commit&, const Commit&) = default;
};

// The id that the other fields give (storage format, section 5.2).
CommitId id_of(const Commit& commit);

// A branch is a pointer plus its uncommitted changes: `staging_token` takes writes, `sealed_tokens`
// (newest first) wait for the commit or compaction that sealed them, and `compacted`, if set, is a tree
// that already holds older uncommitted changes on top of the head's.
struct Branch {
  BranchName name;
  CommitId commit_id;
  StagingToken staging_token;
  std::vector<StagingToken> sealed_tokens;
  std::optional<MetaRangeId> compacted;
  bool hidden = false;

  friend bool operator==(const Branch&, const Branch&) = default;
};

struct Tag {
  TagName name;
  CommitId commit_id;

  friend bool operator==(const Tag&, const Tag&) = default;
};

// A page of a sorted list: at most `amount` items with `prefix` after `after` (exclusive, bytewise).
struct PageRequest {
  std::string prefix;
  std::string after;
  std::size_t amount = 100;
};
template <class T>
struct Page {
  std::vector<T> items;
  bool has_more = false;  // exact: false if nothing is behind a full page
};

}  // namespace mere::version
