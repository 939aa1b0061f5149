// Symlink files: for engines that read a table from a list of addresses (Hive's SymlinkTextInputFormat).
#include <vector>

#include "lake/entry_address.h"
#include "lake/objects.h"

namespace mere::lake {
namespace {

constexpr std::size_t kFlushBytes = 64 << 10;

// The file of one folder, made when the folder has an object of its own.
struct OpenFolder {
  std::string path;  // "" or ends in '/'
  std::unique_ptr<block::Writer> writer{};
  std::string lines{};
};

// Folders are visited as their paths sort: all that is below one comes together, so those that are still
// open are the ancestors of the last path.
class SymlinkWriter {
 public:
  SymlinkWriter(block::Store& store, block::Address root) : store_(store), root_(std::move(root)) {}

  Status add(std::string_view path, const std::string& physical_address) {
    const std::string_view folder = path.substr(0, path.rfind('/') + 1);  // npos + 1 is 0
    while (!open_.empty() && !folder.starts_with(open_.back().path)) RETURN_IF_ERROR(close_last());
    if (open_.empty() || open_.back().path != folder) {
      ASSIGN_OR_RETURN(auto writer, store_.create(block::join(root_, std::string(folder) + "symlink.txt"),
                                                  {.md5 = false}));
      open_.push_back({.path = std::string(folder), .writer = std::move(writer)});
    }
    OpenFolder& last = open_.back();
    last.lines += physical_address;
    last.lines += '\n';
    return last.lines.size() < kFlushBytes ? Status() : flush(last);
  }

  Status finish() {
    while (!open_.empty()) RETURN_IF_ERROR(close_last());
    return {};
  }

 private:
  static Status flush(OpenFolder& folder) {
    RETURN_IF_ERROR(folder.writer->append(std::as_bytes(std::span(folder.lines))));
    folder.lines.clear();
    return {};
  }
  Status close_last() {
    OpenFolder last = std::move(open_.back());
    open_.pop_back();
    RETURN_IF_ERROR(flush(last));
    RETURN_IF_ERROR(last.writer->finish());
    return {};
  }

  block::Store& store_;
  const block::Address root_;
  std::vector<OpenFolder> open_;
};

}  // namespace

Result<std::string> Objects::create_symlinks(const Repository& repository, const BranchName& branch,
                                             std::string_view path) {
  ASSIGN_OR_RETURN(const version::Branch head, engine_.refs.branch(repository, branch));
  const block::Address location = block::join(repository.storage_namespace, "symlinks");
  const AddressDisplay display(store_, repository);
  SymlinkWriter writer(store_, block::join(location, repository.name.str() + "/" + branch.str()));
  RETURN_IF_ERROR(engine_.entries.for_each(
      repository, {.commit = head.commit_id, .branch = head}, path,
      [&](std::string_view at, const tree::Entry& entry) { return writer.add(at, display(entry)); }));
  RETURN_IF_ERROR(writer.finish());
  return location.uri;
}

}  // namespace mere::lake
