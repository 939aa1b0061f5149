#include "s3/version_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mere::s3 {
namespace {

ObjectVersion version(std::string id) {
  return {std::move(id), tree::Entry{}, {}};
}

std::vector<std::string> shown(VersionPage& page) {
  std::vector<std::string> lines;
  for (const auto& item : page.finish().first) {
    lines.push_back(item.path + (item.version ? "@" + item.version->id : "") + (item.is_latest ? "*" : ""));
  }
  return lines;
}

// Newest commit first: c3 changed a and b, c2 a, c1 made a and d/x.
void fill(VersionPage& page) {
  page.add("a", version("c3"));
  page.add("b", version("c3"));
  page.add("a", version("c2"));
  page.add("a", version("c1"));
  page.add("d/x", version("c1"));
}

TEST(VersionPage, OrdersByPathThenAge) {
  VersionPage page({.amount = 10});

  fill(page);

  EXPECT_THAT(shown(page), testing::ElementsAre("a@c3*", "a@c2", "a@c1", "b@c3*", "d/x@c1*"));
}

TEST(VersionPage, EndsWhereThePageIsFullAndSaysSo) {
  VersionPage page({.amount = 2});

  fill(page);
  const auto [items, has_more] = page.finish();

  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[1].version->id, "c2");
  EXPECT_TRUE(has_more);
}

TEST(VersionPage, IsSettledOnceItIsFullOfTheFirstPath) {
  VersionPage one_path({.prefix = "a", .amount = 2});
  VersionPage a_folder({.prefix = "", .amount = 2});

  for (VersionPage* page : {&one_path, &a_folder}) {
    page->add("a", version("c3"));
    page->add("a", version("c2"));
    EXPECT_FALSE(page->is_settled());
    page->add("a", version("c1"));
  }

  EXPECT_TRUE(one_path.is_settled());
  EXPECT_FALSE(a_folder.is_settled()) << "an older commit may hold a path before it";
}

TEST(VersionPage, GoesOnBehindAVersionWhichIsNotTheLatest) {
  VersionPage page({.key_marker = "a", .version_marker = "c2", .amount = 2});

  fill(page);

  EXPECT_THAT(shown(page), testing::ElementsAre("a@c1", "b@c3*"));
}

TEST(VersionPage, GoesOnBehindAKey) {
  VersionPage page({.key_marker = "a", .amount = 10});

  fill(page);

  EXPECT_THAT(shown(page), testing::ElementsAre("b@c3*", "d/x@c1*"));
}

TEST(VersionPage, FoldsWhatADelimiterGroups) {
  VersionPage page({.delimiter = "/", .amount = 10});
  VersionPage behind({.delimiter = "/", .key_marker = "d/", .amount = 10});

  fill(page);
  page.add("d/y", version("c1"));
  fill(behind);

  EXPECT_THAT(shown(page), testing::ElementsAre("a@c3*", "a@c2", "a@c1", "b@c3*", "d/"));
  EXPECT_THAT(shown(behind), testing::IsEmpty());
}

}  // namespace
}  // namespace mere::s3
