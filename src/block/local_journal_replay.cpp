// What becomes of the journals of processes that died.
#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "base/log.h"
#include "block/journal_record.h"
#include "block/local_disk.h"
#include "block/local_error.h"
#include "block/local_file.h"
#include "block/local_journal.h"
#include "block/local_journal_folder.h"
#include "block/local_temp.h"
#include "block/local_writer.h"

namespace mere::block {
namespace {

// A segment is full after a few MiB, and takes one more group then.
constexpr std::uint64_t kMaxSegmentBytes = 256u << 20;

std::vector<std::string> names_in(FileSystem& files, const Fd& folder) {
  std::vector<std::string> names;
  files.read_folder(folder.get(), [&](const char* name, unsigned char) { names.emplace_back(name); });
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> read_whole(FileSystem& files, const Fd& folder, const std::string& name) {
  const Fd file(files.open_beneath(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW));
  if (!file) return disk_error(file.get(), "open the journal", name);
  struct stat status{};
  if (const int failure = files.stat(file.get(), status); failure < 0)
    return disk_error(failure, "look at the journal", name);
  std::string bytes(std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size), kMaxSegmentBytes),
                    '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count =
        files.read_at(file.get(), filled, std::as_writable_bytes(std::span(bytes)).subspan(filled));
    if (count < 0) return disk_error(count, "read the journal", name);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

// Written anew even where it lies already: what a dead process wrote may be in memory and not on the disk.
Status replay(LocalDisk& disk, const JournalRecord& record) {
  const std::string uri = std::string(kLocalScheme) + std::string(record.path);
  ASSIGN_OR_RETURN(const LocalPath path, disk.paths.object({uri}));
  ASSIGN_OR_RETURN(auto folder, disk.folders.make(path.folder()));
  ASSIGN_OR_RETURN(LocalFile file, LocalFile::create(disk, std::move(folder), uri, std::nullopt));
  RETURN_IF_ERROR(file.append(std::as_bytes(std::span(record.bytes))));
  RETURN_IF_ERROR(file.seal(LocalFile::Sync::no));
  return publish_object(disk, file, path, {.sync_name = false}, uri);
}

Status replay_folder(LocalDisk& disk, const Fd& folder) {
  std::size_t objects = 0;
  for (const std::string& name : names_in(disk.files, folder)) {
    ASSIGN_OR_RETURN(const std::string bytes, read_whole(disk.files, folder, name));
    Status status;
    const bool damaged = for_each_journal_record(bytes, [&](const JournalRecord& record) {
      if (status) status = replay(disk, record);
      ++objects;
    });
    if (!status) return status;
    if (damaged) {
      log::error(
          "a journal of small objects is damaged: objects written shortly before the crash may be missing",
          {{"journal", name}});
    }
  }
  if (objects == 0) return {};
  if (const int synced = disk.files.sync_all(disk.folders.root().get()); synced < 0)
    return disk_error(synced, "sync", "the file system");
  log::info("small objects were restored from the journal", {{"objects", objects}});
  return {};
}

}  // namespace

Result<Fd> open_journal_folder(FileSystem& files, const Fd& root, bool make) {
  if (make) {
    const int made = files.make_folder(root.get(), kJournals.c_str());
    if (made < 0 && made != -EEXIST) return disk_error(made, "make the folder", kJournals);
  }
  Fd all(files.open_beneath(root.get(), kJournals.c_str(), O_RDONLY | O_DIRECTORY));
  if (!all && (make || all.get() != -ENOENT)) return disk_error(all.get(), "open the folder", kJournals);
  return all;
}

bool lock_folder(const Fd& folder, int how) {
  int result;
  do {
    result = ::flock(folder.get(), how);
  } while (result < 0 && errno == EINTR);
  return result == 0;
}

Status replay_journals(LocalDisk& disk) {
  ASSIGN_OR_RETURN(const Fd all, open_journal_folder(disk.files, disk.folders.root(), false));
  if (!all) return {};
  // Whoever opens the store beside us waits here until its objects are all there.
  lock_folder(all, LOCK_EX);
  for (const std::string& name : names_in(disk.files, all)) {
    const Fd folder(disk.files.open_beneath(all.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    if (!folder) continue;
    const bool dead = lock_folder(folder, LOCK_EX | LOCK_NB);
    if (!dead && errno == EWOULDBLOCK) continue;  // its process lives
    RETURN_IF_ERROR(replay_folder(disk, folder));
    if (dead) remove_flat_folder(disk.files, all.get(), name);
  }
  return {};
}

}  // namespace mere::block
