// Any bytes as a table: opened, walked, sought in, its properties read. Nothing may be read outside the
// blocks, and a walk must end.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/clock.h"
#include "block/store.h"
#include "tree/record_value.h"
#include "tree/snappy_decoder.h"
#include "tree/table.h"
#include "tree/types.h"

namespace {

// A file in memory, without a store around it.
class Bytes final : public mere::block::Reader {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) { properties_.size_bytes = bytes.size(); }
  const mere::block::Properties& properties() const override { return properties_; }
  mere::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const std::string_view part = bytes_.substr(offset, into.size());
    std::copy(part.begin(), part.end(), reinterpret_cast<char*>(into.data()));
    return part.size();
  }

 private:
  std::string_view bytes_;
  mere::block::Properties properties_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mere;
  using namespace mere::tree;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);

  // As a record's value, as an entry, as a block, without the checksums that guard them in a table.
  std::string_view identity, entry;
  if (split_value(bytes, identity, entry)) (void)decode_entry(entry).has_value();
  (void)decode_entry(bytes).has_value();
  (void)summarise_entry(bytes).has_value();
  (void)decode_range_value(bytes).has_value();
  if (const auto raw_size = snappy_size_of(bytes); raw_size && *raw_size <= 1 << 20) {
    auto raw = std::make_unique<char[]>(*raw_size);
    (void)snappy_decode(bytes, {raw.get(), *raw_size});
  }
  auto block = std::make_shared<Block>();
  std::ranges::copy(bytes, block->make_room(size).begin());
  if (block->settle()) {
    BlockCursor cursor;
    cursor.enter(block);
    std::size_t entries = 0;
    for (cursor.seek_to_first(); cursor.valid(); cursor.next()) MERE_CHECK(++entries <= size);
    cursor.enter(block);
    cursor.seek(bytes.substr(0, size / 2));
  }

  auto table = Table::open(std::make_unique<Bytes>(bytes), "fuzzed", {}, nullptr);
  if (!table) return 0;
  (void)(*table)->read_properties().has_value();
  (void)(*table)->find("key").has_value();
  (void)(*table)->find_at_or_after("k").has_value();
  TableCursor cursor(*table);
  std::size_t records = 0;
  for (cursor.seek_to_first(); cursor.valid() && ++records < 10'000; cursor.next()) {
    (void)split_value(cursor.value(), identity, entry);
  }
  cursor.seek("key");
  return 0;
}
