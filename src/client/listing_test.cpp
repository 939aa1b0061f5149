#include "client/listing.h"

#include <gtest/gtest.h>

namespace mere::client {
namespace {

// Pages of two: a b | c d | e.
Listing<std::string> letters(int& asked, int fails_at = -1) {
  return Listing<std::string>(
      [&asked, fails_at](const std::string& after) -> Result<Page<std::string>> {
        if (asked++ == fails_at) return Error{Code::unavailable, "gone for a moment"};
        if (after.empty()) return Page<std::string>{{"a", "b"}, true, "b"};
        if (after == "b") return Page<std::string>{{"c", "d"}, true, "d"};
        return Page<std::string>{{"e"}, false, ""};
      },
      "");
}

TEST(Listing, AsksForPagesAsTheyAreRead) {
  int asked = 0;
  auto listing = letters(asked);
  EXPECT_EQ(asked, 0);

  EXPECT_EQ(*listing.all(3), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(*listing.all(), (std::vector<std::string>{"d", "e"}));
  EXPECT_EQ(*listing.next(), std::nullopt);
  EXPECT_EQ(asked, 3);
}

TEST(Listing, IsARange) {
  int asked = 0;
  std::string all;
  for (const Result<std::string>& letter : letters(asked)) all += *letter;

  EXPECT_EQ(all, "abcde");
}

TEST(Listing, AnErrorIsTheLastItemOfTheRange) {
  int asked = 0;
  std::string all;
  for (const Result<std::string>& letter : letters(asked, 1)) all += letter ? *letter : "!";

  EXPECT_EQ(all, "ab!");
}

TEST(Listing, AfterAnErrorTheSamePageIsAskedForAgain) {
  int asked = 0;
  auto listing = letters(asked, 1);

  EXPECT_FALSE(listing.all());
  EXPECT_EQ(*listing.all(), (std::vector<std::string>{"c", "d", "e"}));
}

TEST(Listing, APageThatLeadsNowhereIsCorrupt) {
  Listing<std::string> listing(
      [](const std::string&) -> Result<Page<std::string>> { return Page<std::string>{{}, true, ""}; }, "");

  EXPECT_EQ(listing.next().error().code, Code::corrupt);
}

}  // namespace
}  // namespace mere::client
