#include "tree/snappy_encoder.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <snappy.h>

#include "base/random.h"
#include "tree/snappy_for_test.h"

namespace mere::tree {
namespace {

std::string encode(std::string_view input) {
  SnappyEncoder encoder;
  std::string out;
  encoder.encode(input, out);
  return out;
}

RC_GTEST_PROP(SnappyEncoder, IsUndoneByTheLibrary, ()) {
  std::string input = arbitrary_words();
  input.resize(std::min<std::size_t>(input.size(), static_cast<std::size_t>(*rc::gen::inRange(0, 200'000))));

  std::string back;
  RC_ASSERT(snappy::Uncompress(encode(input).data(), encode(input).size(), &back));
  RC_ASSERT(back == input);
}

TEST(SnappyEncoder, RandomBytesOfEverySizeAreUndone) {
  SeededRandom random(7);
  for (const std::size_t size :
       {0, 1, 14, 15, 16, 17, 18, 59, 60, 61, 255, 256, 257, 4096, 65535, 65536, 65537, 150'000}) {
    std::string input(size, '\0');
    random.fill(std::as_writable_bytes(std::span(input)));
    for (std::size_t i = 0; i < size; ++i) input[i] &= 0x03;
    const std::string encoded = encode(input);

    std::string back;
    ASSERT_TRUE(snappy::Uncompress(encoded.data(), encoded.size(), &back));
    EXPECT_EQ(back, input) << size;
  }
}

TEST(SnappyEncoder, AlwaysFindsTheSameMatches) {
  EXPECT_EQ(encode(""), std::string(1, '\0'));
  EXPECT_EQ(encode("short"), std::string("\x05\x10short", 7));
  // One literal, then copies of it: 1 + 2 + 60 + 60 + ... at offset 1.
  EXPECT_EQ(encode(std::string(100, 'a')), std::string("\x64\x00"
                                                       "a\xfe\x01\x00\x8a\x01\x00",
                                                       9));
}

}  // namespace
}  // namespace mere::tree
