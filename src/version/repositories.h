// Repositories, their free-form metadata and their settings. Any thread may call any method.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/xid.h"
#include "kv/store.h"
#include "version/types.h"

namespace mere::version {

class Staging;

struct NewRepository {
  RepositoryName name;
  block::Address storage_namespace;
  BranchName default_branch{"main"};  // any text, "" is "main"
  bool bare = false;                  // only the record: no branch, no commit, no mark in the namespace
  bool read_only = false;             // no mark in the namespace
};

// A setting's stored bytes and their ETag: hex SHA-256 of the bytes, "" if it was never set.
struct Setting {
  std::string bytes;
  std::string etag;
};

class Repositories {
 public:
  // All outlive this. `store` is where namespaces lie; `prefix` is TreeOptions::prefix.
  Repositories(kv::Store& state, block::Store& store, Staging& staging, const Clock& clock, Random& random,
               std::string prefix);

  // Writes the namespace's mark `<prefix>/dummy`, the initial commit and the default branch. Where that is
  // cut off, or loses to another of the same name, the namespace stays free for this lake's repositories.
  // Errors, checked in this order: `already_exists` ("error creating repository: not unique"),
  // `invalid_argument` (unknown storage id; namespace of another scheme, or in use, or inside another's
  // data). Bare and read-only repositories may share a namespace: that is how one is restored.
  Result<Repository> create(const NewRepository& repository);

  // `not_found` "repository not found"; `gone` "repository in deletion". A list leaves those out.
  Result<Repository> get(const RepositoryName& name) const;
  // `search`: a part of the name, case-sensitive; "" is everything.
  Result<Page<Repository>> list(const PageRequest& page, std::string_view search) const;
  // `permission_denied` "read-only repository" unless `force`. A crash in the middle leaves it `in_deletion`;
  // resume_deletions() at start-up finishes it. Objects in the namespace stay.
  Status remove(const RepositoryName& name, bool force);
  Status resume_deletions();

  Result<Metadata> metadata(const Repository& repository) const;
  Status update_metadata(const Repository& repository, const Metadata& set,
                         const std::vector<std::string>& erase);

  Result<Setting> setting(const Repository& repository, std::string_view name) const;
  // `if_etag`: only if the setting's ETag is still this; else `precondition_failed` "Precondition failed".
  // nullopt bytes erase it.
  Status set_setting(const Repository& repository, std::string_view name,
                     const std::optional<std::string>& bytes, const std::optional<std::string>& if_etag);

 private:
  Status finish_deletion(const std::string& key, const std::string& value);

  kv::Store& state_;
  block::Store& store_;
  Staging& staging_;
  const Clock& clock_;
  XidGenerator xids_;
  Random& random_;
  std::string prefix_;
};

// A new name for uncommitted changes: unique, without '/'.
StagingToken make_staging_token(Random& random);

// A check for the batch of a write that adds records to `repository`: the batch answers `conflict` if the
// repository is deleted meanwhile, so that no record outlives it. `not_found` or `gone` if it is already.
Result<kv::Write> while_it_exists(const kv::Store& state, const Repository& repository);

// `permission_denied` "read-only repository" if it is and `force` is false.
Status check_writable(const Repository& repository, bool force);

}  // namespace mere::version
