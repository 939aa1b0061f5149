#include "kv/rocksdb_writer.h"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <condition_variable>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "base/shared_log.h"
#include "kv/limits.h"
#include "kv/rocksdb_error.h"

namespace mere::kv {
namespace {

// A group larger than this would make its first writer wait for the last one's bytes.
constexpr std::size_t kMaxGroupBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxGroupSize = 256;
// A disk that fails is not tried more often.
constexpr std::chrono::milliseconds kRecoverPause{500};

// The writes of the group so far, that the store does not show yet.
using Pending = std::unordered_map<std::string_view, const Write*>;

// Whether all conditions of `writes` hold on the store as `pending` leaves it.
Status check_conditions(const RocksDbDatabase& database, RecentReads& recent, const Pending& pending,
                        std::span<const Write> writes) {
  for (const Write& write : writes) {
    if (write.condition.kind == Condition::Kind::any) continue;
    if (const auto found = pending.find(write.key); found != pending.end()) {
      const Write& before = *found->second;
      const auto value =
          before.kind == Write::Kind::put ? std::optional<std::string_view>(before.value) : std::nullopt;
      if (!holds(write.condition, value)) return conflict_on(write.key);
      continue;
    }
    std::uint64_t epoch = 0;
    if (const auto known = recent.get(write.key, epoch)) {
      if (!holds(write.condition, *known)) return conflict_on(write.key);
      continue;
    }
    ASSIGN_OR_RETURN(const auto db, database.use());
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        db->Get(rocksdb::ReadOptions(), db->DefaultColumnFamily(), write.key, &value);
    if (!status.ok() && !status.IsNotFound()) return to_error("reading the store", status);
    if (!holds(write.condition, status.ok() ? std::optional(value.ToStringView()) : std::nullopt)) {
      return conflict_on(write.key);
    }
  }
  return {};
}

// What a thread waits on. It outlives the request, so that whoever wakes the thread need not hold the lock
// that the thread takes first: a group's members would each wake up only to wait once more.
using Bell = std::shared_ptr<std::condition_variable>;

Bell bell_of_this_thread() {
  thread_local const Bell bell = std::make_shared<std::condition_variable>();
  return bell;
}

// noexcept: see take_group().
template <class T>
std::vector<T> room_for(std::size_t count) noexcept {
  std::vector<T> room;
  room.reserve(count);
  return room;
}

}  // namespace

struct RocksDbWriter::Request {
  void take(std::span<const Write> some) {
    writes = some;
    for (const Write& write : some) bytes += write.key.size() + write.value.size();
  }

  std::span<const Write> writes;
  std::string_view begin, end;  // of a range to erase; such a request is a group of its own
  bool sync = true;

  std::size_t bytes = 0;
  bool done = false;
  Status status;
  Bell bell;  // rung when it is done, or first in the queue

  // Of one that is told later, which has no bell and belongs to the queue:
  std::vector<Write> owned;
  std::function<void(Status)> told;

