#include "block/digest_aside.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mere::block {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

class Threads : public testing::TestWithParam<std::size_t> {};

TEST_P(Threads, BytesAreHashedInTheirOrder) {
  Helpers helpers(GetParam());
  DigestAside digest(helpers, Digest::md5());
  std::string whole;
  for (int i = 0; i < 200; ++i) {
    const auto piece = std::make_shared<const std::string>(1 + i * 37 % 5000, static_cast<char>(i));
    whole += *piece;
    if (i % 7 == 0) {
      digest.settle();
      digest.update(bytes_of(*piece));
    } else {
      digest.begin({piece, bytes_of(*piece)});
    }
  }

  EXPECT_EQ(digest.finish_hex(), Digest::md5().update(whole).finish_hex());
}

TEST_P(Threads, AllButTheLastAreLetGo) {
  Helpers helpers(GetParam());
  DigestAside digest(helpers, Digest::md5());
  std::vector<std::weak_ptr<const std::string>> pieces;
  for (int i = 0; i < 50; ++i) {
    const auto piece = std::make_shared<const std::string>(100'000, 'x');
    pieces.push_back(piece);
    digest.begin({piece, bytes_of(*piece)});
    digest.settle_but_last();
    for (int before = 0; before < i; ++before) EXPECT_TRUE(pieces[before].expired()) << before;
  }
  digest.settle();

  EXPECT_TRUE(pieces.back().expired());
}

TEST_P(Threads, NothingRunsOnAfterTheEnd) {
  Helpers helpers(GetParam());
  for (int i = 0; i < 100; ++i) {
    const std::string piece(50'000, 'x');
    DigestAside digest(helpers, Digest::md5());
    digest.begin({nullptr, bytes_of(piece)});
  }
}

INSTANTIATE_TEST_SUITE_P(DigestAside, Threads, testing::Values(0, 1, 2));

}  // namespace
}  // namespace mere::block
