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

  std::string next();             // ids made later sort later, also when the clock goes back
  std::string next_descending();  // seconds = 64060588800 - now (mod 2^32): ids of later seconds sort earlier
  std::string at(std::uint32_t seconds);

 private:
  std::string make(std::uint32_t seconds, std::uint64_t process_part, std::uint32_t counter) const;

  const Clock& clock_;
  std::uint64_t process_part_;            // 5 bytes, even: next(); plus one: the other two
  std::atomic<std::uint64_t> latest_{0};  // seconds << 24 | counter of the latest next()
  std::atomic<std::uint32_t> others_{0};  // counter of next_descending() and at()
};

bool is_xid(std::string_view text);
// The seconds part of an id made by next(); nothing if `text` is not an id.
std::optional<std::uint32_t> xid_seconds(std::string_view text);

}  // namespace mere
