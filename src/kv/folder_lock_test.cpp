#include "kv/folder_lock.h"

#include <gtest/gtest.h>

#include "kv/test_folder.h"

namespace mere::kv {
namespace {

TEST(FolderLock, IsHeldByOneUntilItGoes) {
  TestFolder folder;
  {
    const auto held = lock_folder(folder.path());
    ASSERT_TRUE(held);

    const auto refused = lock_folder(folder.path());

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
  }
  EXPECT_TRUE(lock_folder(folder.path()));
}

TEST(MakeFolder, MakesAllThatIsMissing) {
  TestFolder folder;

  ASSERT_TRUE(make_folder(folder.path() + "/a/./b//c/"));
  ASSERT_TRUE(make_folder(folder.path() + "/a/b/c"));

  EXPECT_TRUE(std::filesystem::is_directory(folder.path() + "/a/b/c"));
}

}  // namespace
}  // namespace mere::kv
