#include "client/save_body.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/executor.h"

namespace mere::client {
namespace {

namespace fs = std::filesystem;

class SaveBodyTest : public ::testing::Test {
 protected:
  SaveBodyTest() {
    std::string made = (fs::temp_directory_path() / "mere-save-XXXXXX").string();
    folder_ = ::mkdtemp(made.data());
  }
  ~SaveBodyTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  Result<std::uint64_t> save(http::Body body, const std::string& name) const {
    BodyCursor cursor(std::move(body));
    BlockingExecutor executor;
    return executor.run(save_body(cursor, path(name)));
  }
  std::string content(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path().filename());
    std::ranges::sort(found);
    return found;
  }

  fs::path folder_;
};

class BrokenReader final : public http::BodyReader {
 public:
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    if (std::exchange(broken_, true)) co_return Error{Code::unavailable, "broke off"};
    into[0] = std::byte{'x'};
    co_return std::size_t{1};
  }

 private:
  bool broken_ = false;
};

TEST_F(SaveBodyTest, AFileAppearsWithTheModeThatTheProcessGivesFiles) {
  const mode_t mask = ::umask(027);
  const auto size = save(std::string("bytes"), "new");
  ::umask(mask);

  struct stat status{};
  EXPECT_EQ(*size, 5u);
  EXPECT_EQ(content("new"), "bytes");
  ASSERT_EQ(::stat(path("new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(names(), std::vector<std::string>{"new"});
}

TEST_F(SaveBodyTest, OneThatIsThereIsReplacedAndOpenFilesKeepTheOld) {
  ASSERT_TRUE(save(std::string("old"), "file"));
  std::ifstream opened(path("file"));
  fs::create_symlink("file", path("link"));

  ASSERT_TRUE(save(std::string(), "file"));
  ASSERT_TRUE(save(std::string("own"), "link"));

  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(opened), {}), "old");
  EXPECT_EQ(content("file"), "");
  EXPECT_EQ(content("link"), "own");
  EXPECT_EQ(names(), (std::vector<std::string>{"file", "link"}));
}

TEST_F(SaveBodyTest, OfABodyThatBreaksOffNothingIsLeft) {
  ASSERT_TRUE(save(std::string("old"), "file"));

  const auto replaced = save(http::StreamBody{std::make_unique<BrokenReader>(), 10}, "file");
  const auto made = save(http::StreamBody{std::make_unique<BrokenReader>(), std::nullopt}, "new");

  EXPECT_EQ(replaced.error().code, Code::unavailable);
  EXPECT_EQ(made.error().code, Code::unavailable);
  EXPECT_EQ(content("file"), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
}

TEST_F(SaveBodyTest, WhereNoFileCanBeTheErrorNamesIt) {
  fs::create_directory(path("folder"));

  const auto nowhere = save(std::string("x"), "none/file");
  const auto taken = save(std::string("x"), "folder");

  EXPECT_EQ(nowhere.error().code, Code::not_found);
  EXPECT_NE(nowhere.error().message.find("none/file"), std::string::npos);
  EXPECT_EQ(taken.error().code, Code::io_error);
  EXPECT_EQ(names(), std::vector<std::string>{"folder"});
}

}  // namespace
}  // namespace mere::client
