#include "version/refs.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "version/keys.h"
#include "version/ref_expr.h"
#include "version/refs_test_support.h"

namespace mere::version {
namespace {

// main: root - one - two - merge, side: one - s1 (merged), tag v1 at two.
struct RefsLake : SmallLake {
  Repository repository = make_repository();
  CommitId root = head(repository);
  CommitId one = add_commit(repository, "one", {root}, 1'700'000'001).id;
  CommitId two = add_commit(repository, "two", {one}, 1'700'000'002).id;
  CommitId side = add_commit(repository, "side", {one}, 1'700'000'003).id;
  CommitId merge = add_commit(repository, "merge", {two, side}, 1'700'000'004).id;
  Branch feature = make_branch(repository, "feature", merge.str());
  Tag v1 = *refs.create_tag(repository, TagName("v1"), RefExpr(two.str()), false);

  Result<Resolved> resolve(const std::string& text) { return refs.resolve(repository, RefExpr(text)); }
  CommitId commit(const std::string& text) {
    const auto resolved = resolve(text);
    EXPECT_TRUE(resolved) << text << ": " << message_of(resolved);
    return resolved ? resolved->commit : CommitId();
  }
};

TEST(Refs, ResolveCommitsBranchesTagsAndPrefixes) {
  RefsLake lake;

  EXPECT_EQ(lake.commit(lake.one.str()), lake.one);
  EXPECT_EQ(lake.commit("feature"), lake.merge);
  EXPECT_EQ(lake.commit("v1"), lake.two);
  EXPECT_EQ(lake.commit(lake.one.str().substr(0, 12)), lake.one);
  EXPECT_EQ(lake.commit(lake.two.str().substr(0, 63) + "~1"), lake.one);
}

TEST(Refs, FollowModifiers) {
  RefsLake lake;
  const std::map<std::string, CommitId> expected = {
      {"feature~1", lake.two},   {"feature~2", lake.one},     {"feature^1", lake.two},
      {"feature^2", lake.side},  {"feature^0", lake.merge},   {"feature~0", lake.merge},
      {"feature~", lake.two},    {"feature^", lake.two},      {"feature~1~1", lake.one},
      {"feature^2~1", lake.one}, {"v1~1", lake.one},          {"feature^2^^0", lake.one},
      {"feature~3", lake.root},  {"feature^2~1^1", lake.root}};
  for (const auto& [text, id] : expected) EXPECT_EQ(lake.commit(text), id) << text;
}

TEST(Refs, TellWhatIsWrongInTheContractsWords) {
  RefsLake lake;
  const std::map<std::string, std::pair<Code, std::string>> expected = {
      {"feature^3", {Code::invalid_argument, "ref: invalid value: validation error"}},
      {"feature~9", {Code::not_found, "not found"}},
      {"feature@~1", {Code::invalid_argument, "ref: invalid value: validation error"}},
      {"v1@", {Code::invalid_argument, "ref: invalid value: validation error"}},
      {"feature$~1", {Code::invalid_argument, "ref: invalid value: validation error"}},
      {"feature~x",
       {Code::invalid_argument, "could not parse modifier ~x: ref: invalid value: validation error"}},
      {"nope", {Code::not_found, "not found"}},
      {"nope~1", {Code::not_found, "not found"}},
      {"nope@", {Code::not_found, "not found"}},
      {"fea ture", {Code::invalid_argument, "ref: invalid value: validation error"}},
      {std::string(64, '0'), {Code::not_found, "not found"}},
      {std::string(3000, 'a'), {Code::not_found, "not found"}},
      {"", {Code::invalid_argument, "required value: validation error"}}};
  for (const auto& [text, error] : expected) {
    const auto resolved = lake.resolve(text);
    ASSERT_FALSE(resolved) << text;
    EXPECT_EQ(resolved.error().code, error.first) << text;
    EXPECT_EQ(resolved.error().message, error.second) << text;
  }
}

TEST(Refs, UpperCaseIdsAreNoIds) {
  RefsLake lake;
  std::string upper = lake.one.str();
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return static_cast<char>(std::toupper(c)); });

  EXPECT_EQ(message_of(lake.resolve(upper)), "not found");
}

TEST(Refs, ABranchWithoutModifierShowsItsUncommittedChanges) {
  RefsLake lake;
  const auto plain = lake.resolve("feature"), staging = lake.resolve("feature$"),
             committed = lake.resolve("feature@"), zeroth = lake.resolve("feature~0"),
             tag = lake.resolve("v1");

  EXPECT_EQ(plain->branch, lake.feature);
  EXPECT_FALSE(plain->staging);
  EXPECT_EQ(staging->branch, lake.feature);
  EXPECT_TRUE(staging->staging);
  for (const auto& resolved : {committed, zeroth, tag}) EXPECT_FALSE(resolved->branch);
  EXPECT_EQ(committed->commit, lake.merge);
}

TEST(Refs, TheStagingAreaIsNoCommit) {
  RefsLake lake;

  const auto refused = lake.refs.resolve_commit(lake.repository, RefExpr("feature$"));

  EXPECT_EQ(code_of(refused), Code::invalid_argument);
  EXPECT_EQ(message_of(refused), "reference 'feature$': reference to staging area with $ is not a commit");
  EXPECT_EQ(message_of(commit_of(*lake.resolve("feature$"))),
            "ref: invalid value: validation error: should point to a commit");
  EXPECT_EQ(message_of(lake.refs.create_tag(lake.repository, TagName("v8"), RefExpr("feature$"), false)),
            "ref: invalid value: validation error: should point to a commit");
  EXPECT_EQ(message_of(lake.refs.create_branch(lake.repository, BranchName("x3"), RefExpr("feature$"), false,
                                               false)),
            "source reference 'feature$': can't create a branch without commit");
  EXPECT_EQ(*lake.refs.resolve_commit(lake.repository, RefExpr("feature")), lake.merge);
}

TEST(Refs, ABranchNamedLikeAPrefixWinsOverTheCommit) {
  RefsLake lake;
  const std::string prefix = lake.one.str().substr(0, 8);
  ASSERT_EQ(lake.commit(prefix), lake.one);

  lake.make_branch(lake.repository, prefix, "v1");

  EXPECT_EQ(lake.commit(prefix), lake.two);
}

TEST(Refs, TagsWithModifierCharactersAreFoundWhereNothingElseIs) {
  RefsLake lake;
  for (const char* name : {"~ok", "a@b", "rel~2", "pre$", "main~1", "main@"}) {
    ASSERT_TRUE(lake.refs.create_tag(lake.repository, TagName(name), RefExpr(lake.side.str()), false))
        << name;
  }
  for (const char* name : {"~ok", "a@b", "rel~2", "pre$"}) EXPECT_EQ(lake.commit(name), lake.side) << name;

  EXPECT_EQ(message_of(lake.resolve("main~1")), "not found") << "an expression on a branch stays one";
  EXPECT_EQ(lake.commit("main@"), lake.root);
}

TEST(Branches, StartAtTheirSourcesCommit) {
  RefsLake lake;
  const auto created =
      lake.refs.create_branch(lake.repository, BranchName("old"), RefExpr("feature~2"), true, false);

  ASSERT_TRUE(created);
  EXPECT_EQ(created->commit_id, lake.one);
  EXPECT_TRUE(created->hidden);
  EXPECT_TRUE(created->sealed_tokens.empty());
  EXPECT_FALSE(created->staging_token.empty());
  EXPECT_NE(created->staging_token, lake.feature.staging_token);
  EXPECT_EQ(*lake.refs.branch(lake.repository, BranchName("old")), *created);
}

TEST(Branches, AreRefusedInTheContractsOrder) {
  RefsLake lake;
  const auto refusal = [&](const std::string& name, const std::string& source) {
    return lake.refs.create_branch(lake.repository, BranchName(name), RefExpr(source), false, false);
  };

  EXPECT_EQ(message_of(refusal("feature", "nope")), "source reference 'nope': not found");
  EXPECT_EQ(code_of(refusal("x", "nope")), Code::not_found);
  EXPECT_EQ(message_of(refusal("feature", "main")), "branch already exists: not unique");
  EXPECT_EQ(code_of(refusal("feature", "main")), Code::already_exists);
  EXPECT_EQ(message_of(refusal("v1", "main")), "tag ID v1: conflict found");
  EXPECT_EQ(code_of(refusal("v1", "main")), Code::conflict);
  EXPECT_EQ(message_of(refusal(lake.one.str(), "main")), "commit ID " + lake.one.str() + ": conflict found");
  EXPECT_EQ(code_of(refusal("a/b", "main")), Code::invalid_argument);
  lake.repository.read_only = true;
  EXPECT_EQ(message_of(refusal("a/b", "nope")), "read-only repository");
  EXPECT_TRUE(lake.refs.create_branch(lake.repository, BranchName("b"), RefExpr("main"), false, true));
}

TEST(Branches, AreListedByPageWithoutTheHidden) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  for (const char* name : {"dev", "dev_2", "old"}) lake.make_branch(repository, name);
  ASSERT_TRUE(lake.refs.create_branch(repository, BranchName("hid"), RefExpr("main"), true, false));
  const auto names = [&](const PageRequest& page, bool hidden = false) {
    std::string text;
    const auto listed = lake.refs.branches(repository, page, hidden);
    for (const Branch& branch : listed->items) text += branch.name.str() + " ";
    return text + (listed->has_more ? "more" : "end");
  };

  EXPECT_EQ(names({}), "dev dev_2 main old end");
  EXPECT_EQ(names({}, true), "dev dev_2 hid main old end");
  EXPECT_EQ(names({"", "", 2}), "dev dev_2 more");
  EXPECT_EQ(names({"", "dev_2", 2}), "main old end");
  EXPECT_EQ(names({"", "e", 100}), "main old end");
  EXPECT_EQ(names({"dev", "", 100}), "dev dev_2 end");
  EXPECT_EQ(names({"dev", "dev", 100}), "dev_2 end");
  EXPECT_EQ(names({"h", "", 1}), "end");
}

TEST(Branches, AreRemovedWithTheirUncommittedChanges) {
  RefsLake lake;

  EXPECT_EQ(message_of(lake.refs.remove_branch(lake.repository, BranchName("main"), true)),
            "cannot delete repository default branch");
  EXPECT_EQ(code_of(lake.refs.remove_branch(lake.repository, BranchName("main"), true)),
            Code::permission_denied);
  EXPECT_EQ(message_of(lake.refs.remove_branch(lake.repository, BranchName("v1"), false)),
            "branch not found");
  ASSERT_TRUE(lake.refs.remove_branch(lake.repository, BranchName("feature"), false));
  EXPECT_EQ(message_of(lake.refs.remove_branch(lake.repository, BranchName("feature"), false)),
            "branch not found");
  EXPECT_EQ(message_of(lake.refs.branch(lake.repository, BranchName("feature"))), "branch not found");
  EXPECT_TRUE(*lake.state.get(keys::dropped(lake.feature.staging_token)));
  lake.repository.read_only = true;
  EXPECT_EQ(message_of(lake.refs.remove_branch(lake.repository, BranchName("x"), false)),
            "read-only repository");
}

TEST(Branches, AndTagsRacingForANameHaveOneWinner) {
  for (int round = 0; round < 20; ++round) {
    SmallLake lake;
    const Repository repository = lake.make_repository();
    std::atomic<int> won{0}, lost{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        Code code = Code::internal;
        if (i % 2 == 0) {
          const auto made =
              lake.refs.create_branch(repository, BranchName("x"), RefExpr("main"), false, false);
          made ? ++won : (code = made.error().code, 0);
        } else {
          const auto made = lake.refs.create_tag(repository, TagName("x"), RefExpr("main"), false);
          made ? ++won : (code = made.error().code, 0);
        }
        if (code == Code::already_exists || code == Code::conflict) ++lost;
      });
    }
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(won, 1);
    EXPECT_EQ(lost, 5);
  }
}

TEST(Tags, NameACommitForGood) {
  RefsLake lake;
  const auto refusal = [&](const std::string& name, const std::string& target) {
    return lake.refs.create_tag(lake.repository, TagName(name), RefExpr(target), false);
  };

  EXPECT_EQ(*lake.refs.tag(lake.repository, TagName("v1")), (Tag{TagName("v1"), lake.two}));
  EXPECT_EQ(message_of(refusal("v1", lake.one.str())), "tag already exists: not unique");
  EXPECT_EQ(code_of(refusal("v1", lake.one.str())), Code::already_exists);
  EXPECT_EQ(message_of(refusal("v9", "nope")), "not found");
  EXPECT_EQ(message_of(refusal("main", "v1")), "branch name main: conflict found");
  EXPECT_EQ(code_of(refusal("main", "v1")), Code::conflict);
  EXPECT_EQ(message_of(refusal(lake.one.str(), "v1")), "commit ID " + lake.one.str() + ": conflict found");
  EXPECT_EQ(message_of(refusal("a/b", "main")), "tag id: invalid value: validation error");
  EXPECT_EQ(refusal("v2", "v1")->commit_id, lake.two);
  EXPECT_EQ(message_of(lake.refs.tag(lake.repository, TagName("none"))), "tag not found");
  ASSERT_TRUE(lake.refs.remove_tag(lake.repository, TagName("v1"), false));
  EXPECT_EQ(message_of(lake.refs.remove_tag(lake.repository, TagName("v1"), false)), "tag not found");
  EXPECT_TRUE(refusal("v1", "feature"));
  lake.repository.read_only = true;
  EXPECT_EQ(message_of(refusal("v3", "feature")), "read-only repository");
  EXPECT_EQ(message_of(lake.refs.remove_tag(lake.repository, TagName("v1"), false)), "read-only repository");
  EXPECT_TRUE(lake.refs.remove_tag(lake.repository, TagName("v1"), true));
}

TEST(Tags, AreListedInByteOrder) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  for (const char* name : {"v1", "v0", "v2.0-rc_1", "~ok", "a@b", ".hidden", "-dash", "ü"}) {
    ASSERT_TRUE(lake.refs.create_tag(repository, TagName(name), RefExpr("main"), false));
  }
  const auto names = [&](const PageRequest& page) {
    std::string text;
    const auto listed = lake.refs.tags(repository, page);
    for (const Tag& tag : listed->items) text += tag.name.str() + " ";
    return text + (listed->has_more ? "more" : "end");
  };

