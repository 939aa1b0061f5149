#include <gtest/gtest.h>

#include "version/engine_test_support.h"

namespace mere::version {
namespace {

using Lines = std::vector<std::string>;

// The shown paths, prefixes with a '>' in front; "…" at the end: there is more.
Lines list(TestLake& lake, const ListRequest& request, const std::string& ref = "main") {
  Lines shown;
  const auto more = lake.engine().entries.list(lake.repository, RefExpr(ref), request,
                                               [&](std::string_view path, const tree::Entry* entry) {
                                                 shown.push_back((entry ? "" : ">") + std::string(path));
                                               });
  if (!more) return {"error: " + more.error().message};
  if (*more) shown.push_back("…");
  return shown;
}

class Listing : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* path : {"a", "a/1", "a/2", "a/b/3", "a.txt", "b/", "b/x", "c", "z/y/x/w"}) {
      ASSERT_TRUE(lake.put(path, path));
    }
  }
  TestLake lake;
};

TEST_F(Listing, ShowsPathsInByteOrder) {
  EXPECT_EQ(list(lake, {}), (Lines{"a", "a.txt", "a/1", "a/2", "a/b/3", "b/", "b/x", "c", "z/y/x/w"}));
}

TEST_F(Listing, FoldsWhatIsBehindADelimiter) {
  EXPECT_EQ(list(lake, {.delimiter = "/"}), (Lines{"a", "a.txt", ">a/", ">b/", "c", ">z/"}));
  EXPECT_EQ(list(lake, {.prefix = "a/", .delimiter = "/"}), (Lines{"a/1", "a/2", ">a/b/"}));
  EXPECT_EQ(list(lake, {.prefix = "a", .delimiter = "/"}), (Lines{"a", "a.txt", ">a/"}));
  EXPECT_EQ(list(lake, {.delimiter = "b"}),
            (Lines{"a", "a.txt", "a/1", "a/2", ">a/b", ">b", "c", "z/y/x/w"}));
  EXPECT_EQ(list(lake, {.delimiter = "/x"}),
            (Lines{"a", "a.txt", "a/1", "a/2", "a/b/3", "b/", ">b/x", "c", ">z/y/x"}));
}

TEST_F(Listing, ContinuesBehindTheLastPathOfAPage) {
  EXPECT_EQ(list(lake, {.amount = 3}), (Lines{"a", "a.txt", "a/1", "…"}));
  EXPECT_EQ(list(lake, {.after = "a/1", .amount = 3}), (Lines{"a/2", "a/b/3", "b/", "…"}));
  EXPECT_EQ(list(lake, {.after = "b/x", .amount = 2}), (Lines{"c", "z/y/x/w"}));
  EXPECT_EQ(list(lake, {.after = "zzz"}), Lines{});
  EXPECT_EQ(list(lake, {.delimiter = "/", .amount = 3}), (Lines{"a", "a.txt", ">a/", "…"}));
  EXPECT_EQ(list(lake, {.after = "a/", .delimiter = "/", .amount = 3}), (Lines{">b/", "c", ">z/"}));
  EXPECT_EQ(list(lake, {.after = "a/1", .delimiter = "/"}), (Lines{">a/", ">b/", "c", ">z/"}));
  EXPECT_EQ(list(lake, {.after = "a/b/3", .delimiter = "/"}), (Lines{">b/", "c", ">z/"}));
  EXPECT_EQ(list(lake, {.prefix = "b", .after = "a"}), (Lines{"b/", "b/x"}));
  EXPECT_EQ(list(lake, {.prefix = "a", .after = "c"}), Lines{});
}

// The name of the page, "" where it has none.
std::string name_of(TestLake& lake, const ListRequest& request, const std::string& ref = "main") {
  std::string name;
  const auto more = lake.engine().entries.list(
      lake.repository, RefExpr(ref), request, [](std::string_view, const tree::Entry*) {},
      [&](const std::string& page) {
        name = page;
        return true;
      });
  EXPECT_TRUE(more) << failure_of(more);
  return name;
}

TEST_F(Listing, NamesPagesByWhatTheyShow) {
  EXPECT_EQ(name_of(lake, {}), "") << "uncommitted changes take part";
  ASSERT_TRUE(lake.commit("all"));
  const std::string whole = name_of(lake, {});
  EXPECT_NE(whole, "");
  EXPECT_EQ(name_of(lake, {}), whole);
  for (const ListRequest& other : {ListRequest{.prefix = "a"}, ListRequest{.after = "a"},
                                   ListRequest{.delimiter = "a"}, ListRequest{.amount = 7}})
    EXPECT_NE(name_of(lake, other), whole);

  ASSERT_TRUE(lake.put("new", "x"));
  EXPECT_EQ(name_of(lake, {}), "");
  EXPECT_EQ(name_of(lake, {}, "main@"), whole);
  ASSERT_TRUE(lake.commit("new"));
  EXPECT_NE(name_of(lake, {}), whole);
  EXPECT_EQ(name_of(lake, {}, "main~1"), whole);
}

