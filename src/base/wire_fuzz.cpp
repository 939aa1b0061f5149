// Whatever bytes a stored message has, reading them ends, and what was read can be written and read again.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/wire.h"

namespace {

using namespace mere;

void walk(std::string_view bytes, int depth, std::string& out) {
  WireWriter writer(out);
  WireReader in(bytes);
  while (in.next()) {
    std::map<std::string, std::string> map;
    switch (in.field() % 4) {
      case 0:
        writer.varint(in.field(), in.varint());
        break;
      case 1:
        writer.bytes(in.field(), in.bytes());
        if (depth < 8) walk(in.bytes(), depth + 1, out);
        break;
      case 2:
        if (const Timestamp time = in.timestamp(); !in.failed()) writer.timestamp(in.field(), time);
        break;
      default:
        in.string_map_entry(map);
        writer.string_map(in.field(), map);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string written;
  walk({reinterpret_cast<const char*>(data), size}, 0, written);
  mere::WireReader in(written);
  while (in.next()) {
  }
  MERE_CHECK(!in.failed());
  return 0;
}
