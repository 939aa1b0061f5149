// For tests: a rider of a shared log that keeps what it is told.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_log.h"

namespace mere {

class TestRider final : public SharedLog::Rider {
 public:
  Status replay(std::string_view record) override {
    records.emplace_back(record);
    return {};
  }
  Status settle() override {
    ++settled;
    if (fails_once.exchange(false)) return Error{Code::io_error, "no disk"};
    return settles ? Status() : Error{Code::io_error, "no disk"};
  }
  Result<std::string> place() const override { return where; }
  bool is_empty() const override { return empty; }
  bool has_written() const override { return written; }

  std::vector<std::string> records;
  std::atomic<int> settled = 0;  // by any thread
  std::atomic<bool> settles = true;
  std::atomic<bool> fails_once = false;  // as a file system tells of an error
  Result<std::string> where = std::string("here");
  bool empty = false;
  bool written = true;
};

}  // namespace mere
