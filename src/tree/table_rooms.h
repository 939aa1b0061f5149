// Memory that tables were made in, kept for the next ones: a commit of a few changes writes one range, and
// fresh pages for it would be a fifth of its cost.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "tree/table_writer.h"

namespace mere::tree {

// Any thread may call any method.
class TableRooms {
 public:
  TableRoom take() {
    std::lock_guard lock(mutex_);
    if (rooms_.empty()) return {};
    TableRoom room = std::move(rooms_.back());
    rooms_.pop_back();
    return room;
  }
  void give(TableRoom room) {
    if (room.bytes() > kMaxRoomBytes) return;
    std::lock_guard lock(mutex_);
    if (rooms_.size() < kMaxRooms) rooms_.push_back(std::move(room));
  }

 private:
  static constexpr std::size_t kMaxRooms = 8;
  static constexpr std::size_t kMaxRoomBytes = std::size_t{5} << 20;  // ordinary ranges need half of it

  std::mutex mutex_;
  std::vector<TableRoom> rooms_;
};

}  // namespace mere::tree
