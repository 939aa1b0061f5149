#include "block/local_store.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "block/local_disk.h"
#include "block/local_error.h"
#include "block/local_file.h"
#include "block/local_list.h"
#include "block/local_uploads.h"
#include "block/local_writer.h"

namespace mere::block {
namespace {

class LocalReader final : public Reader {
 public:
  LocalReader(FileSystem& files, Fd fd, Properties properties, std::string uri)
      : files_(files), fd_(std::move(fd)), properties_(std::move(properties)), uri_(std::move(uri)) {}

  const Properties& properties() const override { return properties_; }
  const Fd* file() const override { return &fd_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= properties_.size_bytes) return std::size_t{0};  // also what pread would refuse as too far
    std::size_t filled = 0;
    while (filled < into.size()) {
      const ssize_t count = files_.read_at(fd_.get(), offset + filled, into.subspan(filled));
      if (count < 0) return disk_error(count, "read", uri_);
      if (count == 0) break;
      filled += static_cast<std::size_t>(count);
    }
    return filled;
  }

 private:
  FileSystem& files_;
  const Fd fd_;
  const Properties properties_;
  const std::string uri_;
};

class LocalStore final : public Store {
 public:
  LocalStore(std::unique_ptr<LocalDisk> disk, const LocalOptions& options)
      : disk_(std::move(disk)),
        uploads_(*disk_),
        capabilities_{.type = "local",
                      .scheme = "local",
                      .namespace_regex = "^local://",
                      .namespace_example = "local://example-bucket/",
                      .default_namespace_prefix = "local://",
                      .can_import = options.import_enabled,
                      .import_regex = "^local://",
                      .import_hidden = options.import_hidden} {}

  const Capabilities& capabilities(std::string_view storage_id) const override {
    return storage_id.empty() ? capabilities_ : no_capabilities();
  }
  Status check(const Address& address) const override {
    RETURN_IF_ERROR(disk_->paths.folder(address));
    return {};
  }
  std::string display(const Address& address) const override { return disk_->paths.display(address); }

