#include "tree/replaced_keys.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tree/lake_for_test.h"

namespace mere::tree {
namespace {

bool is_covered(const std::string& key, const std::vector<std::string>& prefixes,
                const std::vector<std::string>& keys) {
  for (const std::string& prefix : prefixes) {
    if (key.starts_with(prefix)) return true;
  }
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

RC_GTEST_PROP(ReplacedKeys, CoverWhatAPrefixOrAKeyCovers, ()) {
  const auto prefixes = *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::inRange('a', 'd')));
  const auto keys = *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::inRange('a', 'd')));
  const ReplacedKeys replaced(prefixes, keys);
  std::string low = *rc::gen::container<std::string>(rc::gen::inRange('a', 'd'));
  std::string high = *rc::gen::container<std::string>(rc::gen::inRange('a', 'd'));
  if (high < low) std::swap(low, high);

  RC_ASSERT(replaced.covers(low) == is_covered(low, prefixes, keys));
  if (replaced.covers_all(low, high)) {
    RC_ASSERT(replaced.covers(low) && replaced.covers(high));
    RC_ASSERT(replaced.touches(low, high));
  }
  if (replaced.covers(low) || replaced.covers(high)) RC_ASSERT(replaced.touches(low, high));
}

RC_GTEST_PROP(Replace, PutsAllRecordsInThePlaceOfWhatIsReplaced, ()) {
  const Model destination = *any_model();
  const Model records = *rc::gen::scale(0.5, any_model());
  const auto prefixes = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("a/", "a/b/", "c", "c1", "zz", "e"));
  const auto keys = *rc::gen::scale(0.2, rc::gen::container<std::vector<std::string>>(any_key()));
  TestLake lake(*rc::gen::element(2, 7, 30));
  const MetaRangeId to = lake.build(destination), from = lake.build(records);

  auto built = lake.trees().replace(lake.ns(), to, prefixes, keys, from);

  RC_ASSERT(built.has_value());
  Model expected = records;
  for (const auto& [key, value] : destination) {
    // An equal identity on both sides keeps the source's record, as does any other.
    if (!is_covered(key, prefixes, keys)) expected.emplace(key, value);
  }
  RC_ASSERT(lake.read(built->id) == expected);
  RC_ASSERT(built->count == static_cast<std::int64_t>(expected.size()));
}

}  // namespace
}  // namespace mere::tree
