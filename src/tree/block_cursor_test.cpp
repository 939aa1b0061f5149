#include "tree/block_cursor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "tree/block_builder.h"

namespace mere::tree {
namespace {

std::shared_ptr<const Block> block_of(std::string_view bytes) {
  auto block = std::make_shared<Block>();
  std::ranges::copy(bytes, block->make_room(bytes.size()).begin());
  return block->settle() ? block : nullptr;
}

std::string build(const std::map<std::string, std::string>& entries, std::size_t restart_interval) {
  BlockBuilder builder(restart_interval);
  for (const auto& [key, value] : entries) builder.add(key, kSetTrailer, value);
  const std::size_t size = builder.size_bytes();
  std::string out;
  builder.finish(out);
  if (!entries.empty()) RC_ASSERT(out.size() == size);
  return out;
}

auto any_entries() {
  return rc::gen::scale(2.0, rc::gen::arbitrary<std::map<std::string, std::string>>());
}

RC_GTEST_PROP(BlockCursor, ReadsWhatTheBuilderWrote, ()) {
  const auto entries = *any_entries();
  BlockCursor cursor;
  cursor.enter(block_of(build(entries, *rc::gen::inRange<std::size_t>(1, 18))));

  auto expected = entries.begin();
  for (cursor.seek_to_first(); cursor.valid(); cursor.next(), ++expected) {
    RC_ASSERT(expected != entries.end());
    RC_ASSERT(cursor.key() == expected->first);
    RC_ASSERT(cursor.value() == expected->second);
    RC_ASSERT(cursor.trailer() == kSetTrailer);
    RC_ASSERT(cursor.at_first() == (expected == entries.begin()));
  }
  RC_ASSERT(expected == entries.end());
  RC_ASSERT(!cursor.malformed());
}

RC_GTEST_PROP(BlockCursor, SeeksLikeAMap, ()) {
  const auto entries = *any_entries();
  BlockCursor cursor;
  cursor.enter(block_of(build(entries, *rc::gen::inRange<std::size_t>(1, 18))));
  auto keys = *rc::gen::arbitrary<std::vector<std::string>>();
  for (const auto& [key, value] : entries) keys.push_back(key);

  for (const std::string& key : keys) {
    cursor.seek(key);
    auto expected = entries.lower_bound(key);
    RC_ASSERT(cursor.valid() == (expected != entries.end()));
    if (cursor.valid()) RC_ASSERT(cursor.key() == expected->first);
  }
}

// Keys that go on with the bytes of the key trailer of the one before share them.
TEST(BlockCursor, ReadsKeysThatShareATrailersBytes) {
  const std::map<std::string, std::string> entries = {{"a", "1"},
                                                      {std::string("a\x01", 2), "2"},
                                                      {std::string("a\x01\0\0", 4), "3"},
                                                      {std::string("a\x01\0\0\0\0\0\0\0b", 10), "4"}};
  BlockCursor cursor;
  cursor.enter(block_of(build(entries, 16)));

  auto expected = entries.begin();
  for (cursor.seek_to_first(); cursor.valid(); cursor.next(), ++expected)
    EXPECT_EQ(cursor.key(), expected->first);
  EXPECT_EQ(expected, entries.end());
}

RC_GTEST_PROP(BlockCursor, StaysInsideAnyBytes, ()) {
  std::string bytes = build(*any_entries(), 4);
  for (const auto& [at, byte] : *rc::gen::arbitrary<std::vector<std::pair<std::uint16_t, char>>>()) {
    bytes[at % bytes.size()] = byte;
  }
  auto block = block_of(bytes);
  if (!block) return;
  BlockCursor cursor;
  cursor.enter(block);
  std::size_t steps = 0;

  for (cursor.seek_to_first(); cursor.valid(); cursor.next()) RC_ASSERT(++steps <= bytes.size());
  for (const std::string& key : *rc::gen::arbitrary<std::vector<std::string>>()) {
    cursor.enter(block);
    cursor.seek(key);
    if (cursor.valid()) RC_ASSERT(cursor.key() >= key);
  }
}

// A walk decodes one block after the other into the same memory.
TEST(Block, IsWhatItWouldBeAloneInTheRoomOfALargerOne) {
  const std::string large = build({{"a", std::string(10'000, 'x')}, {"b", "2"}}, 1);
  const std::string small = build({{"c", "3"}}, 16);
  Block block;
  std::ranges::copy(large, block.make_room(large.size()).begin());
  ASSERT_TRUE(block.settle());

  std::ranges::copy(small, block.make_room(small.size()).begin());
  ASSERT_TRUE(block.settle());

  const auto alone = block_of(small);
  EXPECT_EQ(block.entries(), alone->entries());
  EXPECT_EQ(block.restart_count(), alone->restart_count());
  EXPECT_EQ(block.restart(0), alone->restart(0));
  EXPECT_EQ(block.memory_bytes(), alone->memory_bytes());
}

TEST(Block, RefusesBytesThatCannotBeOne) {
  EXPECT_EQ(block_of(""), nullptr);
  EXPECT_EQ(block_of("abc"), nullptr);
  EXPECT_EQ(block_of(std::string("\x02\0\0\0", 4)), nullptr);          // more restarts than bytes
  EXPECT_EQ(block_of(std::string("abcd\0\0\0\0", 8)), nullptr);        // entries, but no restart
  EXPECT_NE(block_of(std::string("\0\0\0\0\x01\0\0\0", 8)), nullptr);  // no entries
}

}  // namespace
}  // namespace mere::tree
