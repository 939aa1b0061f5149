#include "lake/thrift_writer.h"

#include "base/wire.h"

namespace mere::lake {
namespace {

enum Type { kI32 = 5, kI64 = 6, kBinary = 8, kList = 9, kStruct = 12 };

}  // namespace

void ThriftWriter::varint(std::uint64_t value) {
  append_uvarint(out_, value);
}

void ThriftWriter::zigzag(std::int64_t value) {
  varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

void ThriftWriter::header(int field, int type) {
  const int delta = field - last_field_.back();
  last_field_.back() = field;
  if (delta > 0 && delta <= 15) {
    out_ += static_cast<char>(delta << 4 | type);
    return;
  }
  out_ += static_cast<char>(type);
  zigzag(field);
}

void ThriftWriter::i32(int field, std::int32_t value) {
  header(field, kI32);
  zigzag(value);
}

void ThriftWriter::i64(int field, std::int64_t value) {
  header(field, kI64);
  zigzag(value);
}

void ThriftWriter::binary(int field, std::string_view value) {
  header(field, kBinary);
  varint(value.size());
  out_ += value;
}

void ThriftWriter::begin_struct(int field) {
  header(field, kStruct);
  last_field_.push_back(0);
}

void ThriftWriter::begin_element() {
  last_field_.push_back(0);
}

void ThriftWriter::end_struct() {
  out_ += '\0';
  last_field_.pop_back();
}

void ThriftWriter::list_header(std::size_t count, int type) {
  if (count < 15) {
    out_ += static_cast<char>(count << 4 | static_cast<std::size_t>(type));
    return;
  }
  out_ += static_cast<char>(0xf0 | type);
  varint(count);
}

void ThriftWriter::begin_list_of_structs(int field, std::size_t count) {
  header(field, kList);
  list_header(count, kStruct);
}

void ThriftWriter::list_of_i32(int field, const std::vector<std::int32_t>& values) {
  header(field, kList);
  list_header(values.size(), kI32);
  for (const std::int32_t value : values) zigzag(value);
}

void ThriftWriter::list_of_binaries(int field, const std::vector<std::string_view>& values) {
  header(field, kList);
  list_header(values.size(), kBinary);
  for (const std::string_view value : values) {
    varint(value.size());
    out_ += value;
  }
}

}  // namespace mere::lake
