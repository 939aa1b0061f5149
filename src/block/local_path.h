// Where a "local:" address lies on the disk, by its text alone; what links make of it is for
// FileSystem::open_beneath to refuse.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "block/store.h"

namespace mere::block {

// Names that begin so are the store's own, in any folder: no address leads to them, no list shows them.
inline constexpr std::string_view kReservedPrefix = ".mere-";
inline constexpr std::string_view kLocalScheme = "local://";

struct LocalPath {
  std::optional<std::size_t> external{};  // which allowed external folder it is below; none: the root
  std::string relative;                   // below that folder: "a/b", or "" for the folder itself

  std::string_view folder() const;  // "a"
  std::string_view name() const;    // "b"
};

// Immutable. Not the owner of any descriptor.
class LocalPaths {
 public:
  // `options.root` exists. Folders are kept as they were given and as links resolve them.
  explicit LocalPaths(const LocalOptions& options);

  const std::string& root() const { return root_.given; }
  // The external folders with links resolved; one that does not exist is as it was given.
  const std::string& external(std::size_t index) const { return externals_[index].resolved; }
  std::size_t externals() const { return externals_.size(); }

  // The path of an object, or (with at most one '/' at the end) of a folder. Errors: invalid_argument.
  Result<LocalPath> object(const Address& address) const;
  Result<LocalPath> folder(const Address& address) const;
  // Where an absolute path without links lies; nothing if that is nowhere allowed.
  std::optional<LocalPath> locate(std::string_view absolute) const;
  std::string display(const Address& address) const;

 private:
  struct Folder {
    std::string given;
    std::string resolved;
  };
  static Folder folder_at(const std::string& path);

  Folder root_;
  std::vector<Folder> externals_;  // empty unless import is enabled
};

}  // namespace mere::block
