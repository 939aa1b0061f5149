#include "lake/import_hasher.h"

#include <utility>

#include "base/hash.h"

namespace mere::lake {
namespace {

constexpr std::size_t kChunkBytes = 256 << 10;
constexpr std::size_t kMostWaiting = 128;
constexpr std::size_t kPiece = 32;  // files: so that a batch keeps all threads busy

}  // namespace

ImportHasher::ImportHasher(const block::Store& store, const TaskContext& context, std::size_t threads,
                           Take take)
    : store_(store),
      context_(context),
      wanted_threads_(std::max<std::size_t>(1, threads)),
      take_(std::move(take)) {}

ImportHasher::~ImportHasher() {
  std::lock_guard lock(mutex_);
  waiting_.clear();
  finishing_ = true;
  changed_.notify_all();
}

Status ImportHasher::add(ImportBatch batch) {
  for (std::size_t begin = 0; begin < batch.sources.size(); begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, batch.sources.size());
    ImportBatch piece{{std::make_move_iterator(batch.sources.begin() + static_cast<std::ptrdiff_t>(begin)),
                       std::make_move_iterator(batch.sources.begin() + static_cast<std::ptrdiff_t>(end))},
                      batch.rank};
    std::unique_lock lock(mutex_);
    if (threads_.empty())
      for (std::size_t i = 0; i < wanted_threads_; ++i) threads_.emplace_back([this] { work(); });
    changed_.wait(lock, [this] { return waiting_.size() < kMostWaiting || failure_; });
    if (failure_) return *failure_;
    waiting_.push_back(std::move(piece));
    changed_.notify_all();
  }
  return {};
}

Status ImportHasher::finish() {
  std::vector<std::jthread> threads;
  {
    std::lock_guard lock(mutex_);
    finishing_ = true;
    threads = std::exchange(threads_, {});
    changed_.notify_all();
  }
  threads.clear();  // joins
  if (failure_) return *failure_;
  return {};
}

void ImportHasher::work() {
  std::vector<std::byte> buffer(kChunkBytes);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !waiting_.empty() || finishing_ || failure_; });
    if (waiting_.empty() || failure_) return;
    const bool was_full = waiting_.size() >= kMostWaiting;
    ImportBatch batch = std::move(waiting_.front());
    waiting_.pop_front();
    if (was_full) changed_.notify_all();
    lock.unlock();
    Status done = hash(batch, buffer);
    if (done) done = take_(batch);
    lock.lock();
    if (done || failure_) continue;
    failure_ = std::move(done).error();
    changed_.notify_all();
  }
}

Status ImportHasher::hash(ImportBatch& batch, std::vector<std::byte>& buffer) const {
  for (ImportSource& source : batch.sources)
    if (source.properties.etag.empty()) RETURN_IF_ERROR(hash(source, buffer));
  return {};
}

// Size, time and checksum are of the same bytes, even where the file was replaced since it was listed.
Status ImportHasher::hash(ImportSource& source, std::vector<std::byte>& buffer) const {
  auto reader = store_.open(source.address);
  if (!reader)
    return reader.error().code == Code::not_found ? missing_source(source.address.uri)
                                                  : std::move(reader).error();
  source.properties = (*reader)->properties();
  Digest digest = Digest::md5();
  std::uint64_t offset = 0;
  for (bool more = true; more;) {
    if (context_.cancelled()) return import_cancelled();
    ASSIGN_OR_RETURN(const std::size_t got, (*reader)->read_at(offset, buffer));
    digest.update(std::span<const std::byte>(buffer).first(got));
    offset += got;
    more = got == buffer.size();
  }
  source.properties.size_bytes = offset;
  source.properties.etag = digest.finish_hex();
  return {};
}

}  // namespace mere::lake
