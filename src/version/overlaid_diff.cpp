#include "version/overlaid_diff.h"

#include <optional>
#include <string_view>
#include <utility>

namespace mere::version {
namespace {

// Moves forward to the first record >= `key`: a few steps where the keys are close, else a seek.
void advance_to(tree::Cursor& cursor, std::string_view key) {
  constexpr int kSteps = 2;
  for (int i = 0; i < kSteps; ++i) {
    if (!cursor.valid() || cursor.record().key >= key) return;
    cursor.next();
  }
  if (cursor.valid() && cursor.record().key < key) cursor.seek(key);
}

class OverlaidDiff final : public tree::DiffCursor {
 public:
  OverlaidDiff(std::unique_ptr<tree::Cursor> changes, std::unique_ptr<tree::DiffCursor> below,
               std::function<std::unique_ptr<tree::Cursor>()> scan_left)
      : changes_(std::move(changes)), below_(std::move(below)), scan_left_(std::move(scan_left)) {
    settle();
  }

  bool valid() const override { return is_valid_; }
  const tree::Difference& difference() const override { return difference_; }
  Status status() const override {
    if (error_) return *error_;
    return {};
  }
  void next() override {
    step();
    settle();
  }
  void seek(std::string_view key) override {
    if (error_) return;
    changes_->seek(key);
    if (below_) below_->seek(key);
    if (left_) left_->seek(key);
    settle();
  }

 private:
  // Past the key that is shown, or was looked at.
  void step() {
    if (is_at_below_) below_->next();
    if (is_at_change_) changes_->next();
  }

  // Stands on the first difference at or behind the cursors.
  void settle() {
    is_valid_ = false;
    while (!error_ && look()) {
      if (is_valid_) return;
      step();
    }
  }

  // Looks at the smallest key: sets is_valid_ if it is a difference. False at the end and on errors.
  bool look() {
    const bool has_change = changes_->valid();
    const bool has_below = below_ && below_->valid();
    is_at_change_ = is_at_below_ = false;
    if (!has_change && fails(changes_->status())) return false;
    if (below_ && !has_below && fails(below_->status())) return false;
    if (!has_change && !has_below) return false;

    if (!has_change || (has_below && below_->difference().key < changes_->record().key)) {
      is_at_below_ = true;
      difference_ = below_->difference();
      is_valid_ = true;
      return true;
    }
    is_at_change_ = true;
    is_at_below_ = has_below && below_->difference().key == changes_->record().key;
    return compare_with_left();
  }

  bool compare_with_left() {
    const tree::Record& change = changes_->record();
    if (!left_) {
      left_ = scan_left_();
      left_->seek(change.key);
    } else {
      advance_to(*left_, change.key);
    }
    if (!left_->valid() && fails(left_->status())) return false;
    const bool is_on_left = left_->valid() && left_->record().key == change.key;

    difference_ = {};
    difference_.key = change.key;
    if (is_on_left) difference_.left = left_->record();
    if (!change.is_tombstone()) difference_.right = change;
    if (change.is_tombstone()) {
      difference_.type = tree::DiffType::removed;
      is_valid_ = is_on_left;
    } else if (!is_on_left) {
      difference_.type = tree::DiffType::added;
      is_valid_ = true;
    } else {
      difference_.type = tree::DiffType::changed;
      is_valid_ = left_->record().identity != change.identity;
    }
    return true;
  }

  bool fails(Status status) {
    if (status) return false;
    error_ = std::move(status).error();
    return true;
  }

  std::unique_ptr<tree::Cursor> changes_;
  std::unique_ptr<tree::DiffCursor> below_;
  std::function<std::unique_ptr<tree::Cursor>()> scan_left_;
  std::unique_ptr<tree::Cursor> left_;
  tree::Difference difference_;
  bool is_valid_ = false;
  bool is_at_change_ = false;
  bool is_at_below_ = false;
  std::optional<Error> error_;
};

}  // namespace

std::unique_ptr<tree::DiffCursor> overlaid_diff(std::unique_ptr<tree::Cursor> changes,
                                                std::unique_ptr<tree::DiffCursor> below,
                                                std::function<std::unique_ptr<tree::Cursor>()> scan_left) {
  return std::make_unique<OverlaidDiff>(std::move(changes), std::move(below), std::move(scan_left));
}

}  // namespace mere::version
