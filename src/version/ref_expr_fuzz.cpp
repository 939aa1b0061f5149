// Whatever text comes: it parses to the same after printing, or is refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "version/ref_expr.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = mere::version::parse_ref({reinterpret_cast<const char*>(data), size});
  if (!parsed) return 0;
  const auto again = mere::version::parse_ref(to_string(*parsed));
  MERE_CHECK(again && *again == *parsed);
  return 0;
}
