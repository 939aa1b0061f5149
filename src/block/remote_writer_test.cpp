#include "block/remote_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/encoding.h"
#include "base/hash.h"
#include "block/test_folder.h"

namespace mere::block {
namespace {

std::string bytes_of_payload(const Payload& payload) {
  std::string bytes(payload.size_bytes(), '?');
  auto count = payload.read_at(0, std::as_writable_bytes(std::span(bytes)));
  return count && *count == bytes.size() ? bytes : "error";
}

// What arrived at a service.
struct Arrived {
  std::mutex mutex;
  std::condition_variable changed;
  std::string whole;
  std::string md5;
  std::map<int, std::string> parts;
  std::string completed;
  bool is_whole = false, has_begun = false, has_completed = false, has_aborted = false;
  int under_way = 0, most_under_way = 0;
};

class Upload final : public RemoteUpload {
 public:
  // `fail_part`: 0 for none. `hold`: parts end when it is true.
  explicit Upload(Arrived& arrived, int fail_part = 0) : arrived_(arrived), fail_part_(fail_part) {}

  Status put_whole(std::shared_ptr<const Payload> payload, const std::string& md5) override {
    std::lock_guard lock(arrived_.mutex);
    arrived_.whole = bytes_of_payload(*payload);
    arrived_.md5 = md5;
    arrived_.is_whole = true;
    return {};
  }
  Status begin() override {
    std::lock_guard lock(arrived_.mutex);
    arrived_.has_begun = true;
    return {};
  }
  Result<std::string> put_part(int number, std::shared_ptr<const Payload> payload) override {
    {
      std::lock_guard lock(arrived_.mutex);
      arrived_.most_under_way = std::max(arrived_.most_under_way, ++arrived_.under_way);
    }
    std::string bytes = bytes_of_payload(*payload);
    std::lock_guard lock(arrived_.mutex);
    --arrived_.under_way;
    if (number == fail_part_) return Error{Code::unavailable, "made up"};
    arrived_.parts[number] = std::move(bytes);
    return "part" + std::to_string(number);
  }
  Status complete(std::span<const SentPart> parts) override {
    std::lock_guard lock(arrived_.mutex);
    for (const SentPart& part : parts) {
      EXPECT_EQ(part.id, "part" + std::to_string(part.number));
      EXPECT_EQ(part.size_bytes, arrived_.parts[part.number].size());
      arrived_.completed += arrived_.parts[part.number];
    }
    arrived_.has_completed = true;
    return {};
  }
  void abort() override {
    std::lock_guard lock(arrived_.mutex);
    EXPECT_EQ(arrived_.under_way, 0);
    arrived_.has_aborted = true;
  }

