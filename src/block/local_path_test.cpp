#include "block/local_path.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "block/test_folder.h"

namespace mere::block {
namespace {

class LocalPathsTest : public testing::Test {
 protected:
  LocalPathsTest() {
    std::filesystem::create_directories(folder_ / "root");
    std::filesystem::create_directories(folder_ / "import");
    std::filesystem::create_directory_symlink(folder_ / "root", folder_ / "link");
  }
  std::string uri(const std::string& name) const { return "local://" + (folder_ / name).string(); }
  LocalPaths paths(const std::string& root = "root", bool import_enabled = true) const {
    return LocalPaths({.root = (folder_ / root).string(),
                       .import_enabled = import_enabled,
                       .allowed_external_prefixes = {(folder_ / "import").string() + "/"}});
  }

  const TestFolder folder_;
};

TEST_F(LocalPathsTest, RelativeAddressesLieBelowTheRoot) {
  const auto path = paths().object({"local://lake/data/x"});

  ASSERT_TRUE(path);
  EXPECT_FALSE(path->external);
  EXPECT_EQ(path->relative, "lake/data/x");
  EXPECT_EQ(path->folder(), "lake/data");
  EXPECT_EQ(path->name(), "x");
}

TEST_F(LocalPathsTest, AbsoluteAddressesBelowTheRootAreTheSameAsRelativeOnes) {
  EXPECT_EQ(paths().object({uri("root/lake/x")})->relative, "lake/x");
  EXPECT_FALSE(paths().object({uri("root/lake/x")})->external);
  EXPECT_EQ(paths("link").object({uri("link/lake/x")})->relative, "lake/x");
  EXPECT_EQ(paths("link").object({uri("root/lake/x")})->relative, "lake/x");
}

TEST_F(LocalPathsTest, AbsoluteAddressesElsewhereMustBeAllowedForImport) {
  EXPECT_EQ(paths().object({uri("import/a/b")})->external, 0u);
  EXPECT_EQ(paths().object({uri("import/a/b")})->relative, "a/b");
  EXPECT_EQ(paths().folder({uri("import")})->relative, "");
  EXPECT_EQ(paths("root", false).object({uri("import/a/b")}).error().code, Code::invalid_argument);
  EXPECT_EQ(paths().object({uri("imported/a")}).error().code, Code::invalid_argument);
  EXPECT_EQ(paths().object({uri("rooted/a")}).error().code, Code::invalid_argument);
  EXPECT_EQ(paths().object({"local:///etc/passwd"}).error().code, Code::invalid_argument);
  EXPECT_EQ(paths().folder({"local:///"}).error().code, Code::invalid_argument);
}

TEST_F(LocalPathsTest, NothingEscapes) {
  const std::string root = uri("root");
  for (const std::string& uri :
       {std::string("local://.."), std::string("local://../x"), std::string("local://a/../../x"),
        root + "/../x", root + "/a/../../x", std::string("local://a/./b"), std::string("local://./a"),
        std::string("local://a//b"), std::string("local:////etc/passwd"), root + "//x",
        std::string("local://a/b//"), std::string("local://a\0b", 11),
        std::string("local://") + std::string(256, 'n'),
        std::string("local://a/") + std::string(256, 'n') + "/b", std::string("LOCAL://a"),
        std::string("local:/a"), std::string("local")}) {
    EXPECT_EQ(paths().folder({uri}).error().code, Code::invalid_argument) << uri;
    EXPECT_EQ(paths().object({uri}).error().code, Code::invalid_argument) << uri;
  }
  EXPECT_TRUE(paths().object({"local://" + std::string(255, 'n')}));
  EXPECT_TRUE(paths().object({"local://a/..."}));
  EXPECT_TRUE(paths().object({"local://a/..b"}));
}

TEST_F(LocalPathsTest, TooLongAPathIsRefusedWithItsLimit) {
  std::string uri = "local://";
  while (uri.size() < 4200) uri += std::string(200, 'n') + "/";

  const auto path = paths().folder({uri});

  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, Code::invalid_argument);
  EXPECT_NE(path.error().message.find("4095"), std::string::npos);
}

TEST_F(LocalPathsTest, TheStoresOwnNamesAreNoAddresses) {
  for (const char* uri :
       {"local://.mere-tmp/x", "local://.mere-uploads", "local://a/.mere-x/b", "local://a/.mere-"})
    EXPECT_EQ(paths().folder({uri}).error().code, Code::invalid_argument) << uri;
  EXPECT_EQ(paths().folder({uri("root/.mere-tmp")}).error().code, Code::invalid_argument);
  EXPECT_TRUE(paths().folder({"local://.mere"}));
}

TEST_F(LocalPathsTest, FoldersMayEndInASlashAndObjectsMayNot) {
  EXPECT_EQ(paths().folder({"local://a/b/"})->relative, "a/b");
  EXPECT_EQ(paths().folder({"local://"})->relative, "");
  EXPECT_EQ(paths().folder({uri("root") + "/"})->relative, "");
  for (const std::string& uri : {std::string("local://a/b/"), std::string("local://"), this->uri("root")})
    EXPECT_EQ(paths().object({uri}).error().code, Code::invalid_argument) << uri;
}

TEST_F(LocalPathsTest, UsersSeeAbsolutePaths) {
  EXPECT_EQ(paths().display({"local://lake/x"}), uri("root/lake/x"));
  EXPECT_EQ(paths().display({uri("import/x")}), uri("import/x"));
  EXPECT_EQ(LocalPaths({.root = "/"}).display({"local://lake/x"}), "local:///lake/x");
  EXPECT_EQ(LocalPaths({.root = "/"}).object({"local:///lake/x"})->relative, "lake/x");
}

RC_GTEST_PROP(LocalPathsProperty, WhatIsAcceptedHasOnlyPlainComponents, ()) {
  const auto rest = *rc::gen::container<std::string>(rc::gen::element('a', '.', '/', '\0', '-'));
  const LocalPaths paths({.root = "/root"});

  const auto path = paths.object({"local://" + rest});

  if (!path) return;
  std::string_view relative = path->relative;
  RC_ASSERT(!relative.empty());
  RC_ASSERT(relative.find('\0') == relative.npos);
  for (;;) {
    const std::string_view name = relative.substr(0, relative.find('/'));
    RC_ASSERT(!name.empty() && name != "." && name != "..");
    if (name.size() == relative.size()) break;
    relative.remove_prefix(name.size() + 1);
  }
}

}  // namespace
}  // namespace mere::block
