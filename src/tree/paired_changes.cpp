#include "tree/paired_changes.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/adaptive_mutex.h"
#include "base/check.h"
#include "base/processor.h"

namespace mere::tree {
namespace {

// A walk is worth helpers once it has come so far, and where so much is left.
constexpr std::size_t kStepsAlone = 16;
constexpr std::size_t kLeastAhead = 64;
constexpr std::size_t kMostAhead = 1024;
// What one takes at a time: some 100 µs of work, of bounded memory.
constexpr std::size_t kPieceRecords = 32;
constexpr std::size_t kPieceBytes = std::size_t{16} << 10;

std::size_t helper_count() {
  static const unsigned cores = std::thread::hardware_concurrency();
  return std::clamp(cores, 2u, 4u) - 1;
}

// Moves forward to the first record >= `key`: a few steps where the keys are close, else a seek.
void advance_to(Cursor& cursor, std::string_view key) {
  constexpr int kSteps = 2;
  for (int i = 0; i < kSteps; ++i) {
    if (!cursor.valid() || cursor.record().key >= key) return;
    cursor.next();
  }
  if (cursor.valid() && cursor.record().key < key) cursor.seek(key);
}

// The record of `tree` (null: opened now) at `key`, which is behind all that were asked for; null if there
// is none.
Result<const Record*> find_next(std::unique_ptr<Cursor>& tree,
                                const std::function<std::unique_ptr<Cursor>()>& open_tree,
                                std::string_view key) {
  if (tree) {
    advance_to(*tree, key);
  } else {
    tree = open_tree();
    tree->seek(key);
  }
  if (!tree->valid()) {
    RETURN_IF_ERROR(tree->status());
    return nullptr;
  }
  return tree->record().key == key ? &tree->record() : nullptr;
}

// Records, copied one behind the other.
class RecordList {
 public:
  RecordList() {
    places_.reserve(kPieceRecords);
    bytes_.reserve(kPieceRecords * kUsualBytes);
  }
  void add(const Record& record) {
    places_.push_back({bytes_.size(), record.key.size(), record.identity.size(), record.data.size()});
    bytes_.append(record.key).append(record.identity).append(record.data);
  }
  Record operator[](std::size_t i) const {
    const Place& place = places_[i];
    const char* const key = bytes_.data() + place.offset;
    const char* const identity = key + place.key_bytes;
    const char* const data = identity + place.identity_bytes;
    return {{key, place.key_bytes}, {identity, place.identity_bytes}, {data, place.data_bytes}};
  }
  std::size_t size() const { return places_.size(); }
  std::size_t size_bytes() const { return bytes_.size(); }

 private:
  static constexpr std::size_t kUsualBytes = 192;
  struct Place {
    std::size_t offset, key_bytes, identity_bytes, data_bytes;
  };
  std::vector<Place> places_;
  std::string bytes_;
};

struct Piece {
  RecordList changes;
  RecordList in_tree;  // one for each change; without a key where there is none
  Status status;       // why `in_tree` is shorter
  bool is_done = false;
};

}  // namespace

// Pieces in the order of their keys. Helpers share it, and may come when all is over.
class PairedChanges::Batch {
 public:
  explicit Batch(std::function<std::unique_ptr<Cursor>()> open_tree) : open_tree_(std::move(open_tree)) {}

  void add(std::unique_ptr<Piece> piece) {
    {
      std::lock_guard lock(mutex_);
      pieces_.push_back(std::move(piece));
    }
    told_.notify_one();
  }
  void end() {
    {
      std::lock_guard lock(mutex_);
      is_whole_ = true;
    }
    told_.notify_all();
  }

  // Looks up what nobody has taken, until nothing is left or comes.
  void help() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++helping_;
    std::unique_ptr<Cursor> tree;
    do {
      told_.wait(lock, [&] { return is_whole_ || taken_ < pieces_.size(); });
    } while (take_next(lock, tree));
    lock.unlock();
    tree.reset();
    lock.lock();
    --helping_;
    told_.notify_all();
  }

  // The piece where the walk stands, looked up; null behind the last one. This thread works until it is.
  const Piece* present(std::unique_ptr<Cursor>& tree) {
    if (present_ != nullptr) return present_;
    std::unique_lock<std::mutex> lock(mutex_);
    if (at_piece_ == pieces_.size()) return nullptr;
    const Piece& piece = *pieces_[at_piece_];
    while (!piece.is_done && take_next(lock, tree)) {
    }
    told_.wait(lock, [&] { return piece.is_done; });
    return present_ = &piece;
  }
  std::size_t at_record() const { return at_record_; }

  // From a record of the present piece to the next one, or to the next piece.
  void step() {
    if (++at_record_ < present_->changes.size()) return;
    at_record_ = 0;
    ++at_piece_;
    present_ = nullptr;
  }

