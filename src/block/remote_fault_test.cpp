// Real services behind a proxy that hurts their connections: what is acknowledged is there and whole, what
// is not is whole or absent, and nothing is read that was not written.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <tuple>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/random.h"
#include "block/azure_store.h"
#include "block/gcs_store.h"
#include "block/s3_store.h"
#include "http/faulty_proxy.h"

namespace mere::block {
namespace {

using Fault = http::ConnectionFault;
using http::FaultyProxy;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

void make_impatient(RemoteOptions& requests, http::ClientOptions& http, RemoteWriteLimits& writes) {
  requests.max_retries = 8;
  requests.first_delay = std::chrono::milliseconds(2);
  requests.longest_delay = std::chrono::milliseconds(20);
  requests.attempt_time = std::chrono::milliseconds(3'000);
  http.idle_timeout = std::chrono::milliseconds(1'000);
  writes.part_bytes = 5u << 20;
}

// A service that ./dev test unit starts, without which it fails.
struct Service {
  std::string name;
  const char* endpoint;  // the variable that tells where it is
  std::unique_ptr<Store> (*open)(const std::string& endpoint);
  std::string (*folder)();  // where tests may write
};

std::unique_ptr<Store> open_s3(const std::string& endpoint) {
  S3Options options;
  options.endpoint = endpoint;
  options.credentials.access_key_id = environment("MERE_TEST_S3_ACCESS_KEY_ID");
  options.credentials.secret_access_key = environment("MERE_TEST_S3_SECRET_ACCESS_KEY");
  make_impatient(options.requests, options.http, options.writes);
  return open_s3_store(options, system_clock(), system_random()).value();
}

std::unique_ptr<Store> open_azure(const std::string& endpoint) {
  AzureOptions options;
  options.endpoint = endpoint;
  options.account = environment("MERE_TEST_AZURE_ACCOUNT");
  options.access_key = environment("MERE_TEST_AZURE_ACCESS_KEY");
  make_impatient(options.requests, options.http, options.writes);
  return open_azure_store(options, system_clock(), system_random()).value();
}

std::unique_ptr<Store> open_gcs(const std::string& endpoint) {
  GcsOptions options;
  options.endpoint = endpoint;
  options.credentials.anonymous = true;
  make_impatient(options.requests, options.http, options.writes);
  return open_gcs_store(options, system_clock(), system_random()).value();
}

const Service kServices[] = {
    {"s3", "MERE_TEST_S3_ENDPOINT", open_s3, [] { return "s3://" + environment("MERE_TEST_S3_BUCKET"); }},
    {"azure", "MERE_TEST_AZURE_ENDPOINT", open_azure,
     [] {
       return "https://" + environment("MERE_TEST_AZURE_ACCOUNT") + ".blob.core.windows.net/" +
              environment("MERE_TEST_AZURE_CONTAINER");
     }},
    {"gcs", "MERE_TEST_GCS_ENDPOINT", open_gcs, [] { return "gs://" + environment("MERE_TEST_GCS_BUCKET"); }},
};

std::string made_up(std::uint64_t seed, std::size_t size) {
  SeededRandom random(seed);
  std::string bytes(size, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

class Faults : public ::testing::TestWithParam<std::tuple<Service, int>> {
 protected:
  void SetUp() override {
    endpoint_ = environment(service().endpoint);
    if (endpoint_.empty()) GTEST_SKIP() << "no service: ./dev test unit starts one";
    // "http://127.0.0.1:PORT", and a path behind it or none.
    const std::size_t port = endpoint_.find(':', 6) + 1;
    path_ = endpoint_.substr(std::min(endpoint_.find('/', port), endpoint_.size()));
    port_ = static_cast<std::uint16_t>(std::stoi(endpoint_.substr(port)));
    folder_ = {service().folder() + "/" + random_uuid(system_random())};
  }
  const Service& service() const { return std::get<0>(GetParam()); }
  std::unique_ptr<Store> open_direct() const { return service().open(endpoint_); }
  std::unique_ptr<Store> open_through(const FaultyProxy& proxy) const {
    return service().open(proxy.endpoint() + path_);
  }
  // Three connections of four are hurt, each at a place of its own.
  std::function<Fault(int)> faults() const {
    return [seed = std::get<1>(GetParam())](int connection) -> Fault {
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
  std::string path_;
  std::uint16_t port_ = 0;
  Address folder_;
};

INSTANTIATE_TEST_SUITE_P(Services, Faults,
                         ::testing::Combine(::testing::ValuesIn(kServices), ::testing::Range(1, 5)),
                         [](const auto& parameter) {
                           return std::get<0>(parameter.param).name + "_" +
                                  std::to_string(std::get<1>(parameter.param));
                         });

TEST_P(Faults, LoseNothingThatWasAcknowledged) {
  const auto direct = open_direct();
  std::atomic<int> acknowledged{0};
  std::atomic<int> conflicts{0};
  {
    FaultyProxy proxy(port_, faults());
    const auto store = open_through(proxy);
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

TEST_P(Faults, AreNeverReadAsBytes) {
  const auto direct = open_direct();
  const std::string small = made_up(1, 50'000);
  const std::string large = made_up(2, 9'000'000);
  ASSERT_TRUE(write_all(*direct, join(folder_, "small"), small));
  ASSERT_TRUE(write_all(*direct, join(folder_, "large"), large));
  FaultyProxy proxy(port_, faults());
  const auto store = open_through(proxy);
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

TEST_P(Faults, ListEverythingOrFail) {
  const auto direct = open_direct();
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(write_all(*direct, join(folder_, std::to_string(i)), "x"));
  FaultyProxy proxy(port_, faults());
  const auto store = open_through(proxy);
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
