// Objects: bytes in the store together with an entry on a branch. Blocking; any thread, but an Upload
// has one user.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "block/store.h"
#include "lake/addresses.h"
#include "lake/small_objects.h"
#include "version/engine.h"

namespace mere::lake {

using version::BranchName;
using version::Metadata;
using version::RefExpr;
using version::Repository;
using version::RepositoryName;

struct UploadOptions {
  std::string content_type;
  Metadata metadata;
  bool if_absent = false;  // If-None-Match: *
  bool force = false;
  std::optional<std::uint64_t> expected_size_bytes{};
  // The entry that the path must have now (version::WriteOptions), else `precondition_failed`.
  std::optional<std::optional<std::string>> if_identity{};
};

// Bytes on their way. Dropped without finish(), nothing stays. No entry ever refers to bytes that are
// not durable; a crash, or an error that leaves it open whether the entry was staged, may leave bytes
// without an entry, for garbage collection to find.
class Upload {
 public:
  virtual ~Upload() = default;
  virtual Status append(std::span<const std::byte> bytes) = 0;
  virtual Status append_shared(const block::SharedBytes& shared) = 0;  // as block::Writer has it
  // What is known of the bytes only when all have come, such as a checksum. Before finish().
  virtual void add_metadata(std::string key, std::string value) = 0;
  // Makes the bytes durable, then stages the entry. Once; then no append. The bytes are removed again
  // when the entry is refused.
  virtual Result<tree::Entry> finish() = 0;
  // The same in two halves, between which no thread waits for the entry's way to the disk: `told` is called
  // as kv::Store::write_later() has it, and then finished() makes of that what finish() would have answered.
  // It blocks only where it is given an error.
  virtual void finish_later(std::function<void(Status)> told) = 0;
  virtual Result<tree::Entry> finished(Status status) = 0;
};

struct StageRequest {            // an object whose bytes are already somewhere
  std::string physical_address;  // a URI, or as link_address() gave it, signature included
  std::string checksum;
  std::int64_t size_bytes = 0;
  std::string content_type;
  Metadata metadata;
  std::optional<std::int64_t> mtime;
  bool if_absent = false;
  bool force = false;
};

struct CopyRequest {
  std::string source_path;
  std::optional<RefExpr> source_ref;  // default: the destination branch with its uncommitted changes
  std::string destination_path;
  bool force = false;
};

struct LinkAddress {
  std::string shown;       // what link() takes
  block::Address address;  // where the bytes go
};

class Objects {
 public:
  // `signing_secret` signs link addresses; `cache_bytes`: memory for SmallObjects.
  Objects(version::Engine& engine, block::Store& store, const Clock& clock, Random& random,
          std::string signing_secret, std::size_t cache_bytes);

  // Checks first that the write may happen: errors of Entries::put come before a byte is taken
  // (`not_found` "branch 'x' not found").
  Result<std::unique_ptr<Upload>> begin_upload(const Repository& repository, const BranchName& branch,
                                               std::string_view path, const UploadOptions& options);

  Result<tree::Entry> find(const Repository& repository, const RefExpr& ref, std::string_view path) const;
  // `gone` "No data" if the entry's bytes are missing (but see SmallObjects).
  Result<std::shared_ptr<const block::Reader>> open(const Repository& repository,
                                                    const tree::Entry& entry) const;

  // The copy has bytes of its own, and checksum, size, content type and metadata of the source.
  Result<tree::Entry> copy(const Repository& repository, const BranchName& branch,
                           const CopyRequest& request);
  // The same of an entry that the caller has found, at any ref of any repository, and may have changed
  // (content type, metadata). On another store than the source's the bytes are streamed through here.
  Result<tree::Entry> copy(const Repository& source_repository, const tree::Entry& source,
                           const Repository& repository, const BranchName& branch, std::string_view path,
                           const version::WriteOptions& write);
  // Changes an object's metadata, reserved keys included. `change` may be called again when another writer
  // came between. `not_found` "not found".
  Result<tree::Entry> change_metadata(const Repository& repository, const BranchName& branch,
                                      std::string_view path, const std::function<void(Metadata&)>& change);
  // Replaces an object's user metadata: `not_found` "update user metadata on <repo>/<branch>/<path>: not
  // found".
  Status update_user_metadata(const Repository& repository, const BranchName& branch, std::string_view path,
                              const Metadata& metadata);

  // A fresh signed address to put bytes at (behaviour, section 11, "Linking").
  Result<LinkAddress> link_address(const Repository& repository, const BranchName& branch,
                                   std::string_view path);
  // Links bytes put there, or anywhere the store and its configuration allow. Errors: `invalid_argument` for
  // an address below "<ns>/data/" without its signature or older than 24 hours, for one outside of what the
  // store allows, and "checksum is required"; `not_found` "branch not found"; `precondition_failed`
  // "Precondition failed". The answer's address is shown as it was given if it is full, else as
  // AddressDisplay shows it.
  Result<tree::Entry> link(const Repository& repository, const BranchName& branch, std::string_view path,
                           const StageRequest& request);
  // The deprecated form: any address of the store's scheme, without a signature.
  Result<tree::Entry> stage(const Repository& repository, const BranchName& branch, std::string_view path,
                            const StageRequest& request);

  // One symlink.txt a folder below "<ns>/symlinks/<repo>/<branch>/", physical addresses one a line;
  // answers the location.
  Result<std::string> create_symlinks(const Repository& repository, const BranchName& branch,
                                      std::string_view path);

 private:
  version::Engine& engine_;
  block::Store& store_;
  const Clock& clock_;
  AddressGenerator addresses_;
  std::string signing_secret_;
  mutable SmallObjects small_;
};

}  // namespace mere::lake
