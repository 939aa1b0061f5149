#include "tree/table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zstd.h>

#include "base/clock.h"
#include "tree/table_writer.h"

namespace mere::tree {
namespace {

using Records = std::map<std::string, std::string>;

std::string write(const Records& records) {
  TableWriter writer({{"type", "ranges"}});
  for (const auto& [key, value] : records) EXPECT_TRUE(writer.add(key, value));
  return writer.finish().file;
}

Result<std::shared_ptr<const Table>> open(const std::string& file, BlockCache* cache = nullptr) {
  auto store = block::make_memory_store(system_clock());
  EXPECT_TRUE(block::write_all(*store, {"mem://lake/table"}, file));
  return Table::open(*store->open({"mem://lake/table"}), "table", {}, cache);
}

// All of it, and whether it could be read to the end.
std::pair<Records, bool> read_all(std::shared_ptr<const Table> table) {
  Records records;
  TableCursor cursor(std::move(table));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    records[std::string(cursor.key())] = cursor.value();
  return {records, static_cast<bool>(cursor.status())};
}

Records numbered(int n, std::size_t value_bytes = 50) {
  Records records;
  for (int i = 0; i < n; ++i) {
    char key[32];
    std::snprintf(key, sizeof key, "key/%08d", 7 * i);
    records[key] =
        std::string(value_bytes, static_cast<char>('a' + i % 26)) + std::to_string(i * 2654435761u);
  }
  return records;
}

TEST(Table, WithATwoLevelIndexIsReadAndSought) {
  const Records records = numbered(60'000, 200);
  auto table = open(write(records));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ((*table)->read_properties()->at(std::string(kIndexTypeProperty)), std::string("\x02\0\0\0", 4));

  EXPECT_TRUE(read_all(*table) == std::pair(records, true));
  TableCursor cursor(*table);
  for (int i = 0; i < 420'000; i += 997) {
    char key[32];
    std::snprintf(key, sizeof key, "key/%08d", i);
    cursor.seek(key);
    auto expected = records.lower_bound(key);
    ASSERT_EQ(cursor.valid(), expected != records.end());
    if (!cursor.valid()) continue;
    ASSERT_EQ(cursor.key(), expected->first);
    auto found = (*table)->find(key);
    ASSERT_EQ(found->block != nullptr, expected->first == key);
    auto after = (*table)->find_at_or_after(key);
    ASSERT_EQ(after->value, expected->second);
  }
}

RC_GTEST_PROP(Table, SeeksForwardsAndBackLikeAMap, ()) {
  const auto records = *rc::gen::scale(3.0, rc::gen::arbitrary<Records>());
  BlockCache cache(1 << 20);
  auto table = open(write(records), &cache);
  RC_ASSERT(table.has_value());
  TableCursor cursor(*table);

  for (const std::string& key : *rc::gen::arbitrary<std::vector<std::string>>()) {
    cursor.seek(key);
    auto expected = records.lower_bound(key);
    for (int steps = *rc::gen::inRange(0, 40); steps >= 0; --steps) {
      RC_ASSERT(cursor.valid() == (expected != records.end()));
      if (!cursor.valid()) break;
      RC_ASSERT(cursor.key() == expected->first);
      RC_ASSERT(cursor.value() == expected->second);
      cursor.next();
      ++expected;
    }
    RC_ASSERT((*table)->find(key)->block != nullptr == records.contains(key));
  }
}

TEST(Table, WithoutRecordsIsReadAsEmpty) {
  auto table = open(write({}));
  ASSERT_TRUE(table);

  EXPECT_TRUE(read_all(*table) == std::pair(Records(), true));
  EXPECT_EQ((*table)->find("a")->block, nullptr);
  EXPECT_EQ((*table)->find_at_or_after("")->block, nullptr);
}

TEST(Table, EveryDamagedByteIsNoticedOrHarmless) {
  const Records records = numbered(150);
  const std::string file = write(records);

  for (std::size_t i = 0; i < file.size(); ++i) {
    std::string damaged = file;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    auto table = open(damaged);
    if (!table) {
      ASSERT_EQ(table.error().code, Code::corrupt);
      continue;
    }
    const auto [read, complete] = read_all(*table);
    if (complete) ASSERT_TRUE(read == records) << "byte " << i;
  }
}

TEST(Table, CutOffAnywhereIsCorrupt) {
  const std::string file = write(numbered(150));

  for (std::size_t size = 0; size < file.size(); size += 7) {
    auto table = open(file.substr(0, size));
    ASSERT_FALSE(table);
    ASSERT_EQ(table.error().code, Code::corrupt);
  }
}

// A table of one block whose bytes a test chooses, with right checksums.
std::string table_around(std::string_view block, Compression compression) {
  std::string file;
  auto put = [&](std::string_view bytes, Compression how) {
    const BlockHandle handle{file.size(), bytes.size()};
    file += bytes;
    file += static_cast<char>(how);
    append_u32(file, trailer_checksum(std::string_view(file).substr(handle.offset, handle.size + 1)));
    return handle;
  };
  auto single = [](std::string_view key, BlockHandle handle, bool trailer) {
    std::string value, out;
    append_handle(value, handle);
    std::string whole(key);
    if (trailer) append_u64(whole, kSetTrailer);
    out += '\0';
    out += static_cast<char>(whole.size());
    out += static_cast<char>(value.size());
    out += whole + value;
    append_u32(out, 0);
    append_u32(out, 1);
    return out;
  };
  const BlockHandle data = put(block, compression);
  const BlockHandle index = put(single("z", data, true), Compression::none);
  std::string none;
  append_u32(none, 0);
  append_u32(none, 1);
  const BlockHandle properties = put(none, Compression::none);
  const BlockHandle metaindex = put(single(kPropertiesBlockName, properties, false), Compression::none);
  return file + encode_footer({metaindex, index});
}

std::string block_with(std::uint64_t trailer) {
  BlockBuilder builder(16);
  builder.add("a", trailer, "value");
  std::string block;
  builder.finish(block);
  return block;
}

TEST(Table, CompressedWithZstdIsRead) {
  const std::string block = block_with(kSetTrailer);
  std::string compressed(200, '\0');
  compressed.resize(ZSTD_compress(compressed.data(), compressed.size(), block.data(), block.size(), 1));
  compressed.insert(0, 1, static_cast<char>(block.size()));

  auto table = open(table_around(compressed, Compression::zstd));

  ASSERT_TRUE(table) << table.error().message;
  EXPECT_TRUE(read_all(*table) == std::pair(Records{{"a", "value"}}, true));
}

TEST(Table, BlocksThatDoNotDecompressAreCorrupt) {
  for (const Compression how : {Compression::snappy, Compression::zstd, static_cast<Compression>(4)}) {
    auto table = open(table_around("\xff\xff\xff\xff\x0f not compressed at all", how));
    ASSERT_TRUE(table);
    EXPECT_FALSE(read_all(*table).second);
    EXPECT_EQ((*table)->find("a").error().code, Code::corrupt);
  }
}

TEST(Table, RecordsThatAreDeletionsAreCorrupt) {
  auto table = open(table_around(block_with(0), Compression::none));

  ASSERT_TRUE(table);
  EXPECT_FALSE(read_all(*table).second);
  EXPECT_EQ((*table)->find("a").error().code, Code::corrupt);
}

}  // namespace
}  // namespace mere::tree
