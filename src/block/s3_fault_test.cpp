// A real S3 service behind a proxy that hurts its connections: what is acknowledged is there and whole, what
// is not is whole or absent, and nothing is read that was not written.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/random.h"
#include "block/faulty_proxy.h"
#include "block/s3_store.h"

namespace mere::block {
namespace {

using testing::Fault;
using testing::FaultyProxy;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::unique_ptr<Store> open(const std::string& endpoint) {
  S3Options options;
  options.endpoint = endpoint;
  options.credentials.access_key_id = environment("MERE_TEST_S3_ACCESS_KEY_ID");
  options.credentials.secret_access_key = environment("MERE_TEST_S3_SECRET_ACCESS_KEY");
  options.requests.max_retries = 8;
  options.requests.first_delay = std::chrono::milliseconds(2);
  options.requests.longest_delay = std::chrono::milliseconds(20);
  options.requests.attempt_time = std::chrono::milliseconds(3'000);
  options.http.idle_timeout = std::chrono::milliseconds(1'000);
  options.writes.part_bytes = 5u << 20;
  auto store = open_s3_store(options, system_clock(), system_random());
  MERE_CHECK(store.has_value());
  return *std::move(store);
}

std::string made_up(std::uint64_t seed, std::size_t size) {
  SeededRandom random(seed);
  std::string bytes(size, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

class S3Faults : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    endpoint_ = environment("MERE_TEST_S3_ENDPOINT");
    // ./dev test unit starts the service and fails without it.
    if (endpoint_.empty()) GTEST_SKIP() << "no S3 service: run by tests/support/s3_service.py";
    port_ = static_cast<std::uint16_t>(std::stoi(endpoint_.substr(endpoint_.rfind(':') + 1)));
    folder_ = {"s3://" + environment("MERE_TEST_S3_BUCKET") + "/" + random_uuid(system_random())};
  }
  // Three connections of four are hurt, each at a place of its own.
  std::function<Fault(int)> faults() const {
    return [seed = GetParam()](int connection) -> Fault {
      SeededRandom random(static_cast<std::uint64_t>(seed) * 10'007 + static_cast<std::uint64_t>(connection));
      const std::uint64_t kind = random.next_u64() % 24;
      const std::size_t near = random.next_u64() % 2'000;
      const std::size_t far = random.next_u64() % 6'000'000;
      const std::size_t at = random.next_u64() % 2 ? near : far;
      if (kind < 6) return {Fault::Kind::busy};
      if (kind < 10) return {Fault::Kind::reset_request, at};
      if (kind < 14) return {Fault::Kind::reset_answer, at};
      if (kind < 17) return {Fault::Kind::cut_answer, at};
      if (kind < 18) return {Fault::Kind::stall_answer, at};
      if (kind < 19) return {Fault::Kind::trickle_answer, at};
      return {};
    };
  }

  std::string endpoint_;
  std::uint16_t port_ = 0;
  Address folder_;
};

INSTANTIATE_TEST_SUITE_P(Seeds, S3Faults, ::testing::Range(1, 5));

TEST_P(S3Faults, LoseNothingThatWasAcknowledged) {
  const auto direct = open(endpoint_);
  std::atomic<int> acknowledged{0};
  std::atomic<int> conflicts{0};
  {
    FaultyProxy proxy(port_, faults());
    const auto store = open(proxy.endpoint());
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 12; ++i) {
          const int number = thread * 12 + i;
          const std::size_t sizes[] = {0, 100, 70'000, 400'000, 6'000'000, 12'000'000};
          const std::string bytes = made_up(static_cast<std::uint64_t>(number), sizes[i % 6]);
          const Address address = join(folder_, std::to_string(number));
          const bool absent = i % 2 == 0;
          const Status written = write_all(*store, address, bytes, {.must_be_absent = absent});
          // Nobody else writes there: it can only be this write, repeated.
          if (!written && written.error().code == Code::already_exists) ++conflicts;
          const auto there = read_all(*direct, address, 1u << 28);
          if (written) {
            ++acknowledged;
            EXPECT_TRUE(there && *there == bytes) << number;
          } else {
            EXPECT_TRUE(there ? *there == bytes : there.error().code == Code::not_found)
                << number << ": " << written.error().message;
          }
        }
      });
  }
  EXPECT_EQ(conflicts, 0);
  EXPECT_GT(acknowledged, 24);
}

TEST_P(S3Faults, AreNeverReadAsBytes) {
  const auto direct = open(endpoint_);
  const std::string small = made_up(1, 50'000);
  const std::string large = made_up(2, 9'000'000);
  ASSERT_TRUE(write_all(*direct, join(folder_, "small"), small));
  ASSERT_TRUE(write_all(*direct, join(folder_, "large"), large));
  FaultyProxy proxy(port_, faults());
  const auto store = open(proxy.endpoint());
  int read = 0;
  for (int i = 0; i < 20; ++i) {
    const auto bytes = read_all(*store, join(folder_, i % 2 ? "small" : "large"), 1u << 28);
    if (!bytes) {
      EXPECT_EQ(bytes.error().code, Code::unavailable) << bytes.error().message;
      continue;
    }
    ++read;
    EXPECT_TRUE(*bytes == (i % 2 ? small : large));
  }
  EXPECT_GT(read, 10);
}

TEST_P(S3Faults, ListEverythingOrFail) {
  const auto direct = open(endpoint_);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(write_all(*direct, join(folder_, std::to_string(i)), "x"));
  FaultyProxy proxy(port_, faults());
  const auto store = open(proxy.endpoint());
  int listed = 0;
  for (int i = 0; i < 20; ++i) {
    int found = 0;
    const Status status = store->list(folder_, {}, [&](const Listed&) { return ++found > 0; });
    if (!status) {
      EXPECT_EQ(status.error().code, Code::unavailable) << status.error().message;
      continue;
    }
    ++listed;
    EXPECT_EQ(found, 60);
  }
  EXPECT_GT(listed, 10);
}

}  // namespace
}  // namespace mere::block
