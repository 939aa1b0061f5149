#include "version/overlay_cursor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <optional>
#include <vector>

#include "version/overlaid_diff.h"

namespace mere::version {
namespace {

using Records = std::map<std::string, std::string>;  // key → identity; "": a tombstone

class RecordsCursor final : public tree::Cursor {
 public:
  explicit RecordsCursor(Records records, std::optional<std::string> fails_at = std::nullopt)
      : records_(std::move(records)), fails_at_(std::move(fails_at)), at_(records_.begin()) {
    settle();
  }
  bool valid() const override { return !failed_ && at_ != records_.end(); }
  const tree::Record& record() const override { return record_; }
  void next() override {
    ++at_;
    settle();
  }
  void seek(std::string_view key) override {
    at_ = records_.lower_bound(std::string(key));
    settle();
  }
  Status status() const override {
    if (failed_) return Error{Code::io_error, "broken"};
    return {};
  }

 private:
  void settle() {
    if (at_ == records_.end()) return;
    failed_ = failed_ || (fails_at_ && at_->first >= *fails_at_);
    record_ = {at_->first, at_->second, at_->second};
  }
  Records records_;
  std::optional<std::string> fails_at_;
  Records::const_iterator at_;
  bool failed_ = false;
  tree::Record record_;
};

class RecordsDiff final : public tree::DiffCursor {
 public:
  RecordsDiff(const Records& left, const Records& right) {
    for (const auto& [key, identity] : left) {
      if (!right.contains(key))
        all_[key] = {identity, ""};
      else if (right.at(key) != identity)
        all_[key] = {identity, right.at(key)};
    }
    for (const auto& [key, identity] : right) {
      if (!left.contains(key)) all_[key] = {"", identity};
    }
    at_ = all_.begin();
    settle();
  }
  bool valid() const override { return at_ != all_.end(); }
  const tree::Difference& difference() const override { return difference_; }
  void next() override {
    ++at_;
    settle();
  }
  void seek(std::string_view key) override {
    at_ = all_.lower_bound(std::string(key));
    settle();
  }
  Status status() const override { return {}; }

