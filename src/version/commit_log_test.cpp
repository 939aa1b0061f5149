#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "version/commits.h"
#include "version/refs_test_support.h"

namespace mere::version {
namespace {

std::vector<std::string> messages_of(SmallLake& lake, const Repository& repository, const CommitId& start,
                                     const LogOptions& options = {}) {
  std::vector<std::string> shown;
  const auto walk = lake.commits.log(repository, start, options);
  while (true) {
    const auto commit = walk->next();
    EXPECT_TRUE(commit) << message_of(commit);
    if (!commit || !*commit) return shown;
    shown.push_back((*commit)->message);
  }
}

using Messages = std::vector<std::string>;

TEST(CommitLog, ShowsTheLatestOfTheFrontierFirst) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  const CommitId root = lake.add_commit(repository, "root", {}, 10).id;
  const CommitId a = lake.add_commit(repository, "a", {root}, 20).id;
  const CommitId b = lake.add_commit(repository, "b", {root}, 30).id;
  const CommitId a2 = lake.add_commit(repository, "a2", {a}, 40).id;
  const CommitId merge = lake.add_commit(repository, "merge", {a2, b}, 50).id;

  EXPECT_EQ(messages_of(lake, repository, merge), (Messages{"merge", "a2", "b", "a", "root"}));
  EXPECT_EQ(messages_of(lake, repository, merge, {.first_parent = true, .since = {}}),
            (Messages{"merge", "a2", "a", "root"}));
}

TEST(CommitLog, AnOldDateHidesWhatLiesBehindIt) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  const CommitId root = lake.add_commit(repository, "late root", {}, 100).id;
  const CommitId old = lake.add_commit(repository, "old", {root}, 10).id;
  const CommitId head = lake.add_commit(repository, "head", {old}, 50).id;

  EXPECT_EQ(messages_of(lake, repository, head, {.first_parent = false, .since = Timestamp{20, 0}}),
            Messages{"head"});
  EXPECT_EQ(messages_of(lake, repository, head, {.first_parent = false, .since = Timestamp{10, 0}}),
            (Messages{"head", "old", "late root"}));
  EXPECT_EQ(messages_of(lake, repository, head, {.first_parent = false, .since = Timestamp{50, 1}}),
            Messages{});
}

TEST(CommitLog, FractionsOfASecondOrderParallelLines) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  const CommitId early = lake.add_commit(repository, "early", {}, 10, 1).id;
  const CommitId late = lake.add_commit(repository, "late", {}, 10, 2).id;
  const CommitId head = lake.add_commit(repository, "head", {early, late}, 11).id;

  EXPECT_EQ(messages_of(lake, repository, head), (Messages{"head", "late", "early"}));
}

TEST(CommitLog, ShowsACommitThenFailsAtAParentThatIsMissing) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  Commit orphan;
  orphan.message = "orphan";
  orphan.generation = 2;
  orphan.parents = {CommitId(std::string(64, '0'))};
  orphan = lake.add_record(repository, orphan);

  const auto walk = lake.commits.log(repository, orphan.id, {});
  const auto first = walk->next(), second = walk->next();

  ASSERT_TRUE(first);
  EXPECT_EQ((*first)->message, "orphan");
  EXPECT_EQ(code_of(second), Code::not_found);
}

// The contract's words, as plainly as they can be put.
std::vector<CommitId> model_log(const std::map<CommitId, Commit>& commits, const CommitId& start,
                                const LogOptions& options) {
  std::vector<CommitId> shown, frontier;
  std::set<CommitId> found;
  const auto add = [&](const CommitId& id) {
    if (!found.insert(id).second) return;
    if (!options.since || commits.at(id).creation_date >= *options.since) frontier.push_back(id);
  };
  add(start);
  while (!frontier.empty()) {
    auto latest = frontier.begin();
    for (auto it = frontier.begin(); it != frontier.end(); ++it) {
      if (std::pair(commits.at(*it).creation_date, *it) >
          std::pair(commits.at(*latest).creation_date, *latest)) {
        latest = it;
      }
    }
    const CommitId id = *latest;
    frontier.erase(latest);
    shown.push_back(id);
    for (const CommitId& parent : commits.at(id).parents) {
      add(parent);
      if (options.first_parent) break;
    }
  }
  return shown;
}

RC_GTEST_PROP(CommitLogProperty, IsTheWalkOfTheContract, ()) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  std::map<CommitId, Commit> commits;
  std::vector<CommitId> ids;
  const int count = *rc::gen::inRange(1, 24);
  for (int i = 0; i < count; ++i) {
    std::vector<CommitId> parents;
    for (int p = ids.empty() ? 0 : *rc::gen::inRange(0, 4); p > 0; --p) {
      parents.push_back(*rc::gen::elementOf(ids));
    }
    const Commit commit = lake.add_commit(repository, std::to_string(i), parents, *rc::gen::inRange(0, 6),
                                          *rc::gen::inRange(0, 3));
    commits.emplace(commit.id, commit);
    ids.push_back(commit.id);
  }
  LogOptions options;
  options.first_parent = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) options.since = Timestamp{*rc::gen::inRange(0, 6), 1};
  const CommitId start = ids.back();

  std::vector<CommitId> shown;
  const auto walk = lake.commits.log(repository, start, options);
  for (auto commit = walk->next();; commit = walk->next()) {
    RC_ASSERT(commit.has_value());
    if (!*commit) break;
    shown.push_back((*commit)->id);
  }

  RC_ASSERT(shown == model_log(commits, start, options));
}

}  // namespace
}  // namespace mere::version
