// 20-character sortable ids: 12 bytes (4 big-endian seconds, 3 machine, 2 process, 3 counter) in
// lower-case base32hex without padding, the form of object names, run ids and instance ids.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace mere {

// Makes ids that differ from every id made by any generator with high probability and from every id
// of this generator with certainty (2^24 a second). Any thread may call any method.
class XidGenerator {
 public:
  // `clock` and `random` outlive the generator; `random` is used only here, to draw the machine part.
  XidGenerator(const Clock& clock, Random& random);

  std::string next();              // ids made later sort later
  std::string next_descending();   // seconds = 64060588800 - now (mod 2^32): ids of later seconds sort earlier
  std::string at(std::uint32_t seconds);

 private:
  const Clock& clock_;
  std::uint64_t process_part_;     // 5 bytes
  std::atomic<std::uint32_t> counter_;
};

bool is_xid(std::string_view text);
// The seconds part of an id made by next(); nothing if `text` is not an id.
std::optional<std::uint32_t> xid_seconds(std::string_view text);

}  // namespace mere
