// The Parquet file that a garbage collector reads uncommitted addresses from: two required columns,
// physical_address (byte array, UTF-8) and creation_date (int64, Unix seconds), one row group, plain
// encoding, GZIP pages. Format: apache/parquet-format, README and parquet.thrift.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mere::lake {

// One thread.
class AddressTable {
 public:
  void add(std::string_view physical_address, std::int64_t creation_date);
  std::size_t rows() const { return rows_; }
  std::size_t size_bytes() const { return addresses_.size() + dates_.size(); }  // before compression
  std::string to_parquet() const;
  std::vector<std::string> physical_addresses() const;  // of the rows, copied

 private:
  std::size_t address_size(std::size_t at) const;  // of the one at this place in addresses_

  std::size_t rows_ = 0;
  std::string addresses_;  // each: | length u32 LE | bytes |
  std::string dates_;      // each: | i64 LE |
};

}  // namespace mere::lake
