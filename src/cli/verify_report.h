// What `mere verify` prints, whoever does the looking.
#pragma once

#include <chrono>

#include "cli/command.h"
#include "lake/verify.h"

namespace mere::cli {

class VerifyReport {
 public:
  VerifyReport(const Streams& streams, bool json) : streams_(streams), json_(json) {}

  void finding(const lake::Finding& finding);  // a line
  // A terminal gets a line that counts; scripts get findings alone.
  void progress(const lake::VerifyCounts& counts);
  void clear();  // takes that line away
  // What was looked at. `bytes_read`: those of objects were.
  void summary(const lake::VerifyCounts& counts, bool bytes_read);

 private:
  using Clock = std::chrono::steady_clock;

  const Streams& streams_;
  const bool json_;
  Clock::time_point shown_at_{};
  bool shown_ = false;
};

}  // namespace mere::cli