  Result<std::unique_ptr<Reader>> open(const Address& address) const override {
    ASSIGN_OR_RETURN(Opened opened, open_object(address, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    return std::make_unique<LocalReader>(disk_->files, std::move(opened.fd), properties_of(opened.status),
                                         address.uri);
  }
  Result<Properties> stat(const Address& address) const override {
    ASSIGN_OR_RETURN(const Opened opened, open_object(address, O_PATH));
    return properties_of(opened.status);
  }

  Result<std::unique_ptr<Writer>> create(const Address& address, const WriteOptions& options) override {
    ASSIGN_OR_RETURN(const LocalPath path, writable(address));
    return make_object_writer(*disk_, path, address.uri, options);
  }

  Status remove(const Address& address) override {
    ASSIGN_OR_RETURN(const LocalPath path, writable(address));
    std::string folder(path.folder());
    {
      const Fd fd(
          disk_->files.open_beneath(disk_->folders.root().get(), folder.c_str(), O_RDONLY | O_DIRECTORY));
      if (fd.get() == -ENOENT || fd.get() == -ENOTDIR) return {};
      if (!fd) return disk_error(fd.get(), "remove", address.uri);
      const int removed = disk_->files.unlink(fd.get(), std::string(path.name()).c_str());
      if (removed == -ENOENT || removed == -EISDIR) return {};
      if (removed < 0) return disk_error(removed, "remove", address.uri);
    }
    remove_empty_folders(std::move(folder));
    return {};
  }

  Result<Properties> copy(const Address& from, const Address& to) override {
    ASSIGN_OR_RETURN(const LocalPath path, writable(to));
    ASSIGN_OR_RETURN(Opened source, open_object(from, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    const auto size_bytes = static_cast<std::uint64_t>(source.status.st_size);
    ASSIGN_OR_RETURN(auto folder, disk_->folders.make(path.folder()));
    ASSIGN_OR_RETURN(LocalFile file, LocalFile::create(*disk_, std::move(folder), to.uri, std::nullopt));
    RETURN_IF_ERROR(file.append_file(source.fd, size_bytes));
    RETURN_IF_ERROR(file.seal());
    RETURN_IF_ERROR(publish_object(*disk_, file, path, {}, to.uri));
    return file.properties();
  }

  Status list(const Address& folder, const ListOptions& options,
              const std::function<bool(const Listed&)>& visit) const override {
    ASSIGN_OR_RETURN(const LocalPath path, disk_->paths.folder(folder));
    return list_local(*disk_, path, folder.uri.ends_with('/') ? folder.uri : folder.uri + "/", options,
                      visit);
  }

  Result<std::string> begin_upload(const Address& address) override {
    ASSIGN_OR_RETURN(const LocalPath path, writable(address));
    return uploads_.begin(path);
  }
  Result<std::unique_ptr<Writer>> upload_part(const Address& address, std::string_view upload_id,
                                              int number) override {
    ASSIGN_OR_RETURN(const LocalPath path, writable(address));
    return uploads_.part(path, address, upload_id, number);
  }
  Result<std::vector<Part>> list_parts(const Address& address, std::string_view upload_id) const override {
    ASSIGN_OR_RETURN(const LocalPath path, writable(address));
    return uploads_.parts(path, address, upload_id);
  }
  Result<Properties> complete_upload(const Address& address, std::string_view upload_id,
                                     std::span<const Part> parts) override {
    ASSIGN_OR_RETURN(const LocalPath path, writable(address));
    return uploads_.complete(path, address, upload_id, parts);
  }
  Status abort_upload(const Address& address, std::string_view upload_id) override {
    ASSIGN_OR_RETURN(const LocalPath path, writable(address));
    return uploads_.abort(path, address, upload_id);
  }

  Result<std::string> presign(const Address&, const PresignRequest&) const override {
    return Error{Code::not_implemented, "local files have no presigned URLs"};
  }

 private:
  struct Opened {
    Fd fd;
    struct stat status{};
  };

  Result<LocalPath> writable(const Address& address) const {
    ASSIGN_OR_RETURN(LocalPath path, disk_->paths.object(address));
    if (path.external)
      return Error{
          Code::permission_denied,
          fmt::format("address '{}' is outside of the store's folder: it can be read only", address.uri)};
    return path;
  }

  Result<Opened> open_object(const Address& address, int flags) const {
    ASSIGN_OR_RETURN(const LocalPath path, disk_->paths.object(address));
    Opened opened;
    ASSIGN_OR_RETURN(opened.fd, disk_->open_path(path, flags, address.uri));
    const int failure = disk_->files.stat(opened.fd.get(), opened.status);
    if (failure < 0) return disk_error(failure, "look at", address.uri);
    // A folder, a pipe, a device: not an object.
    if (!S_ISREG(opened.status.st_mode)) return disk_error(-ENOENT, "open", address.uri);
    return opened;
  }

  // Of the folders above a removed object, those that hold nothing more: data folders are many, and
  // a folder without objects is none to the users of a store.
  void remove_empty_folders(std::string folder) {
    while (!folder.empty()) {
      const std::size_t slash = folder.rfind('/');
      const std::string parent = slash == folder.npos ? std::string() : folder.substr(0, slash);
      const std::string name = slash == folder.npos ? folder : folder.substr(slash + 1);
      const Fd fd(
          disk_->files.open_beneath(disk_->folders.root().get(), parent.c_str(), O_RDONLY | O_DIRECTORY));
      if (!fd || disk_->files.remove_folder(fd.get(), name.c_str()) < 0) return;
      disk_->folders.forget(folder);
      folder = parent;
    }
  }

  const std::unique_ptr<LocalDisk> disk_;
  mutable LocalUploads uploads_;
  const Capabilities capabilities_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_local_store(const LocalOptions& options, FileSystem& files) {
  ASSIGN_OR_RETURN(std::unique_ptr<LocalDisk> disk, LocalDisk::open(options, files));
  return std::make_unique<LocalStore>(std::move(disk), options);
}

Result<std::unique_ptr<Store>> open_local_store(const LocalOptions& options) {
  return open_local_store(options, real_file_system());
}

}  // namespace mere::block
