// What names a commit: a branch, a tag, a commit's id, "main~2", "main@".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/listing.h"
#include "client/object.h"

namespace mere::client {

struct ListOptions {
  std::string prefix{};
  std::string after{};      // exclusive
  std::string delimiter{};  // with "/", what shares a prefix up to it is one item of type common_prefix
  bool with_metadata = true;
};

struct DiffOptions {
  std::string prefix{};
  std::string after{};
  std::string delimiter{};
  // What the other side changed since the two parted, as a merge would see it; or what differs at all.
  api::DiffRefsType type = api::DiffRefsType::three_dot;
};

struct LogOptions {
  std::vector<std::string> objects{};   // only commits that changed one of these
  std::vector<std::string> prefixes{};  // … or something below one of these
  bool first_parent = false;
  std::optional<Timestamp> since{};
};

struct MergeOptions {
  std::string message{};  // "": the server's
  std::map<std::string, std::string> metadata{};
  // "": where both sides changed an object, `conflict`; source-wins, dest-wins
  std::string strategy{};
  bool squash = false;
  bool allow_empty = false;
  bool force = false;
};

// A value; making one asks nothing. Errors name the ref's URI. Any method may answer not_found,
// unauthenticated, permission_denied, unavailable, deadline_exceeded.
class Reference {
 public:
  Reference(Api api, std::string repository, std::string id)
      : api_(std::move(api)), repository_(std::move(repository)), id_(std::move(id)) {}

  const std::string& repository() const { return repository_; }
  const std::string& id() const { return id_; }
  std::string uri() const { return Uri{repository_, id_, ""}.to_string(); }
  const Api& api() const { return api_; }

  Object object(std::string path) const { return Object(api_, {repository_, id_, std::move(path)}); }
  Listing<api::ObjectStats> objects(ListOptions options = {}) const;  // in byte order of their paths
  Result<api::Commit> commit_record() const;                          // the commit that it names now
  Listing<api::Commit> log(LogOptions options = {}) const;            // from there back
  // From this ref to `other`.
  Listing<api::Diff> diff(const Reference& other, DiffOptions options = {}) const;
  // Into a branch; the merge commit's id. Errors: conflict, invalid_argument (nothing to merge),
  // precondition_failed (a hook refused).
  Result<std::string> merge_into(const Reference& branch, const MergeOptions& options = {}) const;

 protected:
  Api api_;
  std::string repository_;
  std::string id_;
};

class Tag : public Reference {
 public:
  using Reference::Reference;
  Status create(const Reference& commit) const;  // Errors: already_exists
  Status remove() const;
};

}  // namespace mere::client
