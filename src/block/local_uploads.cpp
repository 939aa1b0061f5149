#include "block/local_uploads.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "block/local_error.h"
#include "block/local_writer.h"
#include "block/multipart.h"

namespace mere::block {
namespace {

const std::string kUploads = std::string(kReservedPrefix) + "uploads";
constexpr std::size_t kIdDigits = 32;
constexpr std::size_t kMd5Digits = 32;
constexpr int kAttempts = 64;

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

// The name of the upload's folder; empty if `id` cannot be one. The only way from an id to a path.
std::string folder_name(const LocalPath& path, std::string_view id) {
  if (!is_hex(id, kIdDigits)) return {};
  return fmt::format("{}-{}", id, to_hex(sha256(path.relative)).substr(0, 32));
}

std::string folder_path(const std::string& name) {
  return kUploads + "/" + name;
}

std::string part_name(int number, std::uint64_t sequence, std::string_view md5) {
  return fmt::format("{:05}.{:010}.{}", number, sequence, md5);
}

struct PartName {
  int number = 0;
  std::uint64_t sequence = 0;
  std::string_view md5;
};

std::optional<PartName> parse_part_name(std::string_view name) {
  PartName part;
  if (name.size() != 5 + 1 + 10 + 1 + kMd5Digits || name[5] != '.' || name[16] != '.') return std::nullopt;
  part.md5 = name.substr(17);
  const auto number = parse_integer<int>(name.substr(0, 5));
  const auto sequence = parse_integer<std::uint64_t>(name.substr(6, 10));
  if (!number || !sequence || !is_hex(part.md5, kMd5Digits)) return std::nullopt;
  part.number = *number;
  part.sequence = *sequence;
  return part;
}

}  // namespace

Result<std::string> LocalUploads::begin(const LocalPath& path) {
  std::array<std::byte, kIdDigits / 2> random;
  system_random().fill(random);
  std::string id = to_hex({reinterpret_cast<const char*>(random.data()), random.size()});
  RETURN_IF_ERROR(disk_.folders.make(folder_path(folder_name(path, id))));
  return id;
}

Result<std::shared_ptr<const Folder>> LocalUploads::find(const std::string& name, const Address& address) {
  if (name.empty()) return no_such_upload(address);
  auto folder = disk_.folders.find(folder_path(name));
  if (!folder && folder.error().code == Code::not_found) return no_such_upload(address);
  return folder;
}

Result<LocalUploads::StoredParts> LocalUploads::read(const Folder& folder, const Address& address) const {
  StoredParts parts;
  const int failure = disk_.files.read_folder(folder.fd.get(), [&](const char* name, unsigned char) {
    const auto part = parse_part_name(name);
    if (!part) return;
    Stored& stored = parts[part->number];
    if (stored.sequence < part->sequence) stored = {part->sequence, std::string(part->md5), name};
  });
  if (failure == -ENOENT) return no_such_upload(address);  // removed while it was open
  if (failure < 0) return disk_error(failure, "list the parts of", address.uri);
  return parts;
}

Result<std::unique_ptr<Writer>> LocalUploads::part(const LocalPath& path, const Address& address,
                                                   std::string_view id, int number) {
  RETURN_IF_ERROR(check_part_number(number));
  const std::string name = folder_name(path, id);
  ASSIGN_OR_RETURN(const std::shared_ptr<const Folder> folder, find(name, address));
  ASSIGN_OR_RETURN(LocalFile file, LocalFile::create(disk_, folder, address.uri, std::nullopt));
  return make_local_writer(disk_, std::move(file), true,
                           [this, name, address, number](LocalFile& written, const std::string& md5) {
                             return publish_part(written, name, address, number, md5);
                           });
}

Status LocalUploads::publish_part(LocalFile& file, const std::string& upload, const Address& address,
                                  int number, const std::string& md5) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Folder> folder, find(upload, address));
  Stored replaced;
  {
    std::lock_guard lock(publishing_[std::hash<std::string>()(upload) % publishing_.size()]);
    ASSIGN_OR_RETURN(const StoredParts stored, read(*folder, address));
    if (const auto found = stored.find(number); found != stored.end()) replaced = found->second;
    const int published = file.publish(*folder, part_name(number, replaced.sequence + 1, md5), true);
    if (published == -ENOENT) return no_such_upload(address);
    if (published < 0) return disk_error(published, "write a part of", address.uri);
  }
  const int synced = folder->sync_names();
  if (synced < 0) return disk_error(synced, "sync the parts of", address.uri);
  // Now that its successor is durable. One that stays behind is not the highest, and goes with the upload.
  if (!replaced.name.empty()) disk_.files.unlink(folder->fd.get(), replaced.name.c_str());
  return {};
}

