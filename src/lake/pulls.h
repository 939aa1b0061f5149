// Pull requests: a wish to merge one branch into another, kept until merged or closed (behaviour, section
// 16).
#pragma once

#include <optional>
#include <string>

#include "base/xid.h"
#include "version/engine.h"

namespace mere::lake {

enum class PullStatus : std::uint8_t { open = 0, closed = 1, merged = 2 };

struct Pull {
  std::string id;  // later ones sort first
  PullStatus status = PullStatus::open;
  Timestamp creation_date;
  std::string title;
  std::string author;
  std::string description;
  version::BranchName source;
  version::BranchName destination;
  std::string merged_commit_id;          // when merged
  std::optional<Timestamp> closed_date;  // when closed or merged
};

struct PullUpdate {
  std::optional<std::string> title;
  std::optional<std::string> description;
  std::optional<PullStatus> status;
};

class Pulls {
 public:
  Pulls(version::Engine& engine, kv::Store& state, const Clock& clock, Random& random);

  Result<std::string> create(const version::Repository& repository, const Pull& pull);  // answers the id
  Result<Pull> get(const version::Repository& repository, std::string_view id) const;
  // `status`: only these; nullopt: all. Newest first.
  Result<version::Page<Pull>> list(const version::Repository& repository, const version::PageRequest& page,
                                   std::optional<PullStatus> status) const;
  Status update(const version::Repository& repository, std::string_view id, const PullUpdate& update);
  // Merges the source and marks it merged, in an order that a crash cannot turn into a false "merged".
  Result<version::CommitId> merge(const version::Repository& repository, std::string_view id,
                                  const std::string& committer);

 private:
  version::Engine& engine_;
  kv::Store& state_;
  const Clock& clock_;
  XidGenerator xids_;
};

}  // namespace mere::lake
