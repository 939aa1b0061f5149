#include "tree/paired_changes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tree/cursors_for_test.h"

namespace mere::tree {
namespace {

constexpr std::size_t kPage = 1000;

std::string key_of(int n) {
  std::string digits = std::to_string(n);
  return "k/" + std::string(6 - digits.size(), '0') + digits;
}

// Keys that are multiples of `step`, below `end`.
Model every(int step, int end, const std::string& identity) {
  Model model;
  for (int n = 0; n < end; n += step) model[key_of(n)] = {identity, "data of " + std::to_string(n)};
  return model;
}

class Pair {
 public:
  Pair(Model changes, Model tree, Expected expected, WorkQueue* helpers)
      : changes_(std::move(changes)),
        tree_(std::move(tree)),
        paired_(
            std::make_unique<ModelCursor>(changes_), [this] { return std::make_unique<ModelCursor>(tree_); },
            std::move(expected), helpers) {}

  PairedChanges& walk() { return paired_; }

  // Whether the walk stands where the models say it does, when it stands at `at` of the changes.
  bool is_at(Model::const_iterator at) {
    if (at == changes_.end()) return !paired_.valid() && paired_.status().has_value();
    if (!paired_.valid()) return false;
    const Record& change = paired_.change();
    const Record* const found = paired_.in_tree();
    const auto in_tree = tree_.find(at->first);
    if (change.key != at->first || change.identity != at->second.first || change.data != at->second.second)
      return false;
    if (in_tree == tree_.end()) return found == nullptr;
    return found != nullptr && found->key == at->first && found->identity == in_tree->second.first &&
           found->data == in_tree->second.second;
  }
  const Model& changes() const { return changes_; }

 private:
  const Model changes_;
  const Model tree_;
  PairedChanges paired_;
};

// Keeps what it is given, as a pool whose threads are busy does.
class BusyQueue final : public WorkQueue {
 public:
  void submit(std::function<void()> work) override { waiting_.push_back(std::move(work)); }
  std::size_t size() const { return waiting_.size(); }
  void run_all() {
    for (auto& work : std::exchange(waiting_, {})) work();
  }

 private:
  std::vector<std::function<void()>> waiting_;
};

RC_GTEST_PROP(PairedChanges, StandBesideWhatTheTreeHas, ()) {
  static const auto pool = make_thread_pool(3, 64);
  const int end = *rc::gen::inRange(0, 3000);
  Model changes = every(*rc::gen::inRange(1, 5), end, "new");
  if (*rc::gen::arbitrary<bool>()) changes[key_of(end / 2)] = {"", ""};
  Expected expected{*rc::gen::elementOf(std::vector<std::size_t>{0, 50, 100, kPage, 100'000}),
                    *rc::gen::element<std::string>("", "k/", "k/001")};
  Pair pair(std::move(changes), every(*rc::gen::inRange(1, 5), end, "old"), std::move(expected), pool.get());

  for (int walks = *rc::gen::inRange(1, 4); walks > 0; --walks) {
    const int from = *rc::gen::inRange(0, end + 10);
    const int steps = *rc::gen::inRange(0, end + 10);
    pair.walk().seek(key_of(from));
    auto at = pair.changes().lower_bound(key_of(from));
    for (int i = 0; i < steps; ++i, ++at) {
      RC_ASSERT(pair.is_at(at));
      if (at == pair.changes().end()) break;
      pair.walk().next();
    }
  }
}

TEST(PairedChanges, NeedNoHelperThatIsBusyElsewhere) {
  BusyQueue busy;
  {
    Pair pair(every(1, 700, "new"), every(2, 700, "old"), {kPage}, &busy);
    for (auto at = pair.changes().begin(); at != pair.changes().end(); ++at, pair.walk().next())
      ASSERT_TRUE(pair.is_at(at)) << at->first;
    EXPECT_FALSE(pair.walk().valid());
    EXPECT_GT(busy.size(), 0u);
  }
  busy.run_all();  // what they would have looked at is gone
}

TEST(PairedChanges, HelpersDoTheirShare) {
  BusyQueue helpers;
  int opened = 0;
  const Model changes = every(1, 700, "new");
  const Model tree = every(2, 700, "old");
  PairedChanges walk(
      std::make_unique<ModelCursor>(changes),
      [&] {
        ++opened;
        return std::make_unique<ModelCursor>(tree);
      },
      {kPage}, &helpers);
  while (helpers.size() == 0) walk.next();
  EXPECT_EQ(opened, 1);  // by the walk, for the piece that it stands in
  helpers.run_all();
  EXPECT_EQ(opened, 2);  // the first of them left the others nothing
  for (; walk.valid(); walk.next()) {
    const bool is_there = tree.contains(std::string(walk.change().key));
    ASSERT_EQ(walk.in_tree() != nullptr, is_there) << walk.change().key;
  }
  EXPECT_EQ(opened, 2);
}

TEST(PairedChanges, FewChangesAndFewExpectedAskForNoHelp) {
  BusyQueue helpers;
  for (auto [changes, expected] : {std::pair{40, kPage}, {700, std::size_t{50}}, {700, std::size_t{0}}}) {
    Pair pair(every(1, changes, "new"), every(2, 700, "old"), {expected}, &helpers);
    for (auto at = pair.changes().begin(); at != pair.changes().end(); ++at, pair.walk().next())
      ASSERT_TRUE(pair.is_at(at)) << at->first;
  }
  EXPECT_EQ(helpers.size(), 0u);
}

// Cannot be read from a key on.
class BrokenCursor final : public Cursor {
 public:
  BrokenCursor(const Model& model, std::string broken_from)
      : cursor_(model), broken_from_(std::move(broken_from)) {}
  bool valid() const override { return cursor_.valid() && cursor_.record().key < broken_from_; }
  const Record& record() const override { return cursor_.record(); }
  void next() override { cursor_.next(); }
  void seek(std::string_view key) override { cursor_.seek(key); }
  Status status() const override {
    if (valid()) return {};
    return Error{Code::corrupt, "broken"};
  }

 private:
  ModelCursor cursor_;
  const std::string broken_from_;
};

TEST(PairedChanges, ShowWhatCanBeReadAndThenTheError) {
  const auto pool = make_thread_pool(2, 64);
  const Model changes = every(1, 700, "new");
  for (const std::string& broken_from : {key_of(0), key_of(7), key_of(100), key_of(699)}) {
    PairedChanges walk(
        std::make_unique<ModelCursor>(changes),
        [&] { return std::make_unique<BrokenCursor>(changes, broken_from); }, {kPage}, pool.get());
    std::string last;
    while (walk.valid() && walk.in_tree() != nullptr) {
      last = walk.change().key;
      walk.next();
    }
    const auto first_broken = changes.find(broken_from);
    EXPECT_EQ(last, first_broken == changes.begin() ? "" : std::prev(first_broken)->first);
    ASSERT_FALSE(walk.status().has_value());
    EXPECT_EQ(walk.status().error().code, Code::corrupt);
    EXPECT_FALSE(walk.valid());
    walk.seek(key_of(0));  // stays with it
    EXPECT_FALSE(walk.valid());
  }
}

}  // namespace
}  // namespace mere::tree
