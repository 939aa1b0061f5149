// A file in the making: written where nobody sees it, then given its name in one step.
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
  int descriptor() const { return fd_.get(); }
  Status append(std::span<const std::byte> bytes);
  // Appends the first `size_bytes` of another file, inside the kernel where it can.
  Status append_file(const Fd& from, std::uint64_t size_bytes);
  // Makes the contents durable. Then no append.
  Status seal();
  // Makes the file visible; not durably: that takes folder.sync_names(). Answers 0 or a negative errno:
  // -ENOENT if the folder is gone (the file may be published elsewhere), -EEXIST if `must_be_absent`
  // and the name is taken.
  int publish(const std::shared_ptr<const Folder>& folder, const std::string& name, bool must_be_absent);
  // Errors: io_error, no_space (a file system may find out as late as this).
  Status close();

 private:
  LocalFile(LocalDisk& disk, std::string subject) : disk_(&disk), subject_(std::move(subject)) {}
  Status reserve(std::uint64_t size_bytes);
  Status copy_bytes(const Fd& from, std::uint64_t offset, std::uint64_t size_bytes);
  int take_temporary_name(const std::shared_ptr<const Folder>& folder);
  void wrote(std::uint64_t size_bytes);

  LocalDisk* disk_;
  std::string subject_;
  Fd fd_;
  std::uint64_t size_ = 0;
  std::uint64_t written_back_ = 0;  // up to here the disk was asked to begin
  std::uint64_t reserved_ = 0;
  // The temporary name, if it has one: in `temp_folder_`, which `own_folder_` keeps open where it is
  // not the process's folder of temporary files.
  std::string temp_name_;
  int temp_folder_ = -1;
  std::shared_ptr<const Folder> own_folder_;
};

}  // namespace mere::block
