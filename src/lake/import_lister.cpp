#include "lake/import_lister.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "base/hash.h"
#include "version/names.h"

namespace mere::lake {
namespace {

constexpr std::size_t kBatch = 1024;
constexpr std::size_t kChunkBytes = 256 << 10;

Error cancelled() {
  return {Code::cancelled, "import canceled"};
}

// Of a local folder or file: what the system says of it, which is what users look for.
Error missing(const std::string& uri) {
  constexpr std::string_view kLocal = "local://";
  if (!uri.starts_with(kLocal)) return {Code::not_found, uri + ": nothing is there"};
  std::string_view path = std::string_view(uri).substr(kLocal.size());
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return {Code::not_found, "lstat " + std::string(path) + ": no such file or directory"};
}

}  // namespace

std::string as_folder(std::string path) {
  if (!path.empty() && path.back() != '/') path += '/';
  return path;
}

ImportLister::ImportLister(const block::Store& store, std::string storage_id, const ImportOptions& options,
                           TaskContext& context, RecordSorter& sorter)
    : store_(store),
      storage_id_(std::move(storage_id)),
      options_(options),
      context_(context),
      sorter_(sorter) {}

Status ImportLister::add(const ImportLocation& location, std::uint32_t rank) {
  if (location.type == ImportLocation::Type::object) return add_object(location, rank);
  return add_folder(location, rank);
}

Status ImportLister::add_object(const ImportLocation& location, std::uint32_t rank) {
  const block::Address address{location.path, storage_id_};
  auto properties = store_.stat(address);
  if (!properties)
    return properties.error().code == Code::not_found ? missing(location.path)
                                                      : std::move(properties).error();
  batch_.push_back({location.destination, address, *std::move(properties)});
  return flush(rank);
}

Status ImportLister::add_folder(const ImportLocation& location, std::uint32_t rank) {
  const block::Address folder{as_folder(location.path), storage_id_};
  const std::string destination = as_folder(location.destination);
  const std::int64_t count_before = count_;
  Status stopped;
  const auto visit = [&](const block::Listed& listed) {
    if (!listed.address.uri.starts_with(folder.uri)) {
      stopped = Error{Code::internal, "the store listed " + listed.address.uri + " below " + folder.uri};
      return false;
    }
    batch_.push_back(
        {destination + listed.address.uri.substr(folder.uri.size()), listed.address, listed.properties});
    if (batch_.size() >= kBatch) stopped = flush(rank);
    return stopped.has_value();
  };
  auto listed = store_.list(folder, {.hidden = store_.capabilities(storage_id_).import_hidden}, visit);
  RETURN_IF_ERROR(std::move(stopped));
  if (!listed)
    return listed.error().code == Code::not_found ? missing(location.path) : std::move(listed).error();
  RETURN_IF_ERROR(flush(rank));
  // Replacing a folder by nothing is hardly what was meant; most likely the source is misspelt.
  if (count_ == count_before) return missing(location.path);
  return {};
}

Status ImportLister::flush(std::uint32_t rank) {
  if (context_.cancelled()) return cancelled();
  RETURN_IF_ERROR(compute_checksums());
  for (const Source& source : batch_) {
    if (auto valid = version::check_path(source.path); !valid) {
      return with_context(source.address.uri + " as " + source.path, std::move(valid).error());
    }
    const tree::Entry entry{.address = source.address.uri,
                            .address_type = tree::AddressType::full,
                            .last_modified = source.properties.last_modified,
                            .size_bytes = static_cast<std::int64_t>(source.properties.size_bytes),
                            .checksum = source.properties.etag};
    RETURN_IF_ERROR(sorter_.add(source.path, rank, tree::identity_of(entry), tree::encode_entry(entry)));
  }
  count_ += static_cast<std::int64_t>(batch_.size());
  batch_.clear();
  context_.report(count_);
  return {};
}

Status ImportLister::compute_checksums() {
  std::vector<Source*> unknown;
  for (Source& source : batch_) {
    if (source.properties.etag.empty()) unknown.push_back(&source);
  }
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::optional<Error> failed;
  const auto work = [&] {
    for (std::size_t i = next++; i < unknown.size(); i = next++) {
      auto checksum = checksum_of(unknown[i]->address);
      if (checksum) {
        unknown[i]->properties.etag = *std::move(checksum);
        continue;
      }
      std::lock_guard lock(mutex);
      if (!failed) failed = std::move(checksum).error();
      next = unknown.size();  // the others stop too
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t wanted = std::min(options_.hash_threads, unknown.size());
    for (std::size_t i = 1; i < wanted; ++i) threads.emplace_back(work);
    work();
  }
  if (failed) return std::move(*failed);
  return {};
}

Result<std::string> ImportLister::checksum_of(const block::Address& address) const {
  auto reader = store_.open(address);
  if (!reader)
    return reader.error().code == Code::not_found ? missing(address.uri) : std::move(reader).error();
  Digest digest = Digest::md5();
  std::vector<std::byte> chunk(kChunkBytes);
  for (std::uint64_t offset = 0;;) {
    if (context_.cancelled()) return cancelled();
    ASSIGN_OR_RETURN(const std::size_t got, (*reader)->read_at(offset, chunk));
    if (got == 0) return digest.finish_hex();
    digest.update(std::span<const std::byte>(chunk).first(got));
    offset += got;
  }
}

}  // namespace mere::lake
