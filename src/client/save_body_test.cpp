#include "client/save_body.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>

#include "base/executor.h"

namespace mere::client {
namespace {

namespace fs = std::filesystem;

// Of a system that refuses what not every system has.
class RefusedNamelessFiles final : public NamelessFiles {
 public:
  enum class What { opening, naming };
  explicit RefusedNamelessFiles(What what) : what_(what) {}
  Fd open(const std::string& folder) const override {
    if (what_ != What::opening) return system_nameless_files().open(folder);
    errno = EOPNOTSUPP;
    return {};
  }
  bool name(int, const std::string&) const override {
    if (on_naming) on_naming();
    errno = ENOENT;  // there is no /proc
    return false;
  }

  std::function<void()> on_naming{};

 private:
  const What what_;
};

struct System {
  const char* name;
  std::function<std::unique_ptr<NamelessFiles>()> refusing;  // empty: the real one
};

const System kSystems[] = {
    {"all", {}},
    {"no_nameless_files",
     [] { return std::make_unique<RefusedNamelessFiles>(RefusedNamelessFiles::What::opening); }},
    {"no_names_for_them",
     [] { return std::make_unique<RefusedNamelessFiles>(RefusedNamelessFiles::What::naming); }},
};

// While it lives, no file of this process grows beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit lower{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &lower);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;

 private:
  void (*const handler_)(int);
  rlimit before_{};
};

class SaveBodyTest : public ::testing::TestWithParam<System> {
 protected:
  SaveBodyTest() {
    std::string made = (fs::temp_directory_path() / "mere-save-XXXXXX").string();
    folder_ = ::mkdtemp(made.data());
    if (GetParam().refusing) {
      refusing_ = GetParam().refusing();
      nameless_ = refusing_.get();
    }
  }
  ~SaveBodyTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  Result<std::uint64_t> save(http::Body body, const std::string& name) const {
    BodyCursor cursor(std::move(body));
    BlockingExecutor executor;
    return executor.run(save_body(cursor, path(name), *nameless_));
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
  std::unique_ptr<NamelessFiles> refusing_;
  const NamelessFiles* nameless_ = &system_nameless_files();
};
INSTANTIATE_TEST_SUITE_P(Systems, SaveBodyTest, ::testing::ValuesIn(kSystems),
                         [](const auto& info) { return std::string(info.param.name); });

constexpr std::size_t kSeveralPieces = (5u << 20) / 2;

std::string several_pieces() {
  std::string bytes(kSeveralPieces, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 4096);
  return bytes;
}

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

TEST_P(SaveBodyTest, AFileAppearsWithTheModeThatTheProcessGivesFiles) {
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

TEST_P(SaveBodyTest, OneThatIsThereIsReplacedAndOpenFilesKeepTheOld) {
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

TEST_P(SaveBodyTest, OfABodyThatBreaksOffNothingIsLeft) {
  ASSERT_TRUE(save(std::string("old"), "file"));

  const auto replaced = save(http::StreamBody{std::make_unique<BrokenReader>(), 10}, "file");
  const auto made = save(http::StreamBody{std::make_unique<BrokenReader>(), std::nullopt}, "new");

  EXPECT_EQ(replaced.error().code, Code::unavailable);
  EXPECT_EQ(made.error().code, Code::unavailable);
  EXPECT_EQ(content("file"), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
}

TEST_P(SaveBodyTest, AllOfALongBodyIsThere) {
  const std::string bytes = several_pieces();

  const auto size = save(bytes, "long");

  EXPECT_EQ(*size, bytes.size());
  EXPECT_TRUE(content("long") == bytes);
  EXPECT_EQ(names(), std::vector<std::string>{"long"});
}

TEST_P(SaveBodyTest, OfAFileThatCannotBeWrittenToItsEndNothingIsLeft) {
  ASSERT_TRUE(save(std::string("old"), "file"));
  const std::string bytes = several_pieces();

  std::optional<FileSizeLimit> limit(std::in_place, kSeveralPieces - 1);
  const auto replaced = save(bytes, "file");
  const auto made = save(bytes, "new");
  limit.reset();

  EXPECT_EQ(replaced.error().code, Code::io_error);
  EXPECT_EQ(made.error().code, Code::io_error);
  EXPECT_NE(made.error().message.find("new: File too large"), std::string::npos) << made.error().message;
  EXPECT_EQ(content("file"), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
}

TEST_P(SaveBodyTest, WhereNoFileCanBeTheErrorNamesIt) {
  fs::create_directory(path("folder"));

  const auto nowhere = save(std::string("x"), "none/file");
  const auto taken = save(std::string("x"), "folder");

  EXPECT_EQ(nowhere.error().code, Code::not_found);
  EXPECT_NE(nowhere.error().message.find("none/file"), std::string::npos);
  EXPECT_EQ(taken.error().code, Code::io_error);
  EXPECT_EQ(names(), std::vector<std::string>{"folder"});
}

// The body is there as a whole, and what fails is the copy that gets its name.
TEST(SaveBodyCopy, OfACopyThatBreaksOffNothingIsLeft) {
  for (const bool is_there : {false, true}) {
    std::string made = (fs::temp_directory_path() / "mere-save-XXXXXX").string();
    const fs::path folder = ::mkdtemp(made.data());
    const std::string path = (folder / "file").string();
    if (is_there) std::ofstream(path) << "old";
    std::optional<FileSizeLimit> limit;
    RefusedNamelessFiles nameless(RefusedNamelessFiles::What::naming);
    nameless.on_naming = [&] { limit.emplace(kSeveralPieces / 2); };
    BodyCursor body{http::Body(several_pieces())};
    BlockingExecutor executor;

    const auto saved = executor.run(save_body(body, path, nameless));
    limit.reset();

    EXPECT_EQ(saved.error().code, Code::io_error);
    EXPECT_EQ(fs::exists(path), is_there);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), is_there ? 1 : 0);
    if (is_there) EXPECT_EQ(fs::file_size(path), 3u);
    fs::remove_all(folder);
  }
}

}  // namespace
}  // namespace mere::client
