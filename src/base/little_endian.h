// Numbers in bytes, the least significant first, as the formats that we read and write have them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

namespace mere {

static_assert(std::endian::native == std::endian::little, "numbers are written and read in place");

template <class Number>
void append_little_endian(std::string& out, Number value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
inline void append_u32(std::string& out, std::uint32_t value) {
  append_little_endian(out, value);
}
inline void append_u64(std::string& out, std::uint64_t value) {
  append_little_endian(out, value);
}

// `bytes` has as many as the number.
template <class Number>
Number load_little_endian(const char* bytes) {
  Number value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}
inline std::uint16_t load_u16(const char* bytes) {
  return load_little_endian<std::uint16_t>(bytes);
}
inline std::uint32_t load_u32(const char* bytes) {
  return load_little_endian<std::uint32_t>(bytes);
}
inline std::uint64_t load_u64(const char* bytes) {
  return load_little_endian<std::uint64_t>(bytes);
}

}  // namespace mere
