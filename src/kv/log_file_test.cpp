#include "kv/log_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "kv/store.h"
#include "kv/test_folder.h"

namespace mere::kv {
namespace {

// A log of three records, the second one in fragments over several blocks.
class LogFile : public testing::Test {
 protected:
  LogFile() {
    const auto store = open_rocksdb_store({.path = folder_.path()}).value();
    EXPECT_TRUE(put(*store, "a", "v"));
    EXPECT_TRUE(put(*store, "large", std::string(200'000, 'v')));
    EXPECT_TRUE(put(*store, "z", "v"));
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path().extension() == ".log") log_ = entry.path();
    }
  }

  // The numbers of the writes that are found.
  std::vector<std::uint64_t> found() const {
    std::vector<std::uint64_t> numbers;
    EXPECT_TRUE(for_each_logged(log_, [&](LoggedWrites writes) {
      for (std::uint64_t i = 0; i < writes.count; ++i) numbers.push_back(writes.first + i);
    }));
    return numbers;
  }
  void overwrite(std::streamoff at, std::string_view bytes) const {
    std::fstream file(log_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  TestFolder folder_;
  std::string log_;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(LogFile, IsReadInOrder) {
  EXPECT_EQ(found(), (Numbers{1, 2, 3}));
}

TEST_F(LogFile, ARecordWithADamagedFragmentIsPassedOver) {
  overwrite(100'000, "X");

  EXPECT_EQ(found(), (Numbers{1, 3}));
}

TEST_F(LogFile, ADamagedLengthLosesOneRecordOnly) {
  overwrite(4, "\xff\xff");

  EXPECT_EQ(found(), (Numbers{2, 3}));
}

TEST_F(LogFile, MayEndAnywhere) {
  const auto size = std::filesystem::file_size(log_);
  for (const std::uintmax_t cut : {size - 1, std::uintmax_t{150'000}, std::uintmax_t{32'771}}) {
    std::filesystem::resize_file(log_, cut);

    EXPECT_EQ(found(), cut == size - 1 ? (Numbers{1, 2}) : (Numbers{1}));
  }
}

TEST_F(LogFile, ThatIsNotThereIsAnError) {
  EXPECT_FALSE(for_each_logged(folder_.path() + "/none", [](LoggedWrites) {}));
}

}  // namespace
}  // namespace mere::kv