Result<std::vector<Part>> LocalUploads::parts(const LocalPath& path, const Address& address,
                                              std::string_view id) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Folder> folder, find(folder_name(path, id), address));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const StoredParts stored, read(*folder, address));
    std::vector<Part> parts;
    int failure = 0;
    for (const auto& [number, part] : stored) {
      struct stat status{};
      if ((failure = disk_.files.stat_name(folder->fd.get(), part.name.c_str(), status)) < 0) break;
      const Properties properties = properties_of(status);
      parts.push_back({number, properties.size_bytes, part.md5, properties.last_modified});
    }
    if (failure == 0) return parts;
    if (failure != -ENOENT) return disk_error(failure, "list the parts of", address.uri);
    // Replaced since it was read: read again.
  }
  return Error{Code::unavailable, fmt::format("the parts of '{}' change too fast to be listed", address.uri)};
}

Result<Properties> LocalUploads::complete(const LocalPath& path, const Address& address, std::string_view id,
                                          std::span<const Part> parts) {
  const std::string name = folder_name(path, id);
  ASSIGN_OR_RETURN(const std::shared_ptr<const Folder> upload, find(name, address));
  ASSIGN_OR_RETURN(const StoredParts stored, read(*upload, address));
  RETURN_IF_ERROR(check_part_order(parts));
  for (const Part& part : parts) {
    const auto found = stored.find(part.number);
    if (found == stored.end() || found->second.md5 != part.etag) return wrong_part(part.number);
  }

  ASSIGN_OR_RETURN(const std::shared_ptr<const Folder> folder, disk_.folders.make(path.folder()));
  ASSIGN_OR_RETURN(LocalFile file, LocalFile::create(disk_, folder, address.uri, std::nullopt));
  for (const Part& part : parts) {
    const Fd from(disk_.files.open_beneath(upload->fd.get(), stored.at(part.number).name.c_str(),
                                           O_RDONLY | O_NOFOLLOW));
    if (from.get() == -ENOENT) return wrong_part(part.number);  // replaced meanwhile
    if (!from) return disk_error(from.get(), "read a part of", address.uri);
    struct stat status{};
    const int failure = disk_.files.stat(from.get(), status);
    if (failure < 0) return disk_error(failure, "read a part of", address.uri);
    RETURN_IF_ERROR(file.append_file(from, static_cast<std::uint64_t>(status.st_size)));
  }
  RETURN_IF_ERROR(file.seal());
  RETURN_IF_ERROR(publish_object(disk_, file, path, {}, address.uri));
  // The object is there: parts that cannot be removed only take room.
  if (const Status discarded = discard(name, address); !discarded)
    log::warn("the parts of a completed upload stay",
              {{"upload", name}, {"error", discarded.error().message}});
  Properties properties = file.properties();
  properties.etag = multipart_etag(parts);
  return properties;
}

Status LocalUploads::abort(const LocalPath& path, const Address& address, std::string_view id) {
  const std::string name = folder_name(path, id);
  if (name.empty()) return {};
  return discard(name, address);
}

// Moved away in one step, so that a crash leaves no upload with some of its parts; what a crash leaves
// of the rest is removed with other temporary files.
Status LocalUploads::discard(const std::string& name, const Address& address) {
  const std::string moved = disk_.temp.new_name();
  std::shared_ptr<const Fd> temp;
  int renamed = -ENOENT;
  // A second time if it was one of the folders that is gone, and not the upload.
  for (int attempt = 0; attempt < 2 && renamed == -ENOENT; ++attempt) {
    auto uploads = disk_.folders.find(kUploads);
    if (!uploads) {
      if (uploads.error().code == Code::not_found) return {};
      return std::move(uploads).error();
    }
    ASSIGN_OR_RETURN(temp, disk_.temp.folder());
    renamed = disk_.files.rename((*uploads)->fd.get(), name.c_str(), temp->get(), moved.c_str());
    if (renamed != -ENOENT) break;
    disk_.folders.forget(kUploads);
    disk_.temp.renew_folder();
  }
  disk_.folders.forget(folder_path(name));
  if (renamed == -ENOENT) return {};
  if (renamed < 0) return disk_error(renamed, "abort the upload of", address.uri);
  const int removed = remove_flat_folder(disk_.files, temp->get(), moved);
  if (removed < 0) return disk_error(removed, "remove the parts of", address.uri);
  return {};
}

}  // namespace mere::block
