#include "kv/failing_disk.h"

#include <rocksdb/file_system.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>

#include "kv/log_space.h"

namespace mere::kv {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus status_of(int error, const std::string& path) {
  if (error == 0) return IOStatus::OK();
  return error == ENOSPC ? IOStatus::NoSpace(path, "a fault on purpose")
                         : IOStatus::IOError(path, "a fault on purpose");
}

class FailingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSWritableFile> real, std::string path, DiskFaults& faults)
      : FSWritableFileOwnerWrapper(std::move(real)), path_(std::move(path)), faults_(faults) {
    struct stat status{};
    if (::stat(path_.c_str(), &status) == 0) inode_ = status.st_ino;
  }

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    const DiskFaults::Fate fate = faults_.before(DiskFaults::Step::write, data.size());
    // Here a write is whole or an error: a short one is repeated below.
    const std::size_t part = fate.error ? std::min(fate.bytes, data.size()) : data.size();
    IOStatus status = part > 0 || !fate.error ? target()->Append(Slice(data.data(), part), options, context)
                                              : IOStatus::OK();
    faults_.wrote(inode_, size(options, context));
    return fate.error ? status_of(fate.error, path_) : status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* context) override {
    return Append(data, options, context);
  }
  IOStatus Truncate(uint64_t to, const IOOptions& options, IODebugContext* context) override {
    IOStatus status = target()->Truncate(to, options, context);
    faults_.wrote(inode_, size(options, context));
    return status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    return sync([&] { return target()->Sync(options, context); }, size(options, context));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return sync([&] { return target()->Fsync(options, context); }, size(options, context));
  }

 private:
  std::uint64_t size(const IOOptions& options, IODebugContext* context) {
    return target()->GetFileSize(options, context);
  }
  template <class F>
  IOStatus sync(const F& really, std::uint64_t size_bytes) {
    IOStatus status = status_of(faults_.before(DiskFaults::Step::sync).error, path_);
    if (status.ok()) status = really();
    status.ok() ? faults_.synced(inode_, size_bytes) : faults_.failed_to_sync(inode_, size_bytes);
    return status;
  }

  const std::string path_;
  DiskFaults& faults_;
  ino_t inode_ = 0;
};

class FailingDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  FailingDirectory(std::unique_ptr<rocksdb::FSDirectory> real, std::string path, DiskFaults& faults)
      : FSDirectoryWrapper(std::move(real)), path_(std::move(path)), faults_(faults) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return sync([&] { return FSDirectoryWrapper::Fsync(options, context); });
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* context,
                               const rocksdb::DirFsyncOptions& how) override {
    return sync([&] { return FSDirectoryWrapper::FsyncWithDirOptions(options, context, how); });
  }

 private:
  template <class F>
  IOStatus sync(const F& really) {
    IOStatus status = status_of(faults_.before(DiskFaults::Step::sync).error, path_);
    if (status.ok()) status = really();
    if (status.ok()) faults_.synced_folder(path_);
    return status;
  }

  const std::string path_;
  DiskFaults& faults_;
};

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

class FailingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FailingFileSystem(DiskFaults& faults)
      : FileSystemWrapper(env_with_log_space()->GetFileSystem()), faults_(faults) {}
  const char* Name() const override { return "mere.FailingDisk"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* context) override {
    if (IOStatus status = changes_names(name); !status.ok()) return status;
    faults_.makes(absolute(name));
    return wrapped(name, target()->NewWritableFile(name, options, file, context), file);
  }
  IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* context) override {
    return wrapped(name, target()->ReopenWritableFile(name, options, file, context), file);
  }
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                             const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* context) override {
    if (IOStatus status = changes_names(name); !status.ok()) return status;
    faults_.renames(absolute(old_name), absolute(name));
    return wrapped(name, target()->ReuseWritableFile(name, old_name, options, file, context), file);
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext* context) override {
    IOStatus status = target()->NewDirectory(name, options, directory, context);
    if (status.ok())
      *directory = std::make_unique<FailingDirectory>(std::move(*directory), absolute(name), faults_);
    return status;
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* context) override {
    if (IOStatus status = changes_names(name); !status.ok()) return status;
    faults_.removes(absolute(name));
    return target()->DeleteFile(name, options, context);
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* context) override {
    if (IOStatus status = changes_names(to); !status.ok()) return status;
    faults_.renames(absolute(from), absolute(to));
    return target()->RenameFile(from, to, options, context);
  }

 private:
  IOStatus changes_names(const std::string& name) {
    return status_of(faults_.before(DiskFaults::Step::change_names).error, name);
  }
  IOStatus wrapped(const std::string& name, IOStatus status, std::unique_ptr<rocksdb::FSWritableFile>* file) {
    if (status.ok()) *file = std::make_unique<FailingFile>(std::move(*file), absolute(name), faults_);
    return status;
  }

  DiskFaults& faults_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> make_failing_env(DiskFaults& faults) {
  return rocksdb::NewCompositeEnv(std::make_shared<FailingFileSystem>(faults));
}

}  // namespace mere::kv
