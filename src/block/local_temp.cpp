#include "block/local_temp.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "block/local_error.h"
#include "block/local_path.h"

namespace mere::block {
namespace {

const std::string kAll = std::string(kReservedPrefix) + "tmp";

// One lock on the folder of all folders while one is made and locked, or dead ones are looked for:
// else a new folder, not locked yet, would pass for a dead one. It goes with the descriptor.
bool lock(const Fd& fd, int how) {
  int result;
  do {
    result = ::flock(fd.get(), how);
  } while (result < 0 && errno == EINTR);
  return result == 0;
}

}  // namespace

int remove_flat_folder(FileSystem& files, int parent, const std::string& name) {
  const Fd folder(files.open_beneath(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (!folder) return folder.get();
  std::vector<std::string> names;
  files.read_folder(folder.get(), [&](const char* file, unsigned char) { names.emplace_back(file); });
  for (const std::string& file : names) files.unlink(folder.get(), file.c_str());
  return files.remove_folder(parent, name.c_str());
}

LocalTemp::~LocalTemp() {
  if (!own_) return;
  if (Fd all{files_.open_beneath(root_.get(), kAll.c_str(), O_RDONLY | O_DIRECTORY)})
    files_.remove_folder(all.get(), own_name_.c_str());
}

Result<Fd> LocalTemp::open_all() const {
  const int made = files_.make_folder(root_.get(), kAll.c_str());
  if (made < 0 && made != -EEXIST) return disk_error(made, "make the folder", kAll);
  Fd all(files_.open_beneath(root_.get(), kAll.c_str(), O_RDONLY | O_DIRECTORY));
  if (!all) return disk_error(all.get(), "open the folder", kAll);
  return all;
}

void LocalTemp::clean() {
  Fd all(files_.open_beneath(root_.get(), kAll.c_str(), O_RDONLY | O_DIRECTORY));
  if (all && lock(all, LOCK_EX)) remove_dead(all.get());
}

void LocalTemp::remove_dead(int all) {
  std::vector<std::string> names;
  files_.read_folder(all, [&](const char* name, unsigned char) { names.emplace_back(name); });
  for (const std::string& name : names) {
    Fd folder(files_.open_beneath(all, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    if (!folder || !lock(folder, LOCK_EX | LOCK_NB)) continue;
    std::vector<std::string> uploads;  // moved here to be removed
    files_.read_folder(folder.get(), [&](const char* file, unsigned char) { uploads.emplace_back(file); });
    for (const std::string& upload : uploads) remove_flat_folder(files_, folder.get(), upload);
    const int removed = remove_flat_folder(files_, all, name);
    if (removed < 0)
      log::warn("temporary files of an earlier run stay",
                {{"folder", name}, {"error", disk_error(removed, "remove", name).message}});
  }
}

Result<std::shared_ptr<const Fd>> LocalTemp::folder() {
  std::lock_guard guard(mutex_);
  if (own_) return own_;
  ASSIGN_OR_RETURN(const Fd all, open_all());
  lock(all, LOCK_EX);  // where locks do not work, clean() finds none either and leaves all as it is
  std::string name = random_uuid(system_random());
  const int made = files_.make_folder(all.get(), name.c_str());
  if (made < 0) return disk_error(made, "make the folder", kAll);
  Fd own(files_.open_beneath(all.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
  if (!own) return disk_error(own.get(), "open the folder", kAll);
  lock(own, LOCK_EX | LOCK_NB);
  own_ = std::make_shared<const Fd>(std::move(own));
  own_name_ = std::move(name);
  return own_;
}

void LocalTemp::renew_folder() {
  std::lock_guard guard(mutex_);
  struct stat status{};
  if (own_ && files_.stat(own_->get(), status) >= 0 && status.st_nlink == 0) own_.reset();
}

std::string LocalTemp::new_name() {
  return fmt::format("{:x}", next_.fetch_add(1, std::memory_order_relaxed));
}

}  // namespace mere::block
