#include "version/change_filter.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mere::version {
namespace {

std::string filter_of(const std::vector<std::string>& paths) {
  ChangeFilterBuilder builder;
  for (const std::string& path : paths) builder.add(path);
  return builder.finish();
}

RC_GTEST_PROP(ChangeFilter, NeverDeniesAPathOrAPrefixOfOne, (std::vector<std::string> paths)) {
  const std::string filter = filter_of(paths);

  for (const std::string& path : paths) {
    RC_ASSERT(ChangeQuestion({path}, {}).may_match(filter));
    RC_ASSERT(ChangeQuestion({}, {path.substr(0, *rc::gen::inRange<std::size_t>(0, path.size() + 1))})
                  .may_match(filter));
  }
}

TEST(ChangeFilter, DeniesNearlyAllOtherPaths) {
  const std::string filter = filter_of({"a/b/c", "a/d"});
  int matched = 0;
  for (int i = 0; i < 1000; ++i)
    matched += ChangeQuestion({"other/" + std::to_string(i)}, {}).may_match(filter);

  EXPECT_LT(matched, 50);
  EXPECT_FALSE(ChangeQuestion({}, {"b/"}).may_match(filter));
  EXPECT_TRUE(ChangeQuestion({}, {"a/b/"}).may_match(filter));
  EXPECT_FALSE(ChangeQuestion({"x"}, {}).may_match(filter_of({})));
}

TEST(ChangeFilter, OfVeryManyPathsSaysMaybe) {
  ChangeFilterBuilder builder;
  for (int i = 0; i < 1000; ++i) builder.add(std::to_string(i));

  EXPECT_TRUE(ChangeQuestion({"other"}, {}).may_match(builder.finish()));
}

}  // namespace
}  // namespace mere::version
