#include "block/local_rider.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "block/local_disk.h"
#include "block/local_error.h"
#include "block/local_file.h"
#include "block/local_writer.h"

namespace mere::block {

LocalRider::LocalRider(LocalDisk& disk, SharedLog* log, std::string name)
    : disk_(disk), log_(log), name_(std::move(name)) {
  if (log_ != nullptr) log_->join(name_, *this);
}

LocalRider::~LocalRider() {
  if (log_ != nullptr) log_->leave(name_);
}

Status LocalRider::keep(const LocalPath& path, std::string_view bytes, const std::string& subject) {
  if (!disk_.folders.sync()) return {};
  if (log_ != nullptr) {
    std::string record;
    record.reserve(path.relative.size() + 1 + bytes.size());
    record.append(path.relative).append(1, '\0').append(bytes);
    if (log_->add(name_, record)) return {};
  }
  return sync(path, subject);
}

Status LocalRider::sync(const LocalPath& path, const std::string& subject) {
  const Fd file(disk_.files.open_beneath(disk_.folders.root().get(), path.relative.c_str(), O_RDONLY));
  if (!file) return disk_error(file.get(), "sync", subject);
  if (const int synced = disk_.files.sync_data(file.get()); synced < 0)
    return disk_error(synced, "sync", subject);
  ASSIGN_OR_RETURN(const auto folder, disk_.folders.make(path.folder()));
  if (const int synced = folder->sync_names(); synced < 0)
    return disk_error(synced, "sync the folder of", subject);
  return {};
}

Status LocalRider::replay(std::string_view record) {
  const std::size_t end = record.find('\0');
  if (end == record.npos) return Error{Code::corrupt, "a record of a small object has no path"};
  const std::string uri = std::string(kLocalScheme) + std::string(record.substr(0, end));
  ASSIGN_OR_RETURN(const LocalPath path, disk_.paths.object({uri}));
  ASSIGN_OR_RETURN(auto folder, disk_.folders.make(path.folder()));
  ASSIGN_OR_RETURN(LocalFile file, LocalFile::create(disk_, std::move(folder), uri, std::nullopt));
  RETURN_IF_ERROR(file.append(std::as_bytes(std::span(record.substr(end + 1)))));
  RETURN_IF_ERROR(file.seal(LocalFile::Sync::no));
  return publish_object(disk_, file, path, {.sync_name = false}, uri);
}

Status LocalRider::settle() {
  if (!disk_.folders.sync()) return {};
  if (const int synced = disk_.files.sync_all(disk_.folders.root().get()); synced < 0)
    return disk_error(synced, "sync", "the file system");
  return {};
}

// Whoever copies the root, restores it or adds a folder to it sets its time of change, which cannot be set
// back.
Result<std::string> LocalRider::place() const {
  if (!disk_.folders.sync()) return Error{Code::unavailable, "nothing is synced in " + disk_.paths.root()};
  struct stat root{};
  if (const int failure = disk_.files.stat(disk_.folders.root().get(), root); failure < 0)
    return disk_error(failure, "look at", disk_.paths.root());
  return fmt::format("{}:{}:{}.{}", root.st_dev, root.st_ino, root.st_ctim.tv_sec, root.st_ctim.tv_nsec);
}

bool LocalRider::is_empty() const {
  bool empty = true;
  const int read = disk_.files.read_folder(disk_.folders.root().get(), [&](std::string_view name, auto) {
    empty = empty && name.starts_with(kReservedPrefix);
  });
  return read >= 0 && empty;
}

bool LocalRider::has_written() const {
  return disk_.folders.written_into();
}

}  // namespace mere::block
