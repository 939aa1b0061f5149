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

ObjectVerifier::ObjectVerifier(const block::Store& store, const version::Repository& repository,
                               const VerifyOptions& options, VerifyCounts& counts, ReadPace& pace,
                               const Calls& calls)
    : store_(store),
      repository_(repository),
      options_(options),
      counts_(counts),
      pace_(pace),
      calls_(calls),
      seen_(options.remembered) {}

void ObjectVerifier::add(const Referrer& referrer, std::string_view path, const tree::Entry& entry) {
  block::Address address = address_of(repository_, entry);
  if (!seen_.insert(address.uri) && left_.erase(address.uri) == 0) return;
  const bool has_md5 = has_md5_of_its_bytes(repository_, entry, address);
  batch_.push_back({referrer, std::string(path), std::move(address),
                    static_cast<std::uint64_t>(entry.size_bytes), has_md5 ? entry.checksum : ""});
  if (batch_.size() >= kBatch) flush();
}

void ObjectVerifier::flush() {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    std::vector<std::byte> buffer(options_.objects ? kChunkBytes : 0);
    for (std::size_t i = next++; i < batch_.size(); i = next++) {
      if (!still_wanted()) return;
      look_at(batch_[i], buffer);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(options_.threads, batch_.size()); ++i) threads.emplace_back(work);
    work();
  }
  batch_.clear();
}

bool ObjectVerifier::still_wanted() {
  std::lock_guard lock(mutex_);
  return calls_.still_wanted();
}

// A second look, as the first may have met a moment's failure; and only then whether it is an object still,
// as it goes from its branch before its bytes go.
void ObjectVerifier::look_at(const Job& job, std::vector<std::byte>& buffer) {
  {
    std::lock_guard lock(mutex_);
    ++counts_.entries;
    if (options_.objects && job.md5.empty()) ++counts_.without_checksum;
  }
  if (!problem_of(job, buffer)) return;
  std::optional<Problem> problem = problem_of(job, buffer);
  if (!problem || !still_wanted()) return;
  const bool matters = calls_.is_still_an_object(job.referrer, job.path, job.address);
  std::lock_guard lock(mutex_);
  if (!matters) {
    left_.insert(job.address.uri);
    return;
  }
  calls_.on_finding({problem->kind, repository_.name, where_of(job.referrer), job.path, job.address.uri,
                     std::move(problem->detail)});
}

std::optional<ObjectVerifier::Problem> ObjectVerifier::problem_of(const Job& job,
                                                                  std::vector<std::byte>& buffer) {
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
    return Problem{missing ? FindingKind::missing_object : FindingKind::unreadable, looked.error().message};
  }
  if (size_bytes != job.size_bytes) {
    return Problem{FindingKind::wrong_size,
                   std::to_string(size_bytes) + " bytes instead of " + std::to_string(job.size_bytes)};
  }
  if (reader == nullptr) return std::nullopt;
  const Status read = check_bytes(job, *reader, buffer);
  if (read || read.error().code == Code::cancelled) return std::nullopt;
  return Problem{read.error().code == Code::corrupt ? FindingKind::damaged_object : FindingKind::unreadable,
                 read.error().message};
}

// `cancelled`: it is not wanted any more.
Status ObjectVerifier::check_bytes(const Job& job, const block::Reader& reader,
                                   std::vector<std::byte>& buffer) {
  const auto wanted = [this] { return still_wanted(); };
  Digest digest = Digest::md5();
  std::uint64_t offset = 0;
  for (;;) {
    const std::uint64_t left = job.size_bytes - offset;
    if (!wanted() || !pace_.wait(std::min<std::uint64_t>(buffer.size(), left), wanted))
      return check_stopped();
    ASSIGN_OR_RETURN(const std::size_t got, reader.read_at(offset, buffer));
    if (got == 0) break;
    digest.update(std::span<const std::byte>(buffer).first(got));
    offset += got;
    std::lock_guard lock(mutex_);
    counts_.bytes += got;
  }
  if (offset != job.size_bytes)
    return Error{Code::corrupt, "it ends after " + std::to_string(offset) + " bytes"};
  if (job.md5.empty()) return {};
  if (const std::string found = digest.finish_hex(); found != job.md5)
    return Error{Code::corrupt, "its MD5 is " + found + " instead of " + job.md5};
  return {};
}

}  // namespace mere::lake
