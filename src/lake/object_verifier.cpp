#include "lake/object_verifier.h"

#include <atomic>
#include <thread>

#include "base/encoding.h"
#include "base/hash.h"
#include "lake/entry_address.h"
#include "tree/reserved_metadata.h"

namespace mere::lake {
namespace {

constexpr std::size_t kBatch = 1024;
constexpr std::size_t kChunkBytes = 256u << 10;

// An upload in one piece has the MD5 of its bytes. One in parts has that of its parts' MD5s, and an imported
// object what its store calls an ETag.
bool has_md5_of_its_bytes(const version::Repository& repository, const tree::Entry& entry,
                          const block::Address& address) {
  return entry.checksum.size() == 32 && from_hex(entry.checksum) &&
         !entry.metadata.contains(std::string(tree::kPartsKey)) &&
         address.uri.starts_with(block::join(repository.storage_namespace, "").uri);
}

}  // namespace

ObjectVerifier::ObjectVerifier(block::Store& store, const version::Repository& repository,
                               const VerifyOptions& options, VerifyCounts& counts,
                               const std::function<void(Finding)>& on_finding)
    : store_(store), repository_(repository), options_(options), counts_(counts), on_finding_(on_finding) {}

void ObjectVerifier::add(std::string_view where, std::string_view path, const tree::Entry& entry) {
  block::Address address = address_of(repository_, entry);
  if (!seen_.insert(address.uri)) return;
  batch_.push_back({std::string(where), std::string(path), entry, std::move(address)});
  if (batch_.size() >= kBatch) flush();
}

void ObjectVerifier::flush() {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    std::vector<std::byte> buffer(options_.objects ? kChunkBytes : 0);
    for (std::size_t i = next++; i < batch_.size(); i = next++) look_at(batch_[i], buffer);
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(options_.threads, batch_.size()); ++i) threads.emplace_back(work);
    work();
  }
  batch_.clear();
}

void ObjectVerifier::find(const Job& job, FindingKind kind, std::string detail) {
  Finding finding{kind, repository_.name, job.where, job.path, job.address.uri, std::move(detail)};
  std::lock_guard lock(mutex_);
  on_finding_(std::move(finding));
}

void ObjectVerifier::look_at(const Job& job, std::vector<std::byte>& buffer) {
  {
    std::lock_guard lock(mutex_);
    ++counts_.entries;
  }
  std::unique_ptr<block::Reader> reader;
  std::uint64_t size_bytes = 0;
  Status looked;
  if (options_.objects) {
    auto opened = store_.open(job.address);
    if (opened) {
      reader = *std::move(opened);
      size_bytes = reader->properties().size_bytes;
    } else {
      looked = std::move(opened).error();
    }
  } else {
    auto properties = store_.stat(job.address);
    if (properties) {
      size_bytes = properties->size_bytes;
    } else {
      looked = std::move(properties).error();
    }
  }
  if (!looked) {
    const bool missing = looked.error().code == Code::not_found;
    return find(job, missing ? FindingKind::missing_object : FindingKind::unreadable, looked.error().message);
  }
  if (size_bytes != static_cast<std::uint64_t>(job.entry.size_bytes)) {
    return find(job, FindingKind::wrong_size,
                std::to_string(size_bytes) + " bytes instead of " + std::to_string(job.entry.size_bytes));
  }
  if (reader == nullptr) return;
  if (auto read = check_bytes(job, *reader, buffer); !read) {
    find(job, read.error().code == Code::corrupt ? FindingKind::damaged_object : FindingKind::unreadable,
         read.error().message);
  }
}

Status ObjectVerifier::check_bytes(const Job& job, const block::Reader& reader,
                                   std::vector<std::byte>& buffer) {
  Digest digest = Digest::md5();
  std::uint64_t offset = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const std::size_t got, reader.read_at(offset, buffer));
    if (got == 0) break;
    digest.update(std::span<const std::byte>(buffer).first(got));
    offset += got;
  }
  const bool comparable = has_md5_of_its_bytes(repository_, job.entry, job.address);
  {
    std::lock_guard lock(mutex_);
    counts_.bytes += offset;
    if (!comparable) ++counts_.without_checksum;
  }
  if (offset != static_cast<std::uint64_t>(job.entry.size_bytes))
    return Error{Code::corrupt, "it ends after " + std::to_string(offset) + " bytes"};
  if (!comparable) return {};
  if (const std::string found = digest.finish_hex(); found != job.entry.checksum)
    return Error{Code::corrupt, "its MD5 is " + found + " instead of " + job.entry.checksum};
  return {};
}

}  // namespace mere::lake
