#include "torture/generator.h"

#include <gtest/gtest.h>

#include <set>

namespace mere::torture {
namespace {

// Operations as a lake without faults would take them, and how many it would refuse.
std::vector<std::string> run(std::uint64_t seed, std::size_t count, std::size_t& refused,
                             std::set<Kind>& kinds) {
  Generator generator({"c0-", seed, 1000});
  Model model("first");
  Operation create;
  create.kind = Kind::create_branch;
  create.branch = generator.main_branch();
  create.commit = 0;
  EXPECT_EQ(model.apply(create), std::nullopt);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < count; ++at) {
    const Operation operation = generator.next(model);
    kinds.insert(operation.kind);
    lines.push_back(describe(operation));
    if (model.apply(operation)) ++refused;
    if (model.made()) model.commits[*model.made()].id = "id" + std::to_string(*model.made());
  }
  return lines;
}

TEST(Generator, TheSameSeedMakesTheSameOperations) {
  std::size_t refused = 0;
  std::set<Kind> kinds;

  const auto once = run(1, 300, refused, kinds), again = run(1, 300, refused, kinds),
             other = run(2, 300, refused, kinds);

  EXPECT_EQ(once, again);
  EXPECT_NE(once, other);
}

TEST(Generator, MakesEveryKindAndHardlyAnyThatIsRefused) {
  std::size_t refused = 0;
  std::set<Kind> kinds;

  run(3, 2000, refused, kinds);

  EXPECT_EQ(kinds, std::set<Kind>(std::begin(kKinds), std::end(kKinds)));
  EXPECT_GT(refused, 0u);
  EXPECT_LT(refused, 400u);
}

TEST(Content, IsTheSameForTheSameNumberAndSize) {
  EXPECT_EQ(bytes_of(1, 1001), bytes_of(1, 1001));
  EXPECT_EQ(bytes_of(1, 1001).size(), 1001u);
  EXPECT_NE(bytes_of(1, 1000), bytes_of(2, 1000));
  EXPECT_EQ(object_in_parts(1, {10, 20}, "").size_bytes, 30u);
  EXPECT_EQ(object_of(1, 0, "").checksum, "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(object_of(1, 0, ""), object_of(2, 0, "")) << "empty objects are all the same";
}

}  // namespace
}  // namespace mere::torture
