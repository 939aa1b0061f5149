// A lake as a tree of files: paths "lakefs://repository/ref/path", or "mere://…".
//
// Folders are what paths have in common up to a slash: they need not be made, and are gone with their last
// file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/lake.h"
#include "client/listing.h"
#include "client/object_reader.h"
#include "client/object_writer.h"

namespace mere::client {

struct FileInfo {
  std::string uri;
  bool is_folder = false;
  std::uint64_t size = 0;  // of a file, in bytes
  std::int64_t mtime = 0;  // of a file: Unix seconds
  std::string checksum{};
  std::string content_type{};
  std::map<std::string, std::string> metadata{};

  friend bool operator==(const FileInfo&, const FileInfo&) = default;
};

struct BulkOptions {
  std::size_t parallel = 16;  // files under way, 1 to 64: a thread each
  // Told of each file when it is whole; on any of the threads, one at a time.
  std::function<void(const std::string& uri, std::uint64_t size)> progress{};
};

struct Transferred {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

// A value; any thread may use it. Every method refuses what is no such path with `invalid_argument`; their
// errors name the path and are those of client/object.h.
class FileSystem {
 public:
  explicit FileSystem(Lake lake) : lake_(std::move(lake)) {}

  Result<bool> exists(std::string_view path) const;    // a file or a folder
  Result<FileInfo> stat(std::string_view path) const;  // Errors: not_found
  // What is in a folder, in byte order: files and folders; of a repository its branches, of "lakefs://" the
  // repositories. What is not there, or is a file, has nothing in it.
  Result<Listing<FileInfo>> list(std::string_view folder) const;
  // Every file below it, however deep.
  Result<Listing<FileInfo>> walk(std::string_view folder) const;
  // The files whose path matches (client/path_pattern.h); repository and ref are no patterns.
  Result<std::vector<FileInfo>> glob(std::string_view pattern) const;

  Result<std::string> read_file(std::string_view path) const;
  Status write_file(std::string_view path, std::string bytes, const WriteOptions& options = {}) const;
  Result<ObjectReader> open_for_reading(std::string_view path) const;
  Result<ObjectWriter> open_for_writing(std::string_view path, WriteOptions options = {}) const;

  // One file. Within a repository the server copies; between two, the bytes go through this process.
  Status copy(std::string_view from, std::string_view to) const;
  Status move(std::string_view from, std::string_view to) const;  // a copy, then a removal: not at one stroke
  Status remove(std::string_view path) const;                     // a file; one that is not there is no error
  Status remove_all(std::string_view folder) const;               // every file below it

  // One file from or to the local disk.
  Status get(std::string_view path, const std::string& file) const;
  Status put(const std::string& file, std::string_view path, const WriteOptions& options = {}) const;
  // A folder with all that is below it, in parallel. After an error the others are there whole, or not at
  // all. A name that would lead out of the local folder is `invalid_argument`.
  Result<Transferred> get_all(std::string_view folder, const std::string& local,
                              const BulkOptions& options = {}) const;
  Result<Transferred> put_all(const std::string& local, std::string_view folder,
                              const BulkOptions& options = {}) const;

 private:
  Result<Uri> file(std::string_view path) const;
  Object object(const Uri& uri) const;

  Lake lake_;
};

}  // namespace mere::client
