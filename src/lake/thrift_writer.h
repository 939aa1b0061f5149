// Thrift's compact protocol (apache/thrift doc/specs/thrift-compact-protocol.md), as far as a Parquet footer
// needs it: structs, lists, integers, binaries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mere::lake {

// Appends one struct; the caller keeps it well formed: fields ascending, as many elements as announced.
class ThriftWriter {
 public:
  explicit ThriftWriter(std::string& out) : out_(out) { last_field_.push_back(0); }

  void i32(int field, std::int32_t value);
  void i64(int field, std::int64_t value);
  void binary(int field, std::string_view value);
  void begin_struct(int field);
  void end_struct();  // also ends an element, and the outermost struct

  void begin_list_of_structs(int field, std::size_t count);
  void begin_element();  // of a list of structs; end with end_struct()
  void list_of_i32(int field, const std::vector<std::int32_t>& values);
  void list_of_binaries(int field, const std::vector<std::string_view>& values);

 private:
  void header(int field, int type);
  void list_header(std::size_t count, int type);
  void varint(std::uint64_t value);
  void zigzag(std::int64_t value);

  std::string& out_;
  std::vector<int> last_field_;  // of each struct that is open
};

}  // namespace mere::lake
