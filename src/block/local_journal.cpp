#include "block/local_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/random.h"
#include "block/journal_record.h"
#include "block/local_error.h"
#include "block/local_journal_folder.h"

namespace mere::block {
namespace {

constexpr std::size_t kMaxRetiring = 4;
// Closing syncs so many files one by one: the whole file system may hold much that is not ours.
constexpr std::size_t kSyncedSingly = 64;

bool is_missing(int failure) {
  return failure == -ENOENT || failure == -ENOTDIR;
}

}  // namespace

struct LocalJournal::Segment {
  std::string name;
  Fd file;
  std::uint64_t size_bytes = 0;
  std::vector<std::string> paths;  // of the first objects
  std::size_t objects = 0;
  std::size_t holds = 0;  // under the journal's mutex
};

struct LocalJournal::Group {
  std::string records;
  std::vector<std::string> paths;
  bool done = false;
  std::shared_ptr<Segment> segment;  // null: it was not written
  std::condition_variable may_lead;  // for the first member
  std::condition_variable finished;  // for the others
};

LocalJournal::LocalJournal(FileSystem& files, const LocalFolders& folders, std::uint64_t segment_bytes)
    : files_(files), folders_(folders), segment_bytes_(segment_bytes) {}

std::optional<LocalJournal::Hold> LocalJournal::keep(std::string_view path,
                                                     std::span<const std::byte> bytes) {
  if (!folders_.sync() || bytes.size() > kMaxObjectBytes) return std::nullopt;
  std::unique_lock lock(mutex_);
  if (broken_) return std::nullopt;
  if (!open_) open_ = std::make_shared<Group>();
  const std::shared_ptr<Group> group = open_;
  append_journal_record(group->records, path, bytes);
  group->paths.emplace_back(path);
  if (group->paths.size() > 1) {
    group->finished.wait(lock, [&] { return group->done; });
  } else {
    group->may_lead.wait(lock, [&] { return !writing_; });
    writing_ = true;
    open_.reset();
    lock.unlock();
    std::shared_ptr<Segment> segment = write(group->records);
    lock.lock();
    writing_ = false;
    if (segment) {
      segment->holds += group->paths.size();
      segment->objects += group->paths.size();
      for (std::string& of_group : group->paths)
        if (segment->paths.size() < kSyncedSingly) segment->paths.push_back(std::move(of_group));
    }
    group->segment = std::move(segment);
    group->done = true;
    group->finished.notify_all();
    if (open_) open_->may_lead.notify_one();
  }
  if (!group->segment) return std::nullopt;
  return Hold(*this, group->segment);
}

void LocalJournal::release(Segment& segment) {
  std::lock_guard lock(mutex_);
  if (--segment.holds == 0 && !retiring_.empty()) changed_.notify_all();
}

// By the one who writes. Null: not written, or not known to be durable.
std::shared_ptr<LocalJournal::Segment> LocalJournal::write(const std::string& records) {
  std::shared_ptr<Segment> segment = active_segment(records.size());
  if (!segment) return nullptr;
  std::span<const std::byte> bytes = std::as_bytes(std::span(records));
  while (!bytes.empty()) {
    const ssize_t count = files_.write(segment->file.get(), bytes);
    if (count <= 0) break;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  segment->size_bytes += records.size();
  if (bytes.empty() && files_.sync_data(segment->file.get()) >= 0) return segment;
  // What it holds from before is durable; what comes next goes to another file.
  retire();
  return nullptr;
}

std::shared_ptr<LocalJournal::Segment> LocalJournal::active_segment(std::size_t more_bytes) {
  if (active_ && active_->size_bytes + more_bytes > segment_bytes_) retire();
  if (!active_) active_ = new_segment();
  return active_;
}

std::shared_ptr<LocalJournal::Segment> LocalJournal::new_segment() {
  {
    std::lock_guard lock(mutex_);
    if (retiring_.size() >= kMaxRetiring)
      return nullptr;  // the disk is behind: objects wait for it themselves
  }
  if (!own_) {
    if (const Status opened = open_own_folder(); !opened) {
      log::warn("small objects are synced one by one: no journal can be kept",
                {{"error", opened.error().message}});
      std::lock_guard lock(mutex_);
      broken_ = true;
      return nullptr;
    }
  }
  auto segment = std::make_shared<Segment>();
  segment->name = fmt::format("{:016x}", next_number_++);
  segment->file = Fd(files_.create(own_.get(), segment->name.c_str()));
  if (!segment->file) return nullptr;
  // Room beforehand keeps the disk's own bookkeeping out of each sync; not every file system has it.
  const int reserved = files_.reserve(segment->file.get(), segment_bytes_);
  if (reserved == -ENOSPC || reserved == -EDQUOT || files_.sync_folder(own_.get()) < 0) {
    files_.unlink(own_.get(), segment->name.c_str());
    return nullptr;
  }
  return segment;
}

Status LocalJournal::open_own_folder() {
  ASSIGN_OR_RETURN(const Fd all, open_journal_folder(files_, folders_.root(), true));
  if (!lock_folder(all, LOCK_EX)) return disk_error(-errno, "lock the folder", kJournals);
  std::string name = random_uuid(system_random());
  const int made = files_.make_folder(all.get(), name.c_str());
  if (made < 0) return disk_error(made, "make the folder", kJournals);
  Fd own(files_.open_beneath(all.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
  if (!own) return disk_error(own.get(), "open the folder", kJournals);
  if (!lock_folder(own, LOCK_EX | LOCK_NB)) return disk_error(-errno, "lock the folder", kJournals);
  int synced = files_.sync_folder(all.get());
  if (synced >= 0) synced = files_.sync_folder(folders_.root().get());
  if (synced < 0) return disk_error(synced, "sync the folder", kJournals);
  own_ = std::move(own);
  own_name_ = std::move(name);
  return {};
}

// By the one who writes.
void LocalJournal::retire() {
  std::lock_guard lock(mutex_);
  retiring_.push_back(std::exchange(active_, nullptr));
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  changed_.notify_all();
}

void LocalJournal::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto unheld = [&] {
      const auto held = std::find_if(retiring_.begin(), retiring_.end(),
                                     [](const auto& segment) { return segment->holds > 0; });
      return std::vector<std::shared_ptr<Segment>>(retiring_.begin(), held);
    };
    changed_.wait(lock, [&] { return closing_ || (!broken_ && !unheld().empty()); });
    if (closing_) return;
    const std::vector<std::shared_ptr<Segment>> full = unheld();
    lock.unlock();
    const int synced = files_.sync_all(folders_.root().get());
    if (synced >= 0) {
      forget(full);
    } else {
      // What failed to reach the disk is still in the journal, and is written again at the next start.
      log::error("the disk could not be synced: objects are kept in the journal",
                 {{"error", disk_error(synced, "sync", "the file system").message}});
    }
    lock.lock();
    if (synced < 0) {
      broken_ = true;
    } else {
      retiring_.erase(retiring_.begin(), retiring_.begin() + static_cast<std::ptrdiff_t>(full.size()));
    }
  }
}

void LocalJournal::forget(const std::vector<std::shared_ptr<Segment>>& segments) {
  // A file that stays, because this fails or the disk takes it back, is replayed once more.
  for (const auto& segment : segments) files_.unlink(own_.get(), segment->name.c_str());
}

// The files of a segment that is remembered whole.
bool LocalJournal::sync_objects_of(const Segment& segment) {
  for (const std::string& path : segment.paths) {
    const Fd file(files_.open_beneath(folders_.root().get(), path.c_str(), O_RDONLY | O_NOFOLLOW));
    if (!file && is_missing(file.get())) continue;  // removed meanwhile
    if (!file || files_.sync_data(file.get()) < 0) return false;
    const std::string folder_path = path.substr(0, std::max(path.rfind('/'), std::size_t{0}));
    const Fd folder(files_.open_beneath(folders_.root().get(),
                                        path.find('/') == path.npos ? "" : folder_path.c_str(),
                                        O_RDONLY | O_DIRECTORY));
    if (!folder || files_.sync_folder(folder.get()) < 0) return false;
  }
  return true;
}

LocalJournal::~LocalJournal() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (!own_ || broken_) return;
  std::vector<std::shared_ptr<Segment>> left(retiring_.begin(), retiring_.end());
  const bool few = left.empty() && active_ && active_->objects <= kSyncedSingly;
  if (active_) left.push_back(active_);
  for (const auto& segment : left) MERE_CHECK(segment->holds == 0);
  if (few ? sync_objects_of(*active_) : left.empty() || files_.sync_all(folders_.root().get()) >= 0) {
    forget(left);
    const auto all = open_journal_folder(files_, folders_.root(), false);
    if (all) files_.remove_folder(all->get(), own_name_.c_str());
  }
}

}  // namespace mere::block
