// A file in the making: written under a name that nobody sees, then renamed in one step.
//
// Linux also has files without a name (O_TMPFILE), which leave nothing behind when the process dies.
// But a file system without a journal may have stored such a file as one that nothing links to, and
// drops it after a power failure although both it and its folder were synced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "block/local_disk.h"

namespace mere::block {

// One user. Destroyed before publish() succeeded, it leaves nothing.
class LocalFile {
 public:
  // A file that will be named in `folder`. `disk` outlives it. `subject` is for errors.
  // Errors: no_space if `expected_size_bytes` is more than there is.
  static Result<LocalFile> create(LocalDisk& disk, std::shared_ptr<const Folder> folder, std::string subject,
                                  std::optional<std::uint64_t> expected_size_bytes);
  LocalFile(LocalFile&& other) noexcept;
  LocalFile& operator=(LocalFile&&) = delete;
  ~LocalFile();

  std::uint64_t size_bytes() const { return size_; }
  Status append(std::span<const std::byte> bytes);
  // Appends the first `size_bytes` of another file, inside the kernel where it can.
  Status append_file(const Fd& from, std::uint64_t size_bytes);
  // Makes the contents durable, unless others see to that, and closes the file. Then no append.
  enum class Sync { yes, no };
  Status seal(Sync sync = Sync::yes);
  Properties properties() const { return properties_; }  // once it is sealed
  // Makes the file visible; not durably: that takes folder.sync_names(). Answers 0 or a negative errno:
  // -ENOENT if the folder is gone (the file may be published elsewhere), -EEXIST if `must_be_absent`
  // and the name is taken.
  int publish(const Folder& folder, const std::string& name, bool must_be_absent);

 private:
  LocalFile(LocalDisk& disk, std::string subject) : disk_(&disk), subject_(std::move(subject)) {}
  Status open_temporary(const std::shared_ptr<const Folder>& folder);
  Status reserve(std::uint64_t size_bytes);
  Status copy_bytes(const Fd& from, std::uint64_t offset, std::uint64_t size_bytes);
  void wrote(std::uint64_t size_bytes);
  void begin_sync();
  int end_sync();

  LocalDisk* disk_;
  std::string subject_;
  Fd fd_;
  std::uint64_t size_ = 0;
  struct EarlySync;
  std::uint64_t synced_ = 0;          // up to here, or on its way
  std::shared_ptr<EarlySync> early_;  // the one under way, or the last; null before the first
  std::uint64_t reserved_ = 0;
  Properties properties_;
  std::string temp_name_;  // empty once the file has its own
  std::shared_ptr<const Fd> temp_folder_;
};

}  // namespace mere::block
