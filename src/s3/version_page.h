// A page of versions in the making: they come commit by commit, newest first, and leave by key. No more are
// kept than the page shows and one.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tree/types.h"

namespace mere::s3 {

struct ObjectVersion {
  std::string id;                    // a commit's, or "null" for what is not committed
  std::optional<tree::Entry> entry;  // nullopt: the path was deleted
  Timestamp since;                   // of the commit
};

struct VersionPageRequest {
  std::string prefix;
  std::string delimiter;
  std::string key_marker;      // a path, or a common prefix: only what comes behind
  std::string version_marker;  // with a key_marker: that path's versions older than this one too
  std::size_t amount = 0;
};

class VersionPage {
 public:
  explicit VersionPage(VersionPageRequest request);

  // The paths at or behind which there may be something to add.
  std::string_view start() const { return start_; }
  bool wants(std::string_view path) const { return path.starts_with(request_.prefix); }
  void add(std::string_view path, ObjectVersion version);
  // Nothing older can come onto the page: it is full of versions of the first path there can be.
  bool is_settled() const;

  struct Item {
    std::string path;  // or the common prefix
    bool is_latest = false;
    std::optional<ObjectVersion> version;  // nullopt: a common prefix
  };
  // In order of paths, then newest first; at most `amount`, and whether there is more. Once.
  std::pair<std::vector<Item>, bool> finish();

 private:
  using Place = std::pair<std::string, std::size_t>;  // path, age

  const VersionPageRequest request_;
  std::string start_;
  bool marker_seen_ = false;
  std::size_t age_ = 0;
  std::map<Place, std::optional<ObjectVersion>> items_;
};

}  // namespace mere::s3
