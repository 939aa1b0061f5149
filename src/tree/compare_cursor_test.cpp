#include "tree/compare_cursor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tree/lake_for_test.h"

namespace mere::tree {
namespace {

Differences compared(const Model& left, const Model& right, const Model& base) {
  Differences out = differences_of(left, right);
  for (auto at = out.begin(); at != out.end();) {
    const std::string in_base = identity_in(base, at->first);
    const auto& [type, in_left, in_right] = at->second;
    if (in_right == in_base) {
      at = out.erase(at);
      continue;
    }
    if (in_left != in_base) std::get<0>(at->second) = DiffType::conflict;
    ++at;
  }
  return out;
}

RC_GTEST_PROP(Compare, ShowsWhatOneSideChangedSinceTheBase, ()) {
  const Model base = *any_model();
  const Model left = *any_edit_of(base);
  const Model right = *any_edit_of(base);
  TestLake lake;

  auto compare = lake.trees().compare(lake.ns(), lake.build(left), lake.build(right), lake.build(base));

  RC_ASSERT(read_differences(*compare) == compared(left, right, base));
}

RC_GTEST_PROP(Compare, SeeksLikeAMap, ()) {
  const Model base = *any_model();
  const Model left = *any_edit_of(base);
  const Model right = *any_edit_of(base);
  TestLake lake;
  auto compare = lake.trees().compare(lake.ns(), lake.build(left), lake.build(right), lake.build(base));
  const Differences expected = compared(left, right, base);

  for (const std::string& key : *rc::gen::container<std::vector<std::string>>(any_key())) {
    compare->seek(key);
    auto found = expected.lower_bound(key);
    RC_ASSERT(compare->valid() == (found != expected.end()));
    if (!compare->valid()) continue;
    RC_ASSERT(compare->difference().key == found->first);
    RC_ASSERT(compare->difference().type == std::get<0>(found->second));
  }
}

TEST(Compare, ABaseThatCannotBeReadIsAnError) {
  TestLake lake;
  const MetaRangeId left = lake.build({{"a", {std::string(32, 'x'), ""}}});
  const MetaRangeId right = lake.build({{"a", {std::string(32, 'y'), ""}}});

  auto compare = lake.trees().compare(lake.ns(), left, right, MetaRangeId(std::string(64, 'b')));

  EXPECT_FALSE(compare->valid());
  EXPECT_EQ(compare->status().error().code, Code::gone);
}

}  // namespace
}  // namespace mere::tree
