// Protocol Buffers wire format (protobuf.dev/programming-guides/encoding), by hand: the stored
// messages are a dozen, entries are decoded by the million, and fields must come out in number order
// with maps sorted by key, which no library promises.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace mere {

// Appends fields; defaults (0, "", false) are left out, as proto3 does.
class WireWriter {
 public:
  explicit WireWriter(std::string& out) : out_(out) {}

  void varint(int field, std::uint64_t value);           // int32, int64, uint64, bool, enum
  void bytes(int field, std::string_view value);         // string, bytes; empty is left out
  void bytes_always(int field, std::string_view value);  // repeated elements, embedded messages
  void timestamp(int field, Timestamp value);            // google.protobuf.Timestamp; present even at 0
  void string_map(int field, const std::map<std::string, std::string>& value);  // entries have both fields

 private:
  std::string& out_;
};

// Walks the fields of a message, those of unknown numbers included. Views point into the message.
//   WireReader in(bytes);
//   while (in.next()) switch (in.field()) { case 1: name = in.bytes(); ... }
//   if (in.failed()) return corrupt
// Only the outcome of failed() after the loop says whether what was read can be trusted.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}

  bool next();  // false at the end or on malformed input
  bool failed() const { return failed_; }
  int field() const { return field_; }
  std::uint64_t varint();    // of a varint field; 0 and failed() if it is another type
  std::string_view bytes();  // of a length-delimited field
  Timestamp timestamp();     // nanoseconds outside [0, 1e9) are malformed
  void string_map_entry(std::map<std::string, std::string>& into);

 private:
  std::string_view rest_;
  std::string_view bytes_;
  std::uint64_t number_ = 0;
  int field_ = 0;
  int type_ = 0;
  bool failed_ = false;
};

void append_uvarint(std::string& out, std::uint64_t value);
bool take_long_uvarint(std::string_view& in, std::uint64_t& value);  // for take_uvarint()
// Takes a varint off the front of `in`; false if it is cut off or longer than 10 bytes.
inline bool take_uvarint(std::string_view& in, std::uint64_t& value) {
  if (in.empty() || static_cast<unsigned char>(in.front()) >= 0x80) return take_long_uvarint(in, value);
  value = static_cast<unsigned char>(in.front());  // most are one byte
  in.remove_prefix(1);
  return true;
}

}  // namespace mere