 private:
  struct Sides {
    std::string left, right;
  };
  void settle() {
    if (!valid()) return;
    const auto& [key, sides] = *at_;
    difference_ = {};
    difference_.key = key;
    if (!sides.left.empty()) difference_.left = {key, sides.left, sides.left};
    if (!sides.right.empty()) difference_.right = {key, sides.right, sides.right};
    difference_.type = sides.left.empty()    ? tree::DiffType::added
                       : sides.right.empty() ? tree::DiffType::removed
                                             : tree::DiffType::changed;
  }
  std::map<std::string, Sides> all_;
  std::map<std::string, Sides>::const_iterator at_;
  tree::Difference difference_;
};

std::unique_ptr<tree::Cursor> over(const std::vector<Records>& layers) {
  std::vector<std::unique_ptr<tree::Cursor>> cursors;
  for (const Records& layer : layers) cursors.push_back(std::make_unique<RecordsCursor>(layer));
  return overlay(std::move(cursors));
}

Records read(tree::Cursor& cursor) {
  Records all;
  for (; cursor.valid(); cursor.next()) {
    all[std::string(cursor.record().key)] = cursor.record().identity;
  }
  return all;
}

Records flattened(const std::vector<Records>& layers) {
  Records all;
  for (const Records& layer : layers) all.insert(layer.begin(), layer.end());
  return all;
}

rc::Gen<Records> records(bool with_tombstones) {
  const auto key = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab/\xff")));
  const auto identity = rc::gen::elementOf(with_tombstones ? std::vector<std::string>{"", "1", "2"}
                                                           : std::vector<std::string>{"1", "2"});
  return rc::gen::container<Records>(key, identity);
}

TEST(Overlay, OfNothingIsEmpty) {
  EXPECT_FALSE(over({})->valid());
  EXPECT_TRUE(over({})->status());
}

TEST(Overlay, ShowsTheFirstLayerThatHasAKey) {
  const auto cursor = over({{{"a", ""}, {"c", "1"}}, {{"a", "2"}, {"b", "2"}, {"c", "2"}}});
  EXPECT_EQ(read(*cursor), (Records{{"a", ""}, {"b", "2"}, {"c", "1"}}));
}

TEST(Overlay, FailsWithAnyOfItsLayers) {
  std::vector<std::unique_ptr<tree::Cursor>> layers;
  layers.push_back(std::make_unique<RecordsCursor>(Records{{"a", "1"}, {"x", "1"}}));
  layers.push_back(std::make_unique<RecordsCursor>(Records{{"b", "1"}, {"c", "1"}, {"d", "1"}}, "c"));
  const auto cursor = overlay(std::move(layers));

  EXPECT_EQ(read(*cursor), (Records{{"a", "1"}, {"b", "1"}}));
  EXPECT_FALSE(cursor->status());
}

RC_GTEST_PROP(Overlay, WalksAndSeeksLikeTheFlattenedLayers, ()) {
  const std::vector<Records> layers = {*records(true), *records(true), *records(false)};
  const Records all = flattened(layers);
  RC_ASSERT(read(*over(layers)) == all);

  const auto cursor = over(layers);
  for (const std::string& key : *rc::gen::container<std::vector<std::string>>(
           rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab/\xff"))))) {
    cursor->seek(key);
    const auto expected = all.lower_bound(key);
    RC_ASSERT(cursor->valid() == (expected != all.end()));
    if (!cursor->valid()) continue;
    RC_ASSERT(cursor->record().key == expected->first);
    RC_ASSERT(cursor->record().identity == expected->second);
    cursor->next();
    RC_ASSERT(cursor->valid() == (std::next(expected) != all.end()));
  }
}

RC_GTEST_PROP(WithoutPrefix, LeavesOutExactlyThePrefix, ()) {
  const Records all = *records(true);
  const std::string prefix =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab/\xff"))));
  Records expected = all;
  std::erase_if(expected, [&](const auto& item) { return item.first.starts_with(prefix); });

  RC_ASSERT(read(*without_prefix(std::make_unique<RecordsCursor>(all), prefix)) == expected);
}

RC_GTEST_PROP(AsChanges, LeadFromTheLeftSideToTheRight, ()) {
  const Records left = *records(false);
  const Records right = *records(false);

  Records applied = flattened({read(*as_changes(std::make_unique<RecordsDiff>(left, right))), left});
  std::erase_if(applied, [](const auto& item) { return item.second.empty(); });
  RC_ASSERT(applied == right);
}

RC_GTEST_PROP(OverlaidDiff, IsTheDiffToWhatTheChangesMakeOfTheRightSide, ()) {
  const Records left = *records(false);
  const Records right = *records(false);
  const Records changes = *records(true);
  Records target = flattened({changes, right});
  std::erase_if(target, [](const auto& item) { return item.second.empty(); });

  const auto make = [&] {
    auto below = left == right ? nullptr : std::make_unique<RecordsDiff>(left, right);
    return overlaid_diff(
        std::make_unique<tree::PairedChanges>(std::make_unique<RecordsCursor>(changes),
                                              [&] { return std::make_unique<RecordsCursor>(left); }),
        std::move(below));
  };
  const std::string from = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab/\xff")));
  const auto found = make();
  RecordsDiff expected(left, target);
  if (*rc::gen::arbitrary<bool>()) {
    if (found->valid()) found->next();  // a seek from anywhere
    found->seek(from);
    expected.seek(from);
  }
  for (; expected.valid(); expected.next(), found->next()) {
    RC_ASSERT(found->valid());
    RC_ASSERT(found->difference().key == expected.difference().key);
    RC_ASSERT(found->difference().type == expected.difference().type);
    RC_ASSERT(found->difference().left.identity == expected.difference().left.identity);
    RC_ASSERT(found->difference().right.identity == expected.difference().right.identity);
  }
  RC_ASSERT(!found->valid());
}

}  // namespace
}  // namespace mere::version