  // Nobody uses the tree or `open_tree` afterwards.
  void close() {
    std::unique_lock<std::mutex> lock(mutex_);
    taken_ = pieces_.size();
    is_whole_ = true;
    told_.wait(lock, [&] { return helping_ == 0; });
  }

 private:
  bool take_next(std::unique_lock<std::mutex>& lock, std::unique_ptr<Cursor>& tree) {
    if (taken_ == pieces_.size()) return false;
    Piece& piece = *pieces_[taken_++];
    lock.unlock();
    look_up(piece, tree);
    lock.lock();
    piece.is_done = true;
    told_.notify_all();
    return true;
  }

  void look_up(Piece& piece, std::unique_ptr<Cursor>& tree) const {
    for (std::size_t i = 0; i < piece.changes.size(); ++i) {
      auto found = find_next(tree, open_tree_, piece.changes[i].key);
      if (!found) {
        piece.status = std::move(found).error();
        return;
      }
      piece.in_tree.add(*found == nullptr ? Record{} : **found);
    }
  }

  const std::function<std::unique_ptr<Cursor>()> open_tree_;
  AdaptiveMutex mutex_;
  std::condition_variable told_;
  std::vector<std::unique_ptr<Piece>> pieces_;
  std::size_t taken_ = 0;  // the first that nobody has taken
  bool is_whole_ = false;  // no piece is added any more
  int helping_ = 0;

  // The owner's alone.
  const Piece* present_ = nullptr;
  std::size_t at_piece_ = 0;
  std::size_t at_record_ = 0;
};

PairedChanges::PairedChanges(std::unique_ptr<Cursor> changes,
                             std::function<std::unique_ptr<Cursor>()> open_tree, Expected expected,
                             WorkQueue* helpers)
    : changes_(std::move(changes)),
      open_tree_(std::move(open_tree)),
      expected_(std::move(expected)),
      helpers_(helpers) {}

PairedChanges::~PairedChanges() {
  leave_batch();
}

bool PairedChanges::valid() const {
  return status_ && (batch_ || changes_->valid());
}

const Record& PairedChanges::change() const {
  return batch_ ? change_ : changes_->record();
}

const Record* PairedChanges::in_tree() {
  MERE_CHECK(valid());
  if (batch_) return is_in_tree_ ? &in_tree_ : nullptr;
  auto found = find_next(tree_, open_tree_, changes_->record().key);
  if (found) return *found;
  fail(std::move(found).error());
  return nullptr;
}

void PairedChanges::next() {
  MERE_CHECK(valid());
  ++steps_;
  if (batch_) {
    batch_->step();
    return show_of_batch();
  }
  changes_->next();
  if (steps_ == kStepsAlone) look_ahead();
}

void PairedChanges::show_of_batch() {
  const Piece* const piece = batch_->present(tree_);
  if (piece == nullptr) return leave_batch();
  const std::size_t i = batch_->at_record();
  if (i == piece->in_tree.size()) return fail(piece->status.error());
  change_ = piece->changes[i];
  in_tree_ = piece->in_tree[i];
  is_in_tree_ = !in_tree_.key.empty();
}

void PairedChanges::seek(std::string_view key) {
  if (!status_) return;
  leave_batch();
  changes_->seek(key);
  if (tree_) tree_->seek(key);
  steps_ = 0;
}

Status PairedChanges::status() const {
  if (!status_) return status_.error();
  return changes_->status();
}

void PairedChanges::look_ahead() {
  if (helpers_ == nullptr || expected_.count < steps_ + kLeastAhead) return;
  std::size_t wanted = std::min(expected_.count - steps_, kMostAhead);
  const auto is_wanted = [&] {
    return wanted > 0 && changes_->valid() && changes_->record().key.starts_with(expected_.prefix);
  };
  if (!is_wanted()) return;

  batch_ = std::make_shared<Batch>(open_tree_);
  for (std::size_t pieces = 1; is_wanted(); ++pieces) {
    auto piece = std::make_unique<Piece>();
    RecordList& records = piece->changes;
    while (is_wanted() && records.size() < kPieceRecords && records.size_bytes() < kPieceBytes) {
      records.add(changes_->record());
      changes_->next();
      --wanted;
    }
    batch_->add(std::move(piece));
    // What follows is read while they begin.
    if (pieces != 2) continue;
    for (std::size_t i = 0; i < helper_count(); ++i) {
      helpers_->submit([batch = batch_, here = current_processor()] {
        leave_processor(here);
        batch->help();
      });
    }
    // A helper that was woken on this processor leaves it as soon as it runs, which it may not for
    // milliseconds.
    std::this_thread::yield();
  }
  batch_->end();
  show_of_batch();
}

void PairedChanges::leave_batch() {
  if (!batch_) return;
  batch_->close();
  batch_.reset();
}

void PairedChanges::fail(Error error) {
  leave_batch();
  status_ = std::move(error);
}

}  // namespace mere::tree
