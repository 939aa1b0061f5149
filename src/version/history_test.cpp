#include "version/history.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "version/engine_test_support.h"
#include "version/keys.h"

namespace mere::version {
namespace {

using Messages = std::vector<std::string>;

// The commits of `ref` that touch the paths; with `history`, helped by it.
Messages touching(TestLake& lake, const std::string& ref, const std::vector<std::string>& objects,
                  const std::vector<std::string>& prefixes, History* history, LogOptions options = {}) {
  Engine& engine = lake.engine();
  std::unique_ptr<LogSkipper> skipper;
  if (history != nullptr) skipper = history->skipper(lake.repository, objects, prefixes);
  options.skipper = skipper.get();
  const auto start = engine.refs.resolve_commit(lake.repository, RefExpr(ref));
  const auto walk = engine.commits.log(lake.repository, *start, options);
  Messages shown;
  for (;;) {
    const auto commit = walk->next();
    EXPECT_TRUE(commit) << failure_of(commit);
    if (!commit || !*commit) return shown;
    if (skipper && *skipper->may_pass(**commit)) continue;
    if (*engine.entries.touches(lake.repository, **commit, objects, prefixes))
      shown.push_back((*commit)->message);
  }
}

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    for (int i = 0; i < 40; ++i) {
      EXPECT_TRUE(lake.put("a/" + std::to_string(i % 7), "content " + std::to_string(i)));
      EXPECT_TRUE(lake.commit(std::to_string(i)));
    }
  }
  std::size_t stored(const char* kind) const {
    std::size_t count = 0;
    const auto cursor = lake.state->scan(keys::of_repository(lake.repository, kind));
    for (; cursor->valid(); cursor->next()) ++count;
    return count;
  }

  TestLake lake;
  History history{*lake.state, lake.trees, lake.engine().commits, 8};
};

TEST_F(HistoryTest, ShowsTheCommitsOfAPath) {
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(touching(lake, "main", {"a/3"}, {}, &history), (Messages{"38", "31", "24", "17", "10", "3"}));
    EXPECT_EQ(touching(lake, "main", {"none"}, {}, &history), Messages{});
    EXPECT_EQ(touching(lake, "main", {}, {"a/"}, &history).size(), 40u);
    EXPECT_EQ(touching(lake, "main", {}, {"a/5"}, &history), (Messages{"33", "26", "19", "12", "5"}));
  }
}

TEST_F(HistoryTest, KeepsWhatItMakes) {
  EXPECT_EQ(stored("changes"), 40u) << "each commit writes its own";
  EXPECT_EQ(stored("history"), 0u);

  touching(lake, "main", {"none"}, {}, &history);

  EXPECT_EQ(stored("history"), 5u);
}

TEST_F(HistoryTest, MakesFiltersThatAreMissing) {
  ASSERT_TRUE(lake.state->erase_prefix(keys::of_repository(lake.repository, "changes")));

  EXPECT_EQ(touching(lake, "main", {"a/3"}, {}, &history), (Messages{"38", "31", "24", "17", "10", "3"}));

  EXPECT_EQ(stored("changes"), 40u);
}

TEST_F(HistoryTest, ShowsWhatIsToBeShownAlways) {
  LogOptions options;
  options.shown_always = {*lake.engine().refs.resolve_commit(lake.repository, RefExpr("main~11"))};
  const auto skipper = history.skipper(lake.repository, {"none"}, {});
  options.skipper = skipper.get();
  const auto start = lake.engine().refs.resolve_commit(lake.repository, RefExpr("main"));

  bool shown = false;
  const auto walk = lake.engine().commits.log(lake.repository, *start, options);
  for (auto commit = walk->next(); *commit; commit = walk->next())
    shown = shown || (*commit)->message == "28";

  EXPECT_TRUE(shown);
}

TEST_F(HistoryTest, ACommitOfVeryManyPathsIsNeverPassedOver) {
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(lake.put("many/" + std::to_string(i), "x"));
  ASSERT_TRUE(lake.commit("many"));

  EXPECT_EQ(touching(lake, "main", {"many/599"}, {}, &history), Messages{"many"});
}

TEST_F(HistoryTest, ADamagedRecordIsAnError) {
  touching(lake, "main", {"none"}, {}, &history);
  const auto head = *lake.engine().refs.resolve_commit(lake.repository, RefExpr("main~1"));
  const kv::Write cut = kv::Write::put(keys::history_segment(lake.repository, head), std::string(50, 'x'));
  ASSERT_TRUE(lake.state->write({&cut, 1}));

  const auto passed =
      history.skipper(lake.repository, {"none"}, {})->pass(head, [](std::string_view, Timestamp) {
        return false;
      });

  EXPECT_EQ(failure_code_of(passed), Code::corrupt);
}

// With branches, merges, and dates in any order, the answer is that of a look at every commit.
RC_GTEST_PROP(HistoryProperty, AnswersAsALookAtEveryCommitDoes, ()) {
  TestLake lake;
  History history(*lake.state, lake.trees, lake.engine().commits, 3);
  const int steps = *rc::gen::inRange(5, 40);
  for (int i = 0; i < steps; ++i) {
    const std::string branch = *rc::gen::element<std::string>("main", "main", "side");
    if (i == 3) lake.make_branch("side");
    const std::string on = i > 3 ? branch : "main";
    if (i > 3 && *rc::gen::inRange(0, 6) == 0) {
      MergeRequest request;
      request.message = "merge " + std::to_string(i);
      (void)lake.engine().updates.merge(lake.repository, RefExpr(on == "main" ? "side" : "main"),
                                        BranchName(on), request);
      continue;
    }
    RC_ASSERT(lake.put(*rc::gen::element<std::string>("a/1", "a/2", "b/c/3", "d"), std::to_string(i), on));
    CommitRequest request;
    request.message = std::to_string(i);
    if (*rc::gen::arbitrary<bool>()) request.date = *rc::gen::inRange<std::int64_t>(1, 50);
    RC_ASSERT(lake.engine().updates.commit(lake.repository, BranchName(on), request));
  }
  const auto objects =
      *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("a/1", "d", "no"));
  const auto prefixes =
      *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("a/", "b/c/", "x"));
  LogOptions options;
  options.first_parent = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) options.since = Timestamp{*rc::gen::inRange<std::int64_t>(1, 50), 0};

  for (int turn = 0; turn < 2; ++turn)
    RC_ASSERT(touching(lake, "main", objects, prefixes, &history, options) ==
              touching(lake, "main", objects, prefixes, nullptr, options));
}

}  // namespace
}  // namespace mere::version
