// The answer of a diff, written while it is walked.
#pragma once

#include <string>

#include "base/json_writer.h"
#include "http/message.h"
#include "version/entries.h"

namespace mere::rest {

class DiffReply {
 public:
  enum class RightStats { no, yes };
  // How a removed object is shown: between references with the size it had, among uncommitted changes with 0.
  enum class Removed { empty, as_it_was };
  DiffReply(RightStats right_stats, Removed removed);
  DiffReply(const DiffReply&) = delete;

  version::DiffVisitor visitor() {
    return [this](const version::DiffItem& item) { add(item); };
  }
  http::Response finish(bool has_more) &&;

 private:
  void add(const version::DiffItem& item);

  RightStats right_stats_;
  Removed removed_;
  std::string body_;
  JsonWriter json_;
  std::size_t count_ = 0;
  std::string last_;
};

}  // namespace mere::rest
