// Files between a lake and the local disk: the other half of file_system.h.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <utility>

#include "client/file_system.h"
#include "client/parallel.h"

namespace mere::client {
namespace {

namespace fs = std::filesystem;

// What has been transferred so far, by any thread.
class Tally {
 public:
  explicit Tally(const BulkOptions& options) : options_(options) {}
  void add(const std::string& uri, std::uint64_t size) {
    std::lock_guard lock(mutex_);
    ++sum_.files;
    sum_.bytes += size;
    if (options_.progress) options_.progress(uri, size);
  }
  Transferred sum() const { return sum_; }  // when all threads have ended

 private:
  const BulkOptions& options_;
  std::mutex mutex_;
  Transferred sum_;
};

// Names in a lake are anybody's: one with a segment ".." would be written beside the folder.
Result<fs::path> path_below(const fs::path& folder, std::string_view name) {
  std::string_view rest = name;
  for (;;) {
    const auto slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty() || segment == "." || segment == ".." ||
        segment.find('\0') != std::string_view::npos) {
      return Error{Code::invalid_argument, fmt::format("'{}' can be no name of a local file", name)};
    }
    if (slash == std::string_view::npos) return folder / fs::path(std::string(name));
    rest.remove_prefix(slash + 1);
  }
}

Status make_folders(const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (!problem) return {};
  return Error{problem == std::errc::permission_denied ? Code::permission_denied : Code::io_error,
               fmt::format("{}: {}", folder.string(), problem.message())};
}

Result<std::vector<fs::path>> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code problem;
  fs::recursive_directory_iterator entries(folder, problem);
  for (; !problem && entries != fs::recursive_directory_iterator(); entries.increment(problem)) {
    std::error_code unknown;
    if (entries->is_regular_file(unknown)) files.push_back(entries->path());
  }
  if (problem) {
    return Error{problem == std::errc::no_such_file_or_directory ? Code::not_found : Code::io_error,
                 fmt::format("{}: {}", folder.string(), problem.message())};
  }
  return files;
}

}  // namespace

Status FileSystem::get(std::string_view path, const std::string& local) const {
  ASSIGN_OR_RETURN(const Uri uri, file(path));
  RETURN_IF_ERROR(object(uri).download(local));
  return {};
}

Status FileSystem::put(const std::string& local, std::string_view path, const WriteOptions& options) const {
  ASSIGN_OR_RETURN(const Uri uri, file(path));
  RETURN_IF_ERROR(object(uri).upload(local, options));
  return {};
}

Result<Transferred> FileSystem::get_all(std::string_view folder, const std::string& local,
                                        const BulkOptions& options) const {
  ASSIGN_OR_RETURN(Uri from, Uri::parse(folder));
  while (from.path.ends_with('/')) from.path.pop_back();
  const std::size_t skipped = from.path.empty() ? 0 : from.path.size() + 1;
  ASSIGN_OR_RETURN(Listing<FileInfo> files, walk(folder));
  std::mutex listing;
  Tally tally(options);
  const auto step = [&]() -> Result<bool> {
    std::optional<FileInfo> one;
    {
      std::lock_guard lock(listing);
      ASSIGN_OR_RETURN(one, files.next());
    }
    if (!one) return false;
    ASSIGN_OR_RETURN(const Uri uri, Uri::parse(one->uri));
    if (uri.path.ends_with('/') && one->size == 0) return true;  // the marker of a folder
    ASSIGN_OR_RETURN(const fs::path target, path_below(local, std::string_view(uri.path).substr(skipped)));
    RETURN_IF_ERROR(make_folders(target.parent_path()));
    ASSIGN_OR_RETURN(const std::uint64_t size, object(uri).download(target.string()));
    tally.add(one->uri, size);
    return true;
  };
  RETURN_IF_ERROR(in_parallel(options.parallel, step));
  return tally.sum();
}

Result<Transferred> FileSystem::put_all(const std::string& local, std::string_view folder,
                                        const BulkOptions& options) const {
  ASSIGN_OR_RETURN(Uri to, Uri::parse(folder));
  if (to.ref.empty()) {
    return Error{Code::invalid_argument, fmt::format("'{}' names no branch to write to", folder)};
  }
  while (to.path.ends_with('/')) to.path.pop_back();
  ASSIGN_OR_RETURN(const std::vector<fs::path> files, files_below(local));
  std::atomic<std::size_t> next = 0;
  Tally tally(options);
  const auto step = [&]() -> Result<bool> {
    const std::size_t index = next++;
    if (index >= files.size()) return false;
    Uri uri = to;
    if (!uri.path.empty()) uri.path += '/';
    uri.path += files[index].lexically_relative(local).generic_string();
    ASSIGN_OR_RETURN(const api::ObjectStats stats, object(uri).upload(files[index].string()));
    tally.add(uri.to_string(),
              static_cast<std::uint64_t>(std::max<std::int64_t>(stats.size_bytes.value_or(0), 0)));
    return true;
  };
  RETURN_IF_ERROR(in_parallel(options.parallel, step));
  return tally.sum();
}

}  // namespace mere::client
