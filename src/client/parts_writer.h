// The part of an ObjectWriter that sends to the store itself: parts are sent while the next one is written.
#pragma once

#include <cstddef>
#include <deque>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "client/store_parts.h"

namespace mere::client {

// One user at a time. Dropped before close(), it waits for what is under way and gives the parts up.
class PartsWriter {
 public:
  explicit PartsWriter(StoreParts upload, std::size_t part_bytes = std::size_t{8} << 20,
                       std::size_t parallel = 4);
  ~PartsWriter();
  PartsWriter(const PartsWriter&) = delete;

  // Waits while as many parts as may be are under way. Errors: those of a part; nothing can follow then.
  Status write(std::string_view bytes);
  Result<api::ObjectStats> close(const WriteOptions& options);

 private:
  Status send();
  Status take_first();  // of what is under way

  const StoreParts upload_;
  const std::size_t part_bytes_;
  const std::size_t parallel_;
  std::string part_;  // that is being written
  std::deque<std::future<Result<api::UploadPart>>> under_way_;
  std::vector<api::UploadPart> sent_;
  std::size_t next_ = 0;
  bool complete_ = false;
};

}  // namespace mere::client