  EXPECT_EQ(names({}), "-dash .hidden a@b v0 v1 v2.0-rc_1 ~ok ü end");
  EXPECT_EQ(names({"v", "", 2}), "v0 v1 more");
  EXPECT_EQ(names({"v", "v1", 100}), "v2.0-rc_1 end");
}

// An expression says how to walk: the model walks a plain map of parents.
RC_GTEST_PROP(RefsProperty, ExpressionsWalkTheGraph, ()) {
  SmallLake lake;
  const Repository repository = lake.make_repository();
  std::vector<Commit> commits{**lake.commits.get(repository, lake.head(repository))};
  const int count = *rc::gen::inRange(1, 12);
  for (int i = 0; i < count; ++i) {
    std::vector<CommitId> parents;
    for (int p = *rc::gen::inRange(0, 4); p > 0; --p) parents.push_back((*rc::gen::elementOf(commits)).id);
    commits.push_back(lake.add_commit(repository, std::to_string(i), parents, i));
  }
  std::map<CommitId, Commit> by_id;
  for (const Commit& commit : commits) by_id.emplace(commit.id, commit);
  ParsedRef ref{commits.back().id.str(), {}};
  for (int m = *rc::gen::inRange(0, 5); m > 0; --m) {
    ref.modifiers.push_back({*rc::gen::element(RefModifier::Kind::ancestor, RefModifier::Kind::parent),
                             *rc::gen::inRange<std::uint32_t>(0, 4)});
  }

  CommitId at(ref.base);
  std::optional<Code> wrong;
  for (const RefModifier& modifier : ref.modifiers) {
    const bool ancestor = modifier.kind == RefModifier::Kind::ancestor;
    for (std::uint32_t i = 0; i < (ancestor ? modifier.number : 1) && !wrong; ++i) {
      const auto& parents = by_id.at(at).parents;
      const std::size_t parent = ancestor ? 1 : modifier.number;
      if (parent == 0) continue;
      if (parent > parents.size())
        wrong = ancestor ? Code::not_found : Code::invalid_argument;
      else
        at = parents[parent - 1];
    }
  }
  const auto resolved = lake.refs.resolve(repository, RefExpr(to_string(ref)));

  RC_ASSERT(resolved.has_value() == !wrong.has_value());
  if (wrong) RC_ASSERT(resolved.error().code == *wrong);
  if (!wrong) RC_ASSERT(resolved->commit == at);
}

}  // namespace
}  // namespace mere::version
