#include "version/overlaid_diff.h"

#include <optional>
#include <string_view>
#include <utility>

namespace mere::version {
namespace {

class OverlaidDiff final : public tree::DiffCursor {
 public:
  OverlaidDiff(std::unique_ptr<tree::PairedChanges> changes, std::unique_ptr<tree::DiffCursor> below)
      : changes_(std::move(changes)), below_(std::move(below)) {
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

    if (!has_change || (has_below && below_->difference().key < changes_->change().key)) {
      is_at_below_ = true;
      difference_ = below_->difference();
      is_valid_ = true;
      return true;
    }
    is_at_change_ = true;
    is_at_below_ = has_below && below_->difference().key == changes_->change().key;
    return compare_with_left();
  }

  bool compare_with_left() {
    const tree::Record& change = changes_->change();
    const tree::Record* const left = changes_->in_tree();
    if (left == nullptr && fails(changes_->status())) return false;

    difference_ = {};
    difference_.key = change.key;
    if (left != nullptr) difference_.left = *left;
    if (!change.is_tombstone()) difference_.right = change;
    if (change.is_tombstone()) {
      difference_.type = tree::DiffType::removed;
      is_valid_ = left != nullptr;
    } else if (left == nullptr) {
      difference_.type = tree::DiffType::added;
      is_valid_ = true;
    } else {
      difference_.type = tree::DiffType::changed;
      is_valid_ = left->identity != change.identity;
    }
    return true;
  }

  bool fails(Status status) {
    if (status) return false;
    error_ = std::move(status).error();
    return true;
  }

  std::unique_ptr<tree::PairedChanges> changes_;
  std::unique_ptr<tree::DiffCursor> below_;
  tree::Difference difference_;
  bool is_valid_ = false;
  bool is_at_change_ = false;
  bool is_at_below_ = false;
  std::optional<Error> error_;
};

}  // namespace

std::unique_ptr<tree::DiffCursor> overlaid_diff(std::unique_ptr<tree::PairedChanges> changes,
                                                std::unique_ptr<tree::DiffCursor> below) {
  return std::make_unique<OverlaidDiff>(std::move(changes), std::move(below));
}

}  // namespace mere::version