  bool is_range() const { return !end.empty(); }
  bool waits() const { return bell != nullptr; }
};

Status RocksDbWriter::write(std::span<const Write> writes, Durability durability) {
  Request request;
  request.take(writes);
  request.sync = durability == Durability::synced && sync_writes_;
  return run(request);
}

Status RocksDbWriter::erase_range(std::string_view begin, std::string_view end) {
  Request request;
  request.begin = begin;
  request.end = end;
  request.sync = sync_writes_;
  return run(request);
}

void RocksDbWriter::write_later(std::vector<Write> writes, Durability durability,
                                std::function<void(Status)> told) {
  auto request = std::make_unique<Request>();
  request->owned = std::move(writes);
  request->told = std::move(told);
  request->take(request->owned);
  request->sync = durability == Durability::synced && sync_writes_;
  std::unique_lock lock(mutex_);
  if (!helper_.joinable()) helper_ = std::thread([this] { help(); });  // which may fail: before others wait
  queue_.push_back(request.get());
  const bool is_first = queue_.front() == request.release();
  if (is_first) lead(lock, Leader::writer);
}

Status RocksDbWriter::run(Request& request) {
  request.bell = bell_of_this_thread();
  std::unique_lock lock(mutex_);
  queue_.push_back(&request);
  request.bell->wait(lock, [&] { return request.done || queue_.front() == &request; });
  if (!request.done) lead(lock, Leader::writer);
  return std::move(request.status);
}

bool RocksDbWriter::lead(std::unique_lock<std::mutex>& lock, Leader leader) {
  const Group group = take_group();
  std::vector<Bell> bells = room_for<Bell>(group.size());
  std::vector<std::unique_ptr<Request>> later = room_for<std::unique_ptr<Request>>(group.size());
  lock.unlock();
  commit(group);  // the group stays in the queue, so nobody else leads meanwhile
  lock.lock();
  for (std::size_t i = 0; i < group.size(); ++i) queue_.pop_front();
  const bool needs_help = !queue_.empty() && !queue_.front()->waits();
  if (!queue_.empty() && !needs_help) bells.push_back(queue_.front()->bell);  // first: its sync may begin
  for (Request* member : group) {
    if (!member->waits()) {
      later.emplace_back(member);
      continue;
    }
    const bool is_here = leader == Leader::writer && member == group.front();
    if (!is_here) bells.push_back(member->bell);  // a member that sees `done` goes with its request
    member->done = true;
  }
  if (needs_help && leader == Leader::writer) {
    needs_help_ = true;
    help_needed_.notify_one();
  }
  lock.unlock();
  for (const Bell& bell : bells) bell->notify_one();
  for (const auto& member : later) member->told(std::move(member->status));
  return needs_help;
}

void RocksDbWriter::help() {
  std::unique_lock lock(mutex_);
  for (;;) {
    help_needed_.wait(lock, [this] { return needs_help_ || closing_; });
    if (!std::exchange(needs_help_, false)) return;
    while (lead(lock, Leader::helper)) lock.lock();
    lock.lock();
  }
}

RocksDbWriter::Group RocksDbWriter::take_group() const noexcept {
  Group group;
  std::size_t bytes = 0;
  for (Request* request : queue_) {
    bytes += request->bytes;
    const bool joins = !request->is_range() && bytes <= kMaxGroupBytes && group.size() < kMaxGroupSize;
    if (!group.empty() && !joins) break;
    group.push_back(request);
    if (request->is_range()) break;
  }
  return group;
}

void RocksDbWriter::commit(const Group& group) noexcept {
  // All are told of a failure, also those whose condition did not hold: what they were refused for may not
  // have come to be.
  const auto fail = [&](const Error& error) {
    for (Request* request : group) request->status = error;
  };
  if (Status recovered = recover(); !recovered) return fail(recovered.error());

  rocksdb::WriteBatch batch;
  rocksdb::Status filled;
  const auto fill = [&](rocksdb::Status status) {
    if (filled.ok()) filled = std::move(status);
  };
  Pending pending;
  std::vector<std::string_view> keys;
  bool sync = false;
  bool only_sync = false;
  for (Request* request : group) {
    if (request->is_range()) {
      fill(batch.DeleteRange(request->begin, request->end));
    } else {
      request->status = check_conditions(database_, recent_, pending, request->writes);
      if (!request->status) continue;
      for (const Write& write : request->writes) {
        if (write.kind == Write::Kind::check) continue;
        if (write.kind == Write::Kind::put) fill(batch.Put(write.key, write.value));
        if (write.kind == Write::Kind::erase) fill(batch.Delete(write.key));
        if (group.size() > 1) pending[write.key] = &write;
        keys.push_back(write.key);
      }
    }
    sync = sync || request->sync;
    only_sync = only_sync || (request->sync && request->writes.empty() && !request->is_range());
  }
  if (!filled.ok()) return fail(to_error("writing the store", filled));
  if (batch.Count() == 0 && !only_sync) return;
  // Taken after the group: what its members gave before they came is in it.
  std::string carried = shared_log_ != nullptr ? shared_log_->take() : std::string();
  if (!carried.empty()) fill(batch.PutLogData(carried));
  if (batch.Count() == 0 && carried.empty()) {
    if (Status synced = sync_log(); !synced) fail(synced.error());
    return;
  }
  if (group.front()->is_range()) {  // alone
    recent_.begin_write_of_all();
  } else {
    recent_.begin_write(keys);
  }
  const Status written = filled.ok() ? write_batch(batch, sync) : to_error("writing the store", filled);
  recent_.end_write();
  if (written) return database_.carried(carried.size());
  if (!carried.empty()) shared_log_->give_back(std::move(carried));
  fail(written.error());
}

Status RocksDbWriter::write_batch(rocksdb::WriteBatch& batch, bool sync) {
  ASSIGN_OR_RETURN(const auto db, database_.use());
  rocksdb::WriteOptions options;
  options.sync = sync;
  const rocksdb::Status status = db->Write(options, &batch);
  unsynced_ = status.ok() && !sync;
  if (status.ok()) return {};
  failure_ = to_error("writing the store", status);
  recover_at_ = std::chrono::steady_clock::now();
  log::error("the store refused a write", {{"error", failure_->message}});
  return *failure_;
}

Status RocksDbWriter::sync_log() {
  if (!unsynced_) return {};
  ASSIGN_OR_RETURN(const auto db, database_.use());
  const rocksdb::Status status = db->SyncWAL();
  if (!status.ok()) return to_error("syncing the store", status);
  unsynced_ = false;
  return {};
}

Status RocksDbWriter::recover() {
  if (!failure_) return {};
  const auto now = std::chrono::steady_clock::now();
  if (now < recover_at_) return *failure_;
  recover_at_ = now + kRecoverPause;
  recent_.begin_write_of_all();  // what was refused may be there or not
  const Status reopened = database_.reopen();
  recent_.end_write();
  if (!reopened) {
    failure_ = reopened.error();
    return *failure_;
  }
  failure_.reset();
  return {};
}

RocksDbWriter::~RocksDbWriter() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  help_needed_.notify_one();
  if (helper_.joinable()) helper_.join();
  if (const Status synced = sync_log(); !synced) {
    log::error("the store's last writes were not synced", {{"error", synced.error().message}});
  }
}

}  // namespace mere::kv
