#include "lake/parquet_writer.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mere::lake {
namespace {

// A reader of Thrift's compact protocol, written from its specification and not from the writer.
struct Value {
  std::int64_t number = 0;
  std::string bytes;
  std::vector<Value> items;
  std::map<int, Value> fields;
};

class ThriftReader {
 public:
  ThriftReader(std::string_view bytes, std::size_t at) : bytes_(bytes), at_(at) {}
  Value structure() {
    Value value;
    for (int field = 0;;) {
      const int header = byte();
      if (header == 0) return value;
      field = header >> 4 != 0 ? field + (header >> 4) : static_cast<int>(zigzag());
      value.fields[field] = read(header & 15);
    }
  }
  std::size_t position() const { return at_; }

 private:
  int byte() { return static_cast<unsigned char>(bytes_.at(at_++)); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const int next = byte();
      value |= static_cast<std::uint64_t>(next & 127) << shift;
      if (next < 128) return value;
    }
  }
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  Value read(int type) {
    Value value;
    switch (type) {
      case 5:
      case 6:
        value.number = zigzag();
        return value;
      case 8: {
        const std::size_t size = varint();
        value.bytes = bytes_.substr(at_, size);
        at_ += size;
        return value;
      }
      case 9: {
        const int header = byte();
        const std::size_t count = header >> 4 == 15 ? varint() : static_cast<std::size_t>(header >> 4);
        for (std::size_t i = 0; i < count; ++i) value.items.push_back(read(header & 15));
        return value;
      }
      case 12:
        return structure();
      default:
        ADD_FAILURE() << "type " << type;
        throw std::runtime_error("unknown type");
    }
  }

  std::string_view bytes_;
  std::size_t at_;
};

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string gunzip(std::string_view bytes, std::size_t size) {
  std::string out(size, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(size);
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.total_out, size);
  inflateEnd(&stream);
  return out;
}

// All values of a column, still in plain encoding, and how many its pages claim.
std::pair<std::string, std::int64_t> column_of(std::string_view file, const Value& chunk) {
  const Value& meta = chunk.fields.at(3);
  std::size_t at = static_cast<std::size_t>(meta.fields.at(9).number);
  const std::size_t end = at + static_cast<std::size_t>(meta.fields.at(7).number);
  std::string values;
  std::int64_t count = 0;
  std::int64_t plain_bytes = 0;
  while (at < end) {
    ThriftReader reader(file, at);
    const Value page = reader.structure();
    const auto stored = static_cast<std::size_t>(page.fields.at(3).number);
    const auto plain = static_cast<std::size_t>(page.fields.at(2).number);
    values += gunzip(file.substr(reader.position(), stored), plain);
    plain_bytes += static_cast<std::int64_t>(reader.position() - at + plain);
    count += page.fields.at(5).fields.at(1).number;
    at = reader.position() + stored;
  }
  EXPECT_EQ(at, end);
  EXPECT_EQ(meta.fields.at(6).number, plain_bytes);
  EXPECT_EQ(meta.fields.at(5).number, count);
  return {values, count};
}

Value footer_of(std::string_view file) {
  EXPECT_TRUE(file.starts_with("PAR1"));
  EXPECT_TRUE(file.ends_with("PAR1"));
  const std::size_t size = little_endian(file.substr(file.size() - 8, 4));
  ThriftReader reader(file, file.size() - 8 - size);
  Value footer = reader.structure();
  EXPECT_EQ(reader.position(), file.size() - 8);
  return footer;
}

TEST(AddressTable, IsAParquetFileOfItsRows) {
  AddressTable table;
  const std::int64_t kRows = 50'000;  // several pages
  for (std::int64_t i = 0; i < kRows; ++i)
    table.add("data/p/" + std::to_string(i), 1'700'000'000 - i * 1'000'003);

  const std::string file = table.to_parquet();
  const Value footer = footer_of(file);

  const auto& schema = footer.fields.at(2).items;
  ASSERT_EQ(schema.size(), 3u);
  EXPECT_EQ(schema[0].fields.at(5).number, 2);
  EXPECT_EQ(schema[1].fields.at(4).bytes, "physical_address");
  EXPECT_EQ(schema[1].fields.at(1).number, 6);  // byte array
  EXPECT_EQ(schema[1].fields.at(3).number, 0);  // required
  EXPECT_EQ(schema[1].fields.at(6).number, 0);  // UTF-8
  EXPECT_EQ(schema[2].fields.at(4).bytes, "creation_date");
  EXPECT_EQ(schema[2].fields.at(1).number, 2);  // int64
  EXPECT_EQ(footer.fields.at(3).number, kRows);
  const Value& group = footer.fields.at(4).items.at(0);
  EXPECT_EQ(group.fields.at(3).number, kRows);
  const auto [plain_addresses, address_count] = column_of(file, group.fields.at(1).items.at(0));
  const auto [plain_dates, date_count] = column_of(file, group.fields.at(1).items.at(1));
  ASSERT_EQ(address_count, kRows);
  ASSERT_EQ(date_count, kRows);
  std::string_view rest = plain_addresses;
  for (std::int64_t i = 0; i < kRows; ++i) {
    const std::size_t size = little_endian(rest.substr(0, 4));
    ASSERT_EQ(rest.substr(4, size), "data/p/" + std::to_string(i));
    rest.remove_prefix(4 + size);
    ASSERT_EQ(static_cast<std::int64_t>(
                  little_endian(std::string_view(plain_dates).substr(static_cast<std::size_t>(i) * 8, 8))),
              1'700'000'000 - i * 1'000'003);
  }
  EXPECT_TRUE(rest.empty());
}

TEST(AddressTable, WithoutRowsHasNoRowGroup) {
  const std::string file = AddressTable().to_parquet();

  const Value footer = footer_of(file);
  EXPECT_EQ(footer.fields.at(3).number, 0);
  EXPECT_TRUE(footer.fields.at(4).items.empty());
}

}  // namespace
}  // namespace mere::lake
