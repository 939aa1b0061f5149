#include "lake/parquet_writer.h"

#include <zlib.h>

#include <vector>

#include "base/check.h"
#include "base/little_endian.h"
#include "lake/thrift_writer.h"

namespace mere::lake {
namespace {

// Numbers of parquet.thrift.
constexpr std::int32_t kInt64 = 2, kByteArray = 6;  // Type
constexpr std::int32_t kUtf8 = 0;                   // ConvertedType
constexpr std::int32_t kRequired = 0;               // FieldRepetitionType
constexpr std::int32_t kPlain = 0, kRle = 3;        // Encoding
constexpr std::int32_t kGzip = 2;                   // CompressionCodec
constexpr std::int32_t kDataPage = 0;               // PageType
constexpr std::string_view kMagic = "PAR1";
constexpr std::size_t kPageBytes = 1 << 20;  // before compression

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  // 15 window bits, and 16 for the gzip header. Only a lack of memory can fail here.
  MERE_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) ==
             Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  MERE_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Column {
  std::int64_t first_page = 0;
  std::int64_t plain_bytes = 0;  // headers included, as the format counts them
  std::int64_t stored_bytes = 0;
};

// | PageHeader | gzip of the values |. Required columns have neither repetition nor definition levels.
void append_page(std::string& file, Column& column, std::string_view values, std::int32_t count) {
  const std::string compressed = gzip(values);
  const std::size_t start = file.size();
  ThriftWriter header(file);
  header.i32(1, kDataPage);
  header.i32(2, static_cast<std::int32_t>(values.size()));
  header.i32(3, static_cast<std::int32_t>(compressed.size()));
  header.begin_struct(5);  // DataPageHeader
  header.i32(1, count);
  header.i32(2, kPlain);
  header.i32(3, kRle);
  header.i32(4, kRle);
  header.end_struct();
  header.end_struct();
  const std::size_t header_bytes = file.size() - start;
  file += compressed;
  column.plain_bytes += static_cast<std::int64_t>(header_bytes + values.size());
  column.stored_bytes += static_cast<std::int64_t>(header_bytes + compressed.size());
}

// `value_at(offset)` is the size of the value there.
template <class F>
Column append_column(std::string& file, std::string_view values, const F& value_at) {
  Column column{.first_page = static_cast<std::int64_t>(file.size())};
  for (std::size_t start = 0; start < values.size();) {
    std::size_t end = start;
    std::int32_t count = 0;
    while (end < values.size() && end - start < kPageBytes) {
      end += value_at(end);
      ++count;
    }
    append_page(file, column, values.substr(start, end - start), count);
    start = end;
  }
  return column;
}

void write_column(ThriftWriter& out, const Column& column, std::string_view name, std::int32_t type,
                  std::int64_t rows) {
  out.begin_element();  // ColumnChunk
  out.i64(2, column.first_page);
  out.begin_struct(3);  // ColumnMetaData
  out.i32(1, type);
  out.list_of_i32(2, {kPlain, kRle});
  out.list_of_binaries(3, {name});
  out.i32(4, kGzip);
  out.i64(5, rows);
  out.i64(6, column.plain_bytes);
  out.i64(7, column.stored_bytes);
  out.i64(9, column.first_page);
  out.end_struct();
  out.end_struct();
}

void write_schema_leaf(ThriftWriter& out, std::string_view name, std::int32_t type, bool utf8) {
  out.begin_element();  // SchemaElement
  out.i32(1, type);
  out.i32(3, kRequired);
  out.binary(4, name);
  if (utf8) {
    out.i32(6, kUtf8);
    out.begin_struct(10);  // LogicalType
    out.begin_struct(1);   // StringType
    out.end_struct();
    out.end_struct();
  }
  out.end_struct();
}

}  // namespace

void AddressTable::add(std::string_view physical_address, std::int64_t creation_date) {
  append_u32(addresses_, static_cast<std::uint32_t>(physical_address.size()));
  addresses_ += physical_address;
  append_u32(dates_, static_cast<std::uint32_t>(creation_date));
  append_u32(dates_, static_cast<std::uint32_t>(static_cast<std::uint64_t>(creation_date) >> 32));
  ++rows_;
}

std::size_t AddressTable::address_size(std::size_t at) const {
  std::size_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8 | static_cast<unsigned char>(addresses_[at + i]);
  return size;
}

std::vector<std::string> AddressTable::physical_addresses() const {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < addresses_.size(); at += 4 + address_size(at)) {
    all.push_back(addresses_.substr(at + 4, address_size(at)));
  }
  return all;
}

std::string AddressTable::to_parquet() const {
  std::string file(kMagic);
  const Column address =
      append_column(file, addresses_, [&](std::size_t at) { return 4 + address_size(at); });
  const Column date = append_column(file, dates_, [](std::size_t) { return std::size_t{8}; });

  const auto rows = static_cast<std::int64_t>(rows_);
  const std::size_t footer = file.size();
  ThriftWriter out(file);  // FileMetaData
  out.i32(1, 1);
  out.begin_list_of_structs(2, 3);
  out.begin_element();  // the root: a name and the number of its children
  out.binary(4, "schema");
  out.i32(5, 2);
  out.end_struct();
  write_schema_leaf(out, "physical_address", kByteArray, true);
  write_schema_leaf(out, "creation_date", kInt64, false);
  out.i64(3, rows);
  out.begin_list_of_structs(4, rows_ == 0 ? 0 : 1);
  if (rows_ > 0) {
    out.begin_element();  // RowGroup
    out.begin_list_of_structs(1, 2);
    write_column(out, address, "physical_address", kByteArray, rows);
    write_column(out, date, "creation_date", kInt64, rows);
    out.i64(2, address.plain_bytes + date.plain_bytes);
    out.i64(3, rows);
    out.end_struct();
  }
  out.binary(6, "mere");
  out.end_struct();
  append_u32(file, static_cast<std::uint32_t>(file.size() - footer));
  return file += kMagic;
}

}  // namespace mere::lake