 private:
  Arrived& arrived_;
  const int fail_part_;
};

RemoteWriteLimits small_limits() {
  return {.part_bytes = 1000, .max_parts = 100, .parts_at_once = 3, .threads = 4};
}

std::string pattern(std::size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  for (std::size_t i = 0; i < size_bytes; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

TEST(RemoteWriter, PutsASmallObjectWhole) {
  for (const std::size_t size : {0u, 1u, 999u, 1000u}) {
    Arrived arrived;
    RemoteWriters writers(small_limits());
    auto writer = writers.write(std::make_shared<Upload>(arrived), {});

    ASSERT_TRUE(writer->append(bytes_of(pattern(size))));
    auto written = writer->finish();

    ASSERT_TRUE(written);
    EXPECT_EQ(written->size_bytes, size);
    EXPECT_EQ(written->md5, to_hex(md5(pattern(size))));
    EXPECT_EQ(arrived.md5, md5(pattern(size)));
    EXPECT_TRUE(arrived.is_whole);
    EXPECT_FALSE(arrived.has_begun);
    EXPECT_EQ(arrived.whole, pattern(size));
  }
}

TEST(RemoteWriter, SendsALargeObjectInParts) {
  for (const std::size_t piece : {1u, 7u, 999u, 5000u, 25'000u}) {
    Arrived arrived;
    RemoteWriters writers(small_limits());
    const std::string bytes = pattern(25'500);
    auto writer = writers.write(std::make_shared<Upload>(arrived), {});

    for (std::size_t at = 0; at < bytes.size(); at += piece)
      ASSERT_TRUE(writer->append(bytes_of(std::string_view(bytes).substr(at, piece))));
    auto written = writer->finish();

    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(written->md5, to_hex(md5(bytes)));
    EXPECT_EQ(arrived.completed, bytes);
    EXPECT_EQ(arrived.parts[1].size(), 1000u);
    EXPECT_LE(arrived.most_under_way, 3);
    writer.reset();
    EXPECT_FALSE(arrived.has_aborted);
  }
}

TEST(RemoteWriter, APartThatFailsFailsTheObjectAndIsCleanedUp) {
  Arrived arrived;
  {
    RemoteWriters writers(small_limits());
    auto writer = writers.write(std::make_shared<Upload>(arrived, 3), {});
    Status status = writer->append(bytes_of(pattern(5500)));

    auto written = writer->finish();

    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::unavailable);
  }
  EXPECT_FALSE(arrived.has_completed);
  EXPECT_TRUE(arrived.has_aborted);
}

TEST(RemoteWriter, GivenUpItLeavesNothing) {
  for (const std::size_t size : {500u, 5500u}) {
    Arrived arrived;
    {
      RemoteWriters writers(small_limits());
      auto writer = writers.write(std::make_shared<Upload>(arrived), {});
      ASSERT_TRUE(writer->append(bytes_of(pattern(size))));
    }
    EXPECT_FALSE(arrived.is_whole);
    EXPECT_FALSE(arrived.has_completed);
    EXPECT_EQ(arrived.has_aborted, arrived.has_begun);
  }
}

TEST(RemoteWriter, ManyWritersShareMemoryAndThreads) {
  const TestFolder folder;
  RemoteWriteLimits limits{.part_bytes = 100'000, .threads = 2, .memory_bytes = 150'000};
  limits.spool_folder = folder.path().string();
  RemoteWriters writers(limits);
  std::vector<Arrived> arrived(8);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const std::string bytes = pattern(450'000 + i);
      auto writer = writers.write(std::make_shared<Upload>(arrived[i]), {});
      for (std::size_t at = 0; at < bytes.size(); at += 10'000)
        EXPECT_TRUE(writer->append(bytes_of(std::string_view(bytes).substr(at, 10'000))));
      EXPECT_TRUE(writer->finish());
    });
  threads.clear();

  for (int i = 0; i < 8; ++i) EXPECT_EQ(arrived[i].completed, pattern(450'000 + i));
  EXPECT_EQ(folder.count(), 0u);
}

TEST(RemoteWriter, PartsGrowSoThatAnyObjectFits) {
  const RemoteWriteLimits limits;
  constexpr std::uint64_t kLargest = 5ull << 40;  // of S3
  for (const std::optional<std::uint64_t> expected :
       {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(10),
        std::optional<std::uint64_t>(1ull << 40), std::optional<std::uint64_t>(kLargest)}) {
    std::uint64_t sum = 0;
    for (int number = 1; number <= 10'000; ++number) {
      const std::uint64_t size = part_size(limits, number, expected);
      EXPECT_GE(size, 5u << 20);
      EXPECT_LE(size, 5ull << 30);
      sum += size;
    }
    EXPECT_GE(sum, kLargest) << expected.value_or(0);
  }
  EXPECT_EQ(part_size(limits, 1, kLargest), part_size(limits, 4'990, kLargest));
  EXPECT_EQ(part_size(limits, 1, 1u << 30), 8u << 20);
}

TEST(PayloadBuilder, KeepsBytesInMemoryThenInAFile) {
  const TestFolder folder;
  for (const std::size_t memory : {0u, 20'000u, 100'000u, 10'000'000u}) {
    MemoryBudget budget(10'000'000);
    PayloadBuilder builder(budget, folder.path().string(), memory);
    const std::string bytes = pattern(300'000);
    for (std::size_t at = 0; at < bytes.size(); at += 777)
      ASSERT_TRUE(builder.append(bytes_of(std::string_view(bytes).substr(at, 777))));

    const auto payload = builder.finish();

    EXPECT_EQ(bytes_of_payload(*payload), bytes);
    EXPECT_EQ(*payload_md5(*payload), md5(bytes));
    std::string piece(50'000, '?');
    EXPECT_EQ(*payload->read_at(10'000, std::as_writable_bytes(std::span(piece))), 50'000u);
    EXPECT_EQ(piece, bytes.substr(10'000, 50'000));
    EXPECT_EQ(*payload->read_at(300'000, std::as_writable_bytes(std::span(piece))), 0u);
  }
}

TEST(PayloadBuilder, GivesItsMemoryBack) {
  const TestFolder folder;
  MemoryBudget budget(1'000'000);
  {
    PayloadBuilder builder(budget, folder.path().string(), 500'000);
    ASSERT_TRUE(builder.append(bytes_of(pattern(200'000))));
    EXPECT_FALSE(budget.take(1'000'000));
  }
  EXPECT_TRUE(budget.take(1'000'000));
}

TEST(PayloadBuilder, SaysWhyItCannotKeepMore) {
  MemoryBudget budget(0);
  PayloadBuilder builder(budget, "/nowhere/at/all", 500'000);

  const Status status = builder.append(bytes_of("text"));

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::io_error);
  EXPECT_THAT(status.error().message, ::testing::HasSubstr("/nowhere/at/all"));
}

}  // namespace
}  // namespace mere::block
