#include "serve/layout.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "serve/program.h"

namespace mere::serve {
namespace {

TEST(Layout, ALakeThatDoesNotSayItIsOfTheFirstAndSaysSoFromThenOn) {
  const auto state = kv::make_memory_store();

  ASSERT_TRUE(check_layout(*state));

  EXPECT_TRUE((*state->get("layout"))->starts_with("1 "));
  EXPECT_TRUE(check_layout(*state));
}

TEST(Layout, ARecordThatSaysNothingIsDamage) {
  for (const char* text : {"", "x 1.0", "0 1.0", "-1 1.0", "1", "99999999999999 1.0"}) {
    const auto state = kv::make_memory_store();
    ASSERT_TRUE(kv::put(*state, "layout", text));

    const Status checked = check_layout(*state);

    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(checked.error().code, Code::corrupt) << text;
  }
}

TEST(Layout, ANewerLakeIsRefused) {
  std::string folder = testing::TempDir() + "/layout-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  {
    const auto state = kv::open_rocksdb_store({.path = folder + "/metadata"});
    ASSERT_TRUE(state);
    ASSERT_TRUE(kv::put(**state, "layout", std::to_string(kLayout + 1) + " 7.8.9"));
  }
  Config config;
  config.data_dir = folder;

  const auto program = Program::open(config);

  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, Code::invalid_argument);
  EXPECT_NE(program.error().message.find("install mere 7.8.9 or later"), std::string::npos)
      << program.error().message;
  EXPECT_FALSE(std::filesystem::exists(folder + "/secret.key"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mere::serve
