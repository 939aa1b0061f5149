#include "block/remote_writer.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "base/check.h"
#include "base/encoding.h"
#include "base/hash.h"

namespace mere::block {
namespace {

constexpr std::size_t kWaitingParts = 1024;  // for a thread; then writers wait to hand theirs over

// The parts of one object: shared by the writer and the threads that send them.
class Parts : public std::enable_shared_from_this<Parts> {
 public:
  Parts(std::shared_ptr<RemoteUpload> upload, WorkQueue& threads, std::size_t at_once)
      : upload_(std::move(upload)), threads_(threads), at_once_(at_once) {}

  // Waits until fewer than `at_once` parts are under way. The first failure of a part is every call's.
  Status send(std::shared_ptr<const Payload> payload) {
    if (!begun_) {
      RETURN_IF_ERROR(upload_->begin());
      begun_ = true;
    }
    int number = 0;
    {
      std::unique_lock lock(mutex_);
      ended_.wait(lock, [this] { return under_way_ < at_once_ || failure_; });
      if (failure_) return *failure_;
      ++under_way_;
      sent_.push_back({static_cast<int>(sent_.size()) + 1, {}, payload->size_bytes()});
      number = sent_.back().number;
    }
    threads_.submit([self = shared_from_this(), number, bytes = std::move(payload)]() mutable {
      auto id = self->upload_->put_part(number, std::move(bytes));
      self->note(number, std::move(id));
    });
    return {};
  }

  bool has_begun() const { return begun_; }

  Status complete() {
    {
      std::unique_lock lock(mutex_);
      ended_.wait(lock, [this] { return under_way_ == 0; });
      if (failure_) return *failure_;
    }
    RETURN_IF_ERROR(upload_->complete(sent_));
    begun_ = false;  // nothing is left to abort
    return {};
  }

  // Later, on one of the threads: once no part is under way any more.
  void give_up() {
    if (!std::exchange(begun_, false)) return;
    {
      std::lock_guard lock(mutex_);
      if (!failure_) failure_ = Error{Code::cancelled, "the upload was given up"};
      if (under_way_ > 0) {
        abort_when_done_ = true;
        return;
      }
    }
    threads_.submit([self = shared_from_this()] { self->upload_->abort(); });
  }

 private:
  void note(int number, Result<std::string> id) {
    bool abort = false;
    {
      std::lock_guard lock(mutex_);
      if (id) {
        sent_[static_cast<std::size_t>(number) - 1].id = *std::move(id);
      } else if (!failure_) {
        failure_ = std::move(id).error();
      }
      --under_way_;
      abort = under_way_ == 0 && abort_when_done_;
      ended_.notify_all();
    }
    if (abort) upload_->abort();
  }

  const std::shared_ptr<RemoteUpload> upload_;
  WorkQueue& threads_;
  const std::size_t at_once_;
  bool begun_ = false;  // the writer's

  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t under_way_ = 0;
  std::vector<SentPart> sent_;
  std::optional<Error> failure_;
  bool abort_when_done_ = false;
};

class RemoteWriter final : public Writer {
 public:
  RemoteWriter(RemoteWriters& writers, std::shared_ptr<RemoteUpload> upload, WorkQueue& threads,
               const WriteOptions& options)
      : writers_(writers),
        upload_(upload),
        parts_(std::make_shared<Parts>(std::move(upload), threads, writers.limits().parts_at_once)),
        expected_(options.expected_size_bytes),
        part_(writers.new_payload()) {
    if (options.md5) digest_.emplace(Digest::md5());
    room_ = next_part_size();
  }
  ~RemoteWriter() override { parts_->give_up(); }

  Status append(std::span<const std::byte> bytes) override {
    MERE_CHECK(!finished_);
    if (failure_) return *failure_;
    if (Status status = take(bytes); !status) {
      failure_ = std::move(status).error();
      return *failure_;
    }
    return {};
  }

  Result<Written> finish() override {
    MERE_CHECK(!finished_);
    finished_ = true;
    if (failure_) return *failure_;
    std::string md5 = digest_ ? digest_->finish() : std::string();
    if (parts_->has_begun()) {
      if (part_.size_bytes() > 0) RETURN_IF_ERROR(parts_->send(part_.finish()));
      RETURN_IF_ERROR(parts_->complete());
    } else {
      RETURN_IF_ERROR(upload_->put_whole(part_.finish(), md5));
    }
    return Written{size_bytes_, digest_ ? to_hex(md5) : std::string()};
  }

 private:
  std::uint64_t next_part_size() { return part_size(writers_.limits(), ++number_, expected_); }

  Status take(std::span<const std::byte> bytes) {
    if (digest_) digest_->update(bytes);
    size_bytes_ += bytes.size();
    while (!bytes.empty()) {
      // A full part is sent when more comes: an object of exactly one part is put whole.
      if (room_ == 0) {
        RETURN_IF_ERROR(parts_->send(part_.finish()));
        part_ = writers_.new_payload();
        room_ = next_part_size();
      }
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), room_));
      RETURN_IF_ERROR(part_.append(bytes.first(count)));
      room_ -= count;
      bytes = bytes.subspan(count);
    }
    return {};
  }

  RemoteWriters& writers_;
  const std::shared_ptr<RemoteUpload> upload_;
  const std::shared_ptr<Parts> parts_;
  const std::optional<std::uint64_t> expected_;
  PayloadBuilder part_;
  std::uint64_t room_ = 0;  // of the part being filled
  int number_ = 0;          // of it
  std::optional<Digest> digest_;
  std::uint64_t size_bytes_ = 0;
  std::optional<Error> failure_;
  bool finished_ = false;
};

}  // namespace

RemoteWriters::RemoteWriters(RemoteWriteLimits limits)
    : limits_([&] {
        if (limits.spool_folder.empty())
          limits.spool_folder = std::filesystem::temp_directory_path().string();
        return std::move(limits);
      }()),
      budget_(limits_.memory_bytes),
      threads_(make_thread_pool(limits_.threads, kWaitingParts)) {}

std::unique_ptr<Writer> RemoteWriters::write(std::shared_ptr<RemoteUpload> upload,
                                             const WriteOptions& options) {
  return std::make_unique<RemoteWriter>(*this, std::move(upload), *threads_, options);
}

PayloadBuilder RemoteWriters::new_payload() {
  return PayloadBuilder(budget_, limits_.spool_folder, limits_.writer_memory_bytes);
}

std::uint64_t part_size(const RemoteWriteLimits& limits, int number,
                        std::optional<std::uint64_t> expected_size_bytes) {
  const std::uint64_t smallest = limits.part_bytes;
  const std::size_t step = std::max<std::size_t>(limits.max_parts / 10, 1);
  const std::uint64_t grown = smallest << (static_cast<std::size_t>(number - 1) / step);
  if (!expected_size_bytes) return grown;
  // The hint may be wrong: half of the parts are left for what it did not promise.
  const std::uint64_t half = std::max<std::size_t>(limits.max_parts / 2, 1);
  const std::uint64_t even = (*expected_size_bytes + half - 1) / half;
  const std::uint64_t planned = std::max(smallest, (even + (1u << 20) - 1) >> 20 << 20);
  const std::uint64_t planned_count = (*expected_size_bytes + planned - 1) / planned;
  return static_cast<std::uint64_t>(number) <= planned_count ? planned : std::max(planned, grown);
}

}  // namespace mere::block
