#include <gtest/gtest.h>

#include "version/engine_test_support.h"

namespace mere::version {
namespace {

using Lines = std::vector<std::string>;

class BranchDiff : public testing::Test {
 protected:
  void SetUp() override {
    lake.commit_all({{"keep", "1"}, {"chg", "1"}, {"del", "1"}, {"d/1", "1"}, {"d/2", "1"}, {"e/1", "1"}});
    ASSERT_EQ(lake.uncommitted(), Lines{});
    ASSERT_TRUE(lake.put("chg", "2"));
    ASSERT_TRUE(lake.put("add", "2"));
    ASSERT_TRUE(lake.put("d/3", "2"));
    ASSERT_TRUE(lake.remove("del"));
    ASSERT_TRUE(lake.remove("e/1"));
    ASSERT_TRUE(lake.put("d/1", "2"));
  }
  TestLake lake;
};

TEST_F(BranchDiff, ShowsUncommittedChanges) {
  EXPECT_EQ(lake.uncommitted(), (Lines{"+add", "~chg", "~d/1", "+d/3", "-del", "-e/1"}));
  EXPECT_EQ(lake.uncommitted("main", {.delimiter = "/"}), (Lines{"+add", "~chg", "d/", "-del", "e/"}));
  EXPECT_EQ(lake.uncommitted("main", {.prefix = "d/"}), (Lines{"~d/1", "+d/3"}));
  EXPECT_EQ(lake.uncommitted("main", {.prefix = "d/", .delimiter = "/"}), (Lines{"~d/1", "+d/3"}));
  EXPECT_EQ(lake.uncommitted("main", {.amount = 2}), (Lines{"+add", "~chg", "…"}));
  EXPECT_EQ(lake.uncommitted("main", {.after = "chg", .amount = 2}), (Lines{"~d/1", "+d/3", "…"}));
  EXPECT_EQ(lake.uncommitted("main", {.after = "chg", .delimiter = "/", .amount = 2}),
            (Lines{"d/", "-del", "…"}));
  EXPECT_EQ(lake.uncommitted("main", {.after = "d/", .delimiter = "/", .amount = 2}), (Lines{"-del", "e/"}));
}

TEST_F(BranchDiff, ShowsTheSameAfterCompactionAndWithChangesOnTop) {
  ASSERT_TRUE(lake.engine().updates.compact(lake.repository, BranchName("main")));
  ASSERT_TRUE(lake.branch().compacted);
  EXPECT_EQ(lake.uncommitted(), (Lines{"+add", "~chg", "~d/1", "+d/3", "-del", "-e/1"}));

  ASSERT_TRUE(lake.remove("add"));
  ASSERT_TRUE(lake.put("chg", "1"));
  ASSERT_TRUE(lake.put("e/1", "3"));
  ASSERT_TRUE(lake.put("f", "3"));
  EXPECT_EQ(lake.uncommitted(), (Lines{"~d/1", "+d/3", "-del", "~e/1", "+f"}));
  EXPECT_EQ(lake.uncommitted("main", {.after = "d/1", .amount = 2}), (Lines{"+d/3", "-del", "…"}));
}

TEST_F(BranchDiff, DoesNotShowWhatHasNoEffect) {
  ASSERT_TRUE(lake.put("keep", "1"));
  ASSERT_TRUE(lake.put("tmp", "x"));
  ASSERT_TRUE(lake.remove("tmp"));

  EXPECT_EQ(lake.uncommitted("main", {.prefix = "keep"}), Lines{});
  EXPECT_EQ(lake.uncommitted("main", {.prefix = "tmp"}), Lines{});
}

// More than are looked up one by one.
TEST(LongBranchDiff, IsTheSameInPagesOfAnySize) {
  TestLake lake;
  constexpr int kChanges = 700;
  const auto path = [](int n) { return (n % 3 == 0 ? "m/" : "n/") + std::to_string(1000 + n); };
  Content committed;
  for (int n = 0; n < kChanges; n += 2) committed[path(n)] = "1";
  lake.commit_all(committed);

  std::map<std::string, std::string> expected;  // path -> line
  for (int n = 0; n < kChanges; ++n) {
    const bool is_there = n % 2 == 0;
    if (n % 7 == 0) {
      ASSERT_TRUE(lake.remove(path(n)));
      if (is_there) expected[path(n)] = "-" + path(n);
    } else if (n % 5 == 0) {
      ASSERT_TRUE(lake.put(path(n), "1"));  // of no effect where it is there
      if (!is_there) expected[path(n)] = "+" + path(n);
    } else {
      ASSERT_TRUE(lake.put(path(n), "2"));
      expected[path(n)] = (is_there ? "~" : "+") + path(n);
    }
  }
  for (const std::string prefix : {"", "m/", "n/", "n/12"}) {
    Lines all;
    for (const auto& [changed, line] : expected)
      if (changed.starts_with(prefix)) all.push_back(line);
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(lake.uncommitted("main", {.prefix = prefix, .amount = kChanges}), all);
    for (const std::size_t amount : {37u, 99u, 100u, 256u}) {
      Lines found;
      std::string after;
      for (bool has_more = true; has_more;) {
        Lines page = lake.uncommitted("main", {.prefix = prefix, .after = after, .amount = amount});
        has_more = page.back() == "…";
        if (has_more) page.pop_back();
        ASSERT_LE(page.size(), amount);
        after = page.back().substr(1);
        found.insert(found.end(), page.begin(), page.end());
      }
      EXPECT_EQ(found, all) << prefix << " " << amount;
    }
  }
  EXPECT_EQ(lake.uncommitted("main", {.delimiter = "/", .amount = kChanges}), (Lines{"m/", "n/"}));
}

TEST_F(BranchDiff, OfAnUnknownBranchIsNotFound) {
  EXPECT_EQ(lake.uncommitted("nope"), Lines{"error: branch not found"});
}

class RefDiff : public testing::Test {
 protected:
  void SetUp() override {
    lake.commit_all({{"common", "b"}, {"both", "b"}, {"onlymain", "b"}, {"rm", "b"}, {"d/1", "b"}});
    lake.make_branch("feat");
    ASSERT_TRUE(lake.remove("rm", "feat"));
    lake.commit_all({{"both", "f"}, {"new", "f"}, {"d/2", "f"}}, "feat");
    lake.commit_all({{"onlymain", "m"}, {"mainnew", "m"}});
  }
  TestLake lake;
};

TEST_F(RefDiff, ThreeDotShowsWhatTheRightSideChanged) {
  EXPECT_EQ(lake.three_dot("main", "feat"), (Lines{"~both", "+d/2", "+new", "-rm"}));
  EXPECT_EQ(lake.three_dot("feat", "main"), (Lines{"+mainnew", "~onlymain"}));
  EXPECT_EQ(lake.three_dot("main~1", "main"), (Lines{"+mainnew", "~onlymain"}));
  EXPECT_EQ(lake.three_dot("main", "main"), Lines{});
  EXPECT_EQ(lake.three_dot("main", "feat", {.delimiter = "/"}), (Lines{"~both", "d/", "+new", "-rm"}));
  EXPECT_EQ(lake.three_dot("main", "feat", {.prefix = "d/"}), Lines{"+d/2"});
  EXPECT_EQ(lake.three_dot("main", "feat", {.after = "both", .amount = 1}), (Lines{"+d/2", "…"}));
}

TEST_F(RefDiff, TwoDotComparesTheStates) {
  EXPECT_EQ(lake.two_dot("main", "feat"), (Lines{"~both", "+d/2", "-mainnew", "+new", "~onlymain", "-rm"}));
  EXPECT_EQ(lake.two_dot("feat", "main"), (Lines{"~both", "-d/2", "+mainnew", "-new", "~onlymain", "+rm"}));
}

TEST_F(RefDiff, SeesUncommittedChangesOnlyWhereItIsAsked) {
  ASSERT_TRUE(lake.put("unc", "u", "feat"));
  ASSERT_TRUE(lake.put("both", "b", "feat"));
  ASSERT_TRUE(lake.put("rm", "b", "feat"));
  ASSERT_TRUE(lake.remove("common", "feat"));

  EXPECT_EQ(lake.three_dot("main", "feat"), (Lines{"~both", "+d/2", "+new", "-rm"}));
  EXPECT_EQ(lake.two_dot("main", "feat", {.prefix = "unc"}), Lines{});
  EXPECT_EQ(lake.two_dot("main", "feat$"),
            (Lines{"-common", "+d/2", "-mainnew", "+new", "~onlymain", "+unc"}));
  ASSERT_TRUE(lake.engine().updates.compact(lake.repository, BranchName("feat")));
  ASSERT_TRUE(lake.put("later", "u", "feat"));
  EXPECT_EQ(lake.two_dot("main", "feat$"),
            (Lines{"-common", "+d/2", "+later", "-mainnew", "+new", "~onlymain", "+unc"}));
}

TEST_F(RefDiff, ShowsConflicts) {
  lake.commit_all({{"both", "main too"}});

  EXPECT_EQ(lake.three_dot("main", "feat"), (Lines{"!both", "+d/2", "+new", "-rm"}));
  EXPECT_EQ(lake.two_dot("main", "feat"), (Lines{"~both", "+d/2", "-mainnew", "+new", "~onlymain", "-rm"}));
}

TEST_F(RefDiff, NamesTheUnknownSide) {
  EXPECT_EQ(lake.three_dot("nope", "main"), Lines{"error: get commit by branch nope: not found"});
  EXPECT_EQ(lake.three_dot("main", "nope"), Lines{"error: get commit by ref nope: not found"});
  EXPECT_EQ(lake.two_dot("nope", "main"), Lines{"error: get commit by branch nope: not found"});
  EXPECT_EQ(lake.two_dot("main", "nope"), Lines{"error: get commit by ref nope: not found"});
}

TEST_F(RefDiff, TellsWhichCommitsTouchAPath) {
  const auto touches = [&](const char* ref, std::vector<std::string> objects,
                           std::vector<std::string> prefixes) {
    const auto id = lake.engine().refs.resolve_commit(lake.repository, RefExpr(ref));
    const auto commit = lake.engine().commits.get(lake.repository, *id);
    return *lake.engine().entries.touches(lake.repository, **commit, objects, prefixes);
  };

  EXPECT_TRUE(touches("feat", {"rm"}, {}));
  EXPECT_TRUE(touches("feat", {"none", "both"}, {}));
  EXPECT_FALSE(touches("feat", {"common"}, {}));
  EXPECT_TRUE(touches("feat", {}, {"x/", "d/"}));
  EXPECT_FALSE(touches("feat", {}, {"x/"}));
  EXPECT_FALSE(touches("main~2", {"common"}, {""})) << "the first commit has no parent";
}

}  // namespace
}  // namespace mere::version