TEST_F(Listing, ChangesElsewhereLeaveThePageItsName) {
  ASSERT_TRUE(lake.commit("all"));
  const ListRequest folder{.prefix = "a/"}, rest{.after = "b/x"};
  const std::string of_folder = name_of(lake, folder), of_rest = name_of(lake, rest);
  ASSERT_TRUE(lake.put("a", "before the folder"));
  ASSERT_TRUE(lake.put("b/new", "behind it"));

  EXPECT_EQ(name_of(lake, folder), of_folder);
  EXPECT_EQ(list(lake, folder), (Lines{"a/1", "a/2", "a/b/3"}));
  EXPECT_EQ(name_of(lake, rest), of_rest);
  EXPECT_EQ(name_of(lake, {.after = "b/"}), "");

  ASSERT_TRUE(lake.remove("a/2"));
  EXPECT_EQ(name_of(lake, folder), "") << "a deletion is a change";
  EXPECT_EQ(list(lake, folder), (Lines{"a/1", "a/b/3"}));
}

TEST_F(Listing, AKnownPageIsNotVisited) {
  ASSERT_TRUE(lake.commit("all"));
  int visited = 0;

  const auto more = lake.engine().entries.list(
      lake.repository, RefExpr("main"), {}, [&](std::string_view, const tree::Entry*) { ++visited; },
      [](const std::string&) { return true; });

  EXPECT_TRUE(more);
  EXPECT_EQ(visited, 0);
}

TEST_F(Listing, HidesWhatIsDeletedAndPrefixesThatLostEverything) {
  ASSERT_TRUE(lake.commit("all"));
  ASSERT_TRUE(lake.remove("a/1"));
  ASSERT_TRUE(lake.remove("z/y/x/w"));
  ASSERT_TRUE(lake.put("a/0", "new"));

  EXPECT_EQ(list(lake, {.prefix = "a/"}), (Lines{"a/0", "a/2", "a/b/3"}));
  EXPECT_EQ(list(lake, {.delimiter = "/"}), (Lines{"a", "a.txt", ">a/", ">b/", "c"}));
  EXPECT_EQ(list(lake, {.delimiter = "/"}, "main@"), (Lines{"a", "a.txt", ">a/", ">b/", "c", ">z/"}));
  EXPECT_EQ(list(lake, {.delimiter = "/", .amount = 5}), (Lines{"a", "a.txt", ">a/", ">b/", "c"}));
}

TEST_F(Listing, SeeksPastLongCommonPrefixes) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(lake.put("m/" + std::to_string(i), "x"));
  ASSERT_TRUE(lake.commit("many"));
  for (int i = 50; i < 99; ++i) ASSERT_TRUE(lake.put("m/" + std::to_string(i), "x"));
  ASSERT_TRUE(lake.put("m\xff\xff", "last"));

  EXPECT_EQ(list(lake, {.prefix = "m", .delimiter = "/"}), (Lines{">m/", "m\xff\xff"}));
  EXPECT_EQ(list(lake, {.prefix = "m", .delimiter = "\xff"}).back(), ">m\xff");
}

TEST_F(Listing, OverManyDeletionsHasTheBranchCompacted) {
  constexpr int kEntries = 4'500;
  std::vector<std::string> paths;
  for (int i = 0; i < kEntries; ++i) {
    paths.push_back("m/" + std::to_string(i));
    ASSERT_TRUE(lake.put(paths.back(), "x"));
  }
  ASSERT_TRUE(lake.put("m/left", "x"));
  ASSERT_TRUE(lake.commit("many"));
  const auto remove = [&](int from, int to) {
    for (; from < to; from += 500) {
      ASSERT_TRUE(lake.engine().entries.remove(lake.repository, BranchName("main"),
                                               {paths.begin() + from, paths.begin() + from + 500}));
    }
  };

  remove(0, 4'000);
  EXPECT_EQ(list(lake, {.prefix = "m/", .amount = 1'000}).size(), 501u);
  EXPECT_FALSE(lake.branch().compacted);
  remove(4'000, kEntries);
  EXPECT_EQ(list(lake, {.prefix = "m/"}), Lines{"m/left"});
  EXPECT_TRUE(lake.branch().compacted);
  EXPECT_EQ(list(lake, {.prefix = "m/"}), Lines{"m/left"});
}

TEST_F(Listing, OfSomethingUnknownIsNotFound) {
  EXPECT_EQ(list(lake, {}, "nope"), Lines{"error: not found"});
}

TEST_F(Listing, GoesOnForEachUntilTheVisitorFails) {
  const auto at = lake.engine().refs.resolve(lake.repository, RefExpr("main"));
  Lines seen;
  const Status status = lake.engine().entries.for_each(
      lake.repository, *at, "a/", [&](std::string_view path, const tree::Entry&) -> Status {
        seen.emplace_back(path);
        if (seen.size() == 2) return Error{Code::cancelled, "enough"};
        return {};
      });

  EXPECT_EQ(failure_of(status), "enough");
  EXPECT_EQ(seen, (Lines{"a/1", "a/2"}));
}

}  // namespace
}  // namespace mere::version
