#include "tree/snappy_decoder.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <snappy.h>

#include <string>

#include "base/random.h"
#include "tree/snappy_encoder.h"
#include "tree/snappy_for_test.h"

namespace mere::tree {
namespace {

std::optional<std::string> decode(std::string_view compressed) {
  const auto size = snappy_size_of(compressed);
  if (!size) return std::nullopt;
  std::string out(*size, '\0');
  if (!snappy_decode(compressed, out)) return std::nullopt;
  return out;
}

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

RC_GTEST_PROP(SnappyDecoder, UndoesWhatBothEncodersMake, ()) {
  const std::string input = arbitrary_words();
  std::string ours;
  SnappyEncoder().encode(input, ours);
  std::string theirs;
  snappy::Compress(input.data(), input.size(), &theirs);

  RC_ASSERT(decode(ours) == input);
  RC_ASSERT(decode(theirs) == input);
}

TEST(SnappyDecoder, ReadsEveryKindOfElement) {
  EXPECT_EQ(decode(bytes({0})), "");
  EXPECT_EQ(decode(bytes({3, 2 << 2, 'a', 'b', 'c'})), "abc");
  // Copies of 4 from 3 bytes before, which overlap themselves, with offsets of 11, 16 and 32 bits.
  EXPECT_EQ(decode(bytes({7, 2 << 2, 'a', 'b', 'c', 0 << 2 | 1, 3})), "abcabca");
  EXPECT_EQ(decode(bytes({7, 2 << 2, 'a', 'b', 'c', 3 << 2 | 2, 3, 0})), "abcabca");
  EXPECT_EQ(decode(bytes({7, 2 << 2, 'a', 'b', 'c', 3 << 2 | 3, 3, 0, 0, 0})), "abcabca");
  // A literal whose size stands in one, two, three or four bytes behind its tag.
  for (int count = 1; count <= 4; ++count) {
    const std::string size = bytes({99, 0, 0, 0}).substr(0, static_cast<std::size_t>(count));
    EXPECT_EQ(decode(bytes({100, (59 + count) << 2}) + size + std::string(100, 'q')), std::string(100, 'q'));
  }
}

TEST(SnappyDecoder, RefusesWhatDoesNotFit) {
  for (const std::string& wrong : {
           bytes({}),                                               // no size
           bytes({0x80}),                                           // half a size
           bytes({0x80, 0x80, 0x80, 0x80, 0x7f, 0}),                // 4 GiB and more
           bytes({3, 2 << 2, 'a', 'b'}),                            // a literal cut off
           bytes({2, 2 << 2, 'a', 'b', 'c'}),                       // too long
           bytes({4, 2 << 2, 'a', 'b', 'c'}),                       // too short
           bytes({100, 60 << 2}),                                   // no size of a literal
           bytes({100, 63 << 2, 255, 255, 255, 255, 'x'}),          // a literal of 4 GiB
           bytes({7, 2 << 2, 'a', 'b', 'c', 0 << 2 | 1}),           // no offset
           bytes({7, 2 << 2, 'a', 'b', 'c', 3 << 2 | 2, 3}),        // half of one
           bytes({7, 2 << 2, 'a', 'b', 'c', 3 << 2 | 3, 3, 0, 0}),  // three quarters
           bytes({7, 2 << 2, 'a', 'b', 'c', 0 << 2 | 1, 0}),        // from where it goes
           bytes({7, 2 << 2, 'a', 'b', 'c', 0 << 2 | 1, 4}),        // from before the beginning
           bytes({6, 2 << 2, 'a', 'b', 'c', 0 << 2 | 1, 3}),        // a copy too long
       }) {
    EXPECT_EQ(decode(wrong), std::nullopt) << testing::PrintToString(wrong);
  }
}

// Damaged input: the same verdict as the library's, and the same bytes.
TEST(SnappyDecoder, JudgesDamageAsTheLibraryDoes) {
  SeededRandom random(11);
  auto below = [&](std::size_t limit) {
    std::uint32_t value = 0;
    random.fill(std::as_writable_bytes(std::span(&value, 1)));
    return value % limit;
  };
  int accepted = 0;
  for (int turn = 0; turn < 20'000; ++turn) {
    std::string input;
    while (input.size() < 40 + below(400))
      input += below(3) == 0 ? "branch/entry" : std::to_string(below(1000));
    std::string damaged;
    SnappyEncoder().encode(input, damaged);
    for (std::size_t i = 0; i <= below(2); ++i)
      damaged[below(damaged.size())] = static_cast<char>(below(256));
    if (below(8) == 0) damaged.resize(below(damaged.size()));

    std::string back;
    const bool is_right = snappy::Uncompress(damaged.data(), damaged.size(), &back);
    const auto decoded = decode(damaged);
    ASSERT_EQ(decoded.has_value(), is_right) << testing::PrintToString(damaged);
    if (is_right) ASSERT_EQ(*decoded, back);
    accepted += is_right ? 1 : 0;
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace mere::tree
