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
  explicit DiffReply(RightStats right_stats);
  DiffReply(const DiffReply&) = delete;

  version::DiffVisitor visitor() {
    return [this](const version::DiffItem& item) { add(item); };
  }
  http::Response finish(bool has_more) &&;

 private:
  void add(const version::DiffItem& item);

  RightStats right_stats_;
  std::string body_;
  JsonWriter json_;
  std::size_t count_ = 0;
  std::string last_;
};

}  // namespace mere::rest
