#include "kv/close_mark.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/env.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "kv/rocksdb_error.h"

namespace mere::kv {
namespace {

std::string path_in(const std::string& folder) {
  return folder + "/mere.closed";
}

// Of a file that no other has, now or later. Errors: not_found.
Result<std::string> identity(const std::string& path) {
  struct statx found{};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &found) != 0) {
    return Error{errno == ENOENT ? Code::not_found : Code::io_error,
                 "cannot look at " + path + ": " + std::generic_category().message(errno)};
  }
  if ((found.stx_mask & STATX_BTIME) == 0)
    return Error{Code::unavailable, "the file system does not tell when " + path + " was made"};
  return fmt::format("{}:{}.{}", found.stx_ino, found.stx_btime.tv_sec, found.stx_btime.tv_nsec);
}

Result<std::string> text_of(rocksdb::Env& env, const std::string& folder, const std::string& places) {
  ASSIGN_OR_RETURN(const std::string itself, identity(path_in(folder)));
  std::string manifest;
  const rocksdb::Status read = rocksdb::ReadFileToString(&env, folder + "/CURRENT", &manifest);
  if (!read.ok()) return to_error("reading " + folder + "/CURRENT", read);
  std::string text = "Mere closed this store with nothing outstanding\n";
  for (const std::string& part : {itself, manifest, places}) text += fmt::format("{}\n{}", part.size(), part);
  return text;
}

Status sync_folder(rocksdb::Env& env, const std::string& folder) {
  std::unique_ptr<rocksdb::Directory> directory;
  rocksdb::Status status = env.NewDirectory(folder, &directory);
  if (status.ok()) status = directory->Fsync();
  if (!status.ok()) return to_error("syncing the folder " + folder, status);
  return {};
}

}  // namespace

Status leave_close_mark(rocksdb::Env& env, const std::string& folder, const std::string& places) {
  const std::string path = path_in(folder);
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env.NewWritableFile(path, &file, rocksdb::EnvOptions());
  if (!status.ok()) return to_error("making " + path, status);
  ASSIGN_OR_RETURN(const std::string text, text_of(env, folder, places));
  status = file->Append(text);
  if (status.ok()) status = file->Sync();
  if (status.ok()) status = file->Close();
  if (!status.ok()) return to_error("writing " + path, status);
  return sync_folder(env, folder);
}

Result<bool> take_close_mark(rocksdb::Env& env, const std::string& folder, const std::string& places) {
  const std::string path = path_in(folder);
  const rocksdb::Status exists = env.FileExists(path);
  if (exists.IsNotFound()) return false;
  bool believed = false;
  std::string found;
  if (rocksdb::ReadFileToString(&env, path, &found).ok()) {
    const auto expected = text_of(env, folder, places);
    believed = expected && found == *expected;
  }
  if (const rocksdb::Status removed = env.DeleteFile(path); !removed.ok())
    return to_error("removing " + path, removed);
  RETURN_IF_ERROR(sync_folder(env, folder));
  return believed;
}

}  // namespace mere::kv
