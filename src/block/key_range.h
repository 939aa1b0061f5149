// A range of a folder's keys that one thread lists while others may cut off what it has not come to yet.
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "block/store.h"

namespace mere::block {

// Any thread.
class KeyRange {
 public:
  // The keys behind `after`, up to and with `until`: URIs.
  struct Begin {
    Address folder;
    std::string first;  // the range's, or what stands before it
    std::string after;  // the last that has been seen, or what stands before the range
    std::string until;
    bool is_end_known = false;  // there is something behind `until`, or close before it
    std::size_t seen = 0;
    std::size_t ripe_at = 0;  // so many have to be seen before it is cut
  };
  explicit KeyRange(Begin begin)
      : folder_(std::move(begin.folder)),
        first_(std::move(begin.first)),
        step_(begin.ripe_at),
        position_(std::move(begin.after)),
        until_(std::move(begin.until)),
        is_end_known_(begin.is_end_known),
        seen_(begin.seen),
        ripe_at_(begin.ripe_at) {}

  const Address& folder() const { return folder_; }

  enum class Step { inside, behind, out_of_order };
  // The thread that lists has come to `key`. out_of_order: a cut may have lost keys.
  Step advance(const std::string& key) {
    std::lock_guard lock(mutex_);
    if (key <= position_) {
      may_be_cut_ = false;
      return was_cut_ ? Step::out_of_order : Step::inside;
    }
    if (key > until_) return Step::behind;
    position_ = key;
    ++seen_;
    return Step::inside;
  }
  void finish() {
    std::lock_guard lock(mutex_);
    may_be_cut_ = false;
  }

  // True for one thread at a time, which calls release(): enough was seen to think that much is left.
  bool claim() {
    std::lock_guard lock(mutex_);
    if (!may_be_cut_ || is_claimed_ || seen_ < ripe_at_) return false;
    return is_claimed_ = true;
  }
  void release(bool was_cut) {
    std::lock_guard lock(mutex_);
    is_claimed_ = false;
    if (!was_cut) ripe_at_ = 2 * seen_ + step_;
  }

  // What is left of it; nullopt: nothing that may be cut.
  struct Left {
    std::string first;
    std::string position;
    std::string until;
    bool is_end_known = false;
  };
  std::optional<Left> left() const {
    std::lock_guard lock(mutex_);
    if (!may_be_cut_) return std::nullopt;
    return Left{first_, position_, until_, is_end_known_};
  }
  // There is nothing behind `key`.
  void end_at(const std::string& key, bool is_end_known) {
    std::lock_guard lock(mutex_);
    if (!may_be_cut_) return;
    was_cut_ = true;
    until_ = std::min(until_, key);
    is_end_known_ |= is_end_known;
  }
  // Ends at `key` from now on, unless it has been there: the rest.
  std::optional<Begin> cut_at(const std::string& key) {
    std::lock_guard lock(mutex_);
    if (!may_be_cut_ || position_ >= key) return std::nullopt;
    was_cut_ = true;
    return Begin{.folder = folder_,
                 .first = key,
                 .after = key,
                 .until = std::exchange(until_, key),
                 .is_end_known = std::exchange(is_end_known_, true),
                 .ripe_at = step_};
  }

 private:
  const Address folder_;
  const std::string first_;
  const std::size_t step_;
  mutable std::mutex mutex_;
  std::string position_;
  std::string until_;
  bool is_end_known_;
  std::size_t seen_;
  std::size_t ripe_at_;
  bool may_be_cut_ = true;
  bool was_cut_ = false;
  bool is_claimed_ = false;
};

}  // namespace mere::block
