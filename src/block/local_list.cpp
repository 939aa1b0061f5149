#include "block/local_list.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "block/local_error.h"

namespace mere::block {
namespace {

constexpr int kMaxDepth = 256;  // each level holds an open folder

// Addresses are ordered by all their bytes, '/' included: "a-b" < "a/x" < "a0". So a folder stands
// among its siblings by its name with '/' at the end.
struct Name {
  std::string key;
  bool is_folder = false;
  bool is_link = false;

  friend bool operator<(const Name& a, const Name& b) { return a.key < b.key; }
};

class Walk {
 public:
  Walk(const LocalDisk& disk, const LocalPath& base, const std::string& uri, const ListOptions& options,
       std::string after, const std::function<bool(const Listed&)>& visit, std::size_t names_held)
      : disk_(disk),
        base_(base),
        uri_(uri),
        options_(options),
        after_(std::move(after)),
        visit_(visit),
        names_held_(names_held) {}

  // `relative_` is "" or ends in '/'. False when the visitor has had enough.
  Result<bool> folder(int fd, int depth) {
    if (depth > kMaxDepth)
      return Error{Code::invalid_argument,
                   "cannot list '" + uri_ + relative_ + "': too many folders in one another"};
    std::string from = after_.starts_with(relative_) ? after_.substr(relative_.size()) : std::string();
    bool into = !options_.delimited;  // `from` may lie inside of a folder, which is then entered
    for (bool more = true; more;) {
      std::vector<Name> names;
      RETURN_IF_ERROR(read(fd, from, into, names, more));
      for (const Name& name : names) {
        ASSIGN_OR_RETURN(const bool go_on, one(fd, name, depth));
        if (!go_on) return false;
      }
      if (!names.empty()) from = std::move(names.back().key);
      into = false;
    }
    return true;
  }

 private:
  // The first names_held_ names behind `from`, sorted; `more` if there may be others.
  Status read(int fd, const std::string& from, bool into, std::vector<Name>& names, bool& more) const {
    more = false;
    int failure = 0;
    const int result = disk_.files.read_folder(fd, [&](const char* text, unsigned char type) {
      const std::string_view view(text);
      if (view.starts_with(kReservedPrefix) || (!options_.hidden && view.starts_with('.'))) return;
      if (type == DT_UNKNOWN) failure = std::min(failure, find_type(fd, text, type));
      if (type != DT_REG && type != DT_DIR && type != DT_LNK) return;
      Name name{std::string(view), type == DT_DIR, type == DT_LNK};
      if (name.is_folder) name.key += '/';
      if (name.key <= from && !(into && name.is_folder && from.starts_with(name.key))) return;
      names.push_back(std::move(name));
      std::push_heap(names.begin(), names.end());
      if (names.size() <= names_held_) return;
      std::pop_heap(names.begin(), names.end());
      names.pop_back();
      more = true;
    });
    if (result < 0 && result != -ENOENT) failure = result;  // -ENOENT: removed, and so empty
    if (failure < 0) return disk_error(failure, "list", uri_ + relative_);
    std::sort_heap(names.begin(), names.end());
    return {};
  }

  int find_type(int fd, const char* name, unsigned char& type) const {
    struct stat status{};
    const int failure = disk_.files.stat_name(fd, name, status);
    if (failure < 0) return failure == -ENOENT ? 0 : failure;
    type = static_cast<unsigned char>(IFTODT(status.st_mode));
    return 0;
  }

  Result<bool> one(int fd, const Name& name, int depth) {
    if (name.is_folder && options_.delimited) return visit_({{uri_ + name.key}, true, {}});
    if (name.is_folder) return enter(fd, name, depth);
    struct stat status{};
    const int failure =
        name.is_link ? follow(name, status) : disk_.files.stat_name(fd, name.key.c_str(), status);
    if (failure == -ENOENT) return true;  // removed meanwhile, or a link to nowhere
    if (failure < 0) return disk_error(failure, "look at", uri_ + relative_ + name.key);
    if (!S_ISREG(status.st_mode)) return true;
    return visit_({{uri_ + relative_ + name.key}, false, properties_of(status)});
  }

  Result<bool> enter(int fd, const Name& name, int depth) {
    const std::string plain = name.key.substr(0, name.key.size() - 1);
    const Fd inner(disk_.files.open_beneath(fd, plain.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    if (inner.get() == -ENOENT || inner.get() == -ENOTDIR || inner.get() == -ELOOP)
      return true;  // changed meanwhile
    if (!inner) return disk_error(inner.get(), "list", uri_ + relative_ + name.key);
    const std::size_t length = relative_.size();
    relative_ += name.key;
    auto go_on = folder(inner.get(), depth + 1);
    relative_.resize(length);
    return go_on;
  }

  int follow(const Name& name, struct stat& status) const {
    LocalPath path = base_;
    path.relative += (path.relative.empty() ? "" : "/") + relative_ + name.key;
    const auto fd = disk_.open_path(path, O_PATH, name.key);
    if (!fd) return -ENOENT;
    return disk_.files.stat(fd->get(), status);
  }

  const LocalDisk& disk_;
  const LocalPath& base_;
  const std::string& uri_;
  const ListOptions& options_;
  const std::string after_;
  const std::function<bool(const Listed&)>& visit_;
  const std::size_t names_held_;
  std::string relative_;
};

}  // namespace

Status list_local(const LocalDisk& disk, const LocalPath& folder, const std::string& uri,
                  const ListOptions& options, const std::function<bool(const Listed&)>& visit,
                  std::size_t names_held) {
  std::string after;
  if (options.after.starts_with(uri))
    after = options.after.substr(uri.size());
  else if (options.after > uri)
    return {};
  auto fd = disk.open_path(folder, O_RDONLY | O_DIRECTORY, uri);
  if (!fd) {
    if (fd.error().code == Code::not_found) return {};  // no folder: no objects
    return std::move(fd).error();
  }
  Walk walk(disk, folder, uri, options, std::move(after), visit, names_held);
  RETURN_IF_ERROR(walk.folder(fd->get(), 0));
  return {};
}

}  // namespace mere::block
