// What store.h promises, asked of every driver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/random.h"
#include "kv/store.h"
#include "kv/test_folder.h"

namespace mere::kv {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

struct Driver {
  std::string name;
  std::unique_ptr<Store> (*make)(const std::string& folder);
};

class StoreConformance : public testing::TestWithParam<Driver> {
 protected:
  using Items = std::vector<std::pair<std::string, std::string>>;

  Items scanned(std::string_view prefix) const {
    Items items;
    const auto cursor = store_->scan(prefix);
    for (; cursor->valid(); cursor->next()) items.emplace_back(cursor->key(), cursor->value());
    EXPECT_TRUE(cursor->status());
    return items;
  }
  std::optional<std::string> got(std::string_view key) const {
    auto value = store_->get(key);
    EXPECT_TRUE(value);
    return value ? *value : std::nullopt;
  }
  Status write(std::vector<Write> writes) { return store_->write(writes); }
  // `count` keys prefix + 6 digits.
  void fill(const std::string& prefix, int count) {
    std::vector<Write> writes;
    for (int i = 0; i < count; ++i) writes.push_back(Write::put(fmt::format("{}{:06}", prefix, i), "v"));
    ASSERT_TRUE(store_->write(writes, Durability::ordered));
  }

  TestFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().make(folder_.path());
};

TEST_P(StoreConformance, GivesBackWhatWasPut) {
  EXPECT_EQ(got("a"), std::nullopt);
  ASSERT_TRUE(put(*store_, "a", "1"));
  EXPECT_EQ(got("a"), "1");
  ASSERT_TRUE(put(*store_, "a", "2"));
  EXPECT_EQ(got("a"), "2");
  ASSERT_TRUE(erase(*store_, "a"));
  EXPECT_EQ(got("a"), std::nullopt);
  ASSERT_TRUE(erase(*store_, "a"));
}

TEST_P(StoreConformance, KeepsAnyBytes) {
  const std::string key("\0\xff\0 \x80", 5);
  const std::string value("\0\n\xff", 3);
  ASSERT_TRUE(put(*store_, key, value));
  ASSERT_TRUE(put(*store_, std::string(1, '\0'), ""));

  EXPECT_EQ(got(key), value);
  EXPECT_EQ(got(std::string(1, '\0')), "");
  EXPECT_THAT(scanned(""), ElementsAre(Pair(std::string(1, '\0'), ""), Pair(key, value)));
}

TEST_P(StoreConformance, TakesTheLargestAndRefusesLarger) {
  const std::string key(kMaxKey, 'k');
  const std::string value(kMaxValue, 'v');

  ASSERT_TRUE(put(*store_, key, value));
  EXPECT_EQ(got(key), value);
  EXPECT_EQ(put(*store_, key + "k", "").error().code, Code::too_large);
  EXPECT_EQ(put(*store_, "a", value + "v").error().code, Code::too_large);
  EXPECT_EQ(got(key + "k"), std::nullopt);
  std::vector<Write> writes;
  for (int i = 0; i < 5; ++i) writes.push_back(Write::put(std::to_string(i), value));
  EXPECT_EQ(write(writes).error().code, Code::too_large);
}

TEST_P(StoreConformance, RefusesWritesThatMeanNothing) {
  EXPECT_EQ(put(*store_, "", "v").error().code, Code::invalid_argument);
  EXPECT_EQ(write({Write::put("a", "1"), Write::put("b", "1"), Write::erase("a")}).error().code,
            Code::invalid_argument);
  EXPECT_EQ(store_->erase_prefix("").error().code, Code::invalid_argument);
  EXPECT_TRUE(write({}));
  EXPECT_EQ(got(""), std::nullopt);
  EXPECT_THAT(scanned(""), IsEmpty());
}

TEST_P(StoreConformance, PutsOnlyWhereTheConditionHolds) {
  EXPECT_EQ(put(*store_, "a", "1", Condition::equals("")).error().code, Code::conflict);
  EXPECT_TRUE(put(*store_, "a", "1", Condition::absent()));
  EXPECT_EQ(put(*store_, "a", "2", Condition::absent()).error().code, Code::conflict);
  EXPECT_EQ(put(*store_, "a", "2", Condition::equals("0")).error().code, Code::conflict);
  EXPECT_EQ(got("a"), "1");
  EXPECT_TRUE(put(*store_, "a", "2", Condition::equals("1")));
  EXPECT_EQ(erase(*store_, "a", Condition::equals("1")).error().code, Code::conflict);
  EXPECT_TRUE(erase(*store_, "a", Condition::unchanged(got("a"))));
  EXPECT_TRUE(put(*store_, "a", "3", Condition::unchanged(got("a"))));
}

TEST_P(StoreConformance, WritesAllOrNothing) {
  ASSERT_TRUE(put(*store_, "head", "1"));

  const Status refused =
      write({Write::put("x", "1"), Write::erase("head"), Write::check("lock", Condition::equals("mine"))});
  const Status accepted = write({Write::put("x", "1"), Write::put("head", "2", Condition::equals("1")),
                                 Write::check("lock", Condition::absent())});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_NE(refused.error().message.find("lock"), std::string::npos);
  EXPECT_TRUE(accepted);
  EXPECT_THAT(scanned(""), ElementsAre(Pair("head", "2"), Pair("x", "1")));
}

TEST_P(StoreConformance, ScansAPrefixInByteOrder) {
  for (const char* key : {"a", "a/", "a/b", "a/\xff", "a/\x01", "a0", "b", "A"})
    ASSERT_TRUE(put(*store_, key, key));

  EXPECT_THAT(scanned("a/"), ElementsAre(Pair("a/", "a/"), Pair("a/\x01", "a/\x01"), Pair("a/b", "a/b"),
                                         Pair("a/\xff", "a/\xff")));
  EXPECT_THAT(scanned("b"), ElementsAre(Pair("b", "b")));
  EXPECT_THAT(scanned("c"), IsEmpty());
  EXPECT_EQ(scanned("").size(), 8u);
}

TEST_P(StoreConformance, ScansPrefixesThatEndAtTheLastByte) {
  for (const char* key : {"\xfe", "\xff", "\xff\xfe", "\xff\xff", "\xff\xff\xff"})
    ASSERT_TRUE(put(*store_, key, "v"));
  const std::string longest(kMaxKey, '\xff');
  ASSERT_TRUE(put(*store_, longest, "v"));

  EXPECT_EQ(scanned("\xff").size(), 5u);
  EXPECT_EQ(scanned("\xff\xff").size(), 3u);
  EXPECT_EQ(scanned(longest).size(), 1u);
}

TEST_P(StoreConformance, SeeksForwardsAndBackWithinItsPrefix) {
  for (const char* key : {"a", "p/1", "p/3", "p/5", "q"}) ASSERT_TRUE(put(*store_, key, key));
  const auto cursor = store_->scan("p/");

  const auto at = [&](std::string_view key) {
    cursor->seek(key);
    return cursor->valid() ? std::string(cursor->value()) : "end";
  };

  EXPECT_EQ(at("p/2"), "p/3");
  EXPECT_EQ(at("p/5"), "p/5");
  EXPECT_EQ(at("p/1"), "p/1");
  EXPECT_EQ(at("p/6"), "end");
  EXPECT_EQ(at("z"), "end");
  EXPECT_EQ(at("a"), "p/1");
  EXPECT_EQ(at(""), "p/1");
  cursor->next();
  EXPECT_EQ(cursor->key(), "p/3");
  cursor->next();
  cursor->next();
  EXPECT_FALSE(cursor->valid());
  EXPECT_TRUE(cursor->status());
}

TEST_P(StoreConformance, ScansTheStateAtTheTimeItBegan) {
  for (const char* key : {"k/1", "k/2", "k/3"}) ASSERT_TRUE(put(*store_, key, "old"));
  const auto cursor = store_->scan("k/");
  const auto other = store_->scan("k/");
  ASSERT_TRUE(put(*store_, "k/0", "new"));
  ASSERT_TRUE(put(*store_, "k/2", "new"));
  ASSERT_TRUE(put(*store_, "k/25", "new"));
  ASSERT_TRUE(erase(*store_, "k/3"));
  ASSERT_TRUE(store_->erase_prefix("k/1"));

  std::vector<std::string> seen;
  for (cursor->seek("k/"); cursor->valid(); cursor->next()) {
    seen.push_back(std::string(cursor->key()) + "=" + std::string(cursor->value()));
  }

  EXPECT_THAT(seen, ElementsAre("k/1=old", "k/2=old", "k/3=old"));
  EXPECT_THAT(scanned("k/"), ElementsAre(Pair("k/0", "new"), Pair("k/2", "new"), Pair("k/25", "new")));
}

TEST_P(StoreConformance, ErasesAPrefixAndNothingElse) {
  for (const int count : {1, 1024, 1025, 3000}) {
    for (const std::string prefix : {"token/a/", "\xff", "m\xff"}) {
      ASSERT_TRUE(put(*store_, "m", "before"));
      ASSERT_TRUE(put(*store_, "n", "after"));
      ASSERT_TRUE(put(*store_, "token/a0", "after"));
      fill(prefix, count);

      ASSERT_TRUE(store_->erase_prefix(prefix));

      EXPECT_THAT(scanned(prefix), IsEmpty());
      EXPECT_EQ(got(prefix + "000000"), std::nullopt);
      EXPECT_EQ(scanned("").size(), 3u);
      ASSERT_TRUE(put(*store_, prefix + "again", "v", Condition::absent()));
      EXPECT_THAT(scanned(prefix), ElementsAre(Pair(prefix + "again", "v")));
      ASSERT_TRUE(store_->erase_prefix(prefix));
    }
  }
  ASSERT_TRUE(store_->erase_prefix("absent"));
}

TEST_P(StoreConformance, StaysRightWhileManyPrefixesAreErased) {
  for (int round = 0; round < 40; ++round) {
    const std::string prefix = fmt::format("token/{:03}/", round);
    fill(prefix, 1100);
    ASSERT_TRUE(put(*store_, fmt::format("token/{:03}0", round), "kept"));
    ASSERT_TRUE(store_->erase_prefix(prefix));
    EXPECT_EQ(scanned("token/").size(), static_cast<std::size_t>(round) + 1);
  }
}

TEST_P(StoreConformance, LosesNoCountOfThreadsThatCompareAndSet) {
  constexpr int kThreads = 8, kEach = 100;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int done = 0; done < kEach;) {
        const std::optional<std::string> read = got("counter");
        const int count = read ? std::stoi(*read) : 0;
        const Status status = put(*store_, "counter", std::to_string(count + 1), Condition::unchanged(read));
        if (status)
          ++done;
        else
          ASSERT_EQ(status.error().code, Code::conflict);
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(got("counter"), std::to_string(kThreads * kEach));
}

TEST_P(StoreConformance, TellsLaterWhatAWriteWouldHaveAnswered) {
  const auto later = [&](Write write) {
    std::promise<Status> told;
    store_->write_later({std::move(write)}, Durability::synced,
                        [&](Status status) { told.set_value(std::move(status)); });
    return told.get_future().get();
  };
  EXPECT_TRUE(later(Write::put("a", "1", Condition::absent())));
  EXPECT_EQ(got("a"), "1");
  EXPECT_EQ(later(Write::put("a", "2", Condition::absent())).error().code, Code::conflict);
  EXPECT_EQ(later(Write::put("", "2")).error().code, Code::invalid_argument);
  EXPECT_TRUE(later(Write::put("a", "2", Condition::equals("1"))));
  EXPECT_EQ(got("a"), "2");
}

TEST_P(StoreConformance, TellsAllWhoWriteLaterBesideThoseWhoWait) {
  constexpr int kThreads = 4;
  constexpr int kWrites = 200;
  std::atomic<int> told = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kWrites; ++i) {
        ASSERT_TRUE(put(*store_, fmt::format("now/{}/{:03}", t, i), "v"));
        store_->write_later({Write::put(fmt::format("later/{}/{:03}", t, i), "v")}, Durability::synced,
                            [&](Status status) {
                              EXPECT_TRUE(status);
                              ++told;
                              told.notify_one();
                            });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (int seen = told; seen < kThreads * kWrites; seen = told) told.wait(seen);

  EXPECT_EQ(scanned("now/").size(), std::size_t{kThreads * kWrites});
  EXPECT_EQ(scanned("later/").size(), std::size_t{kThreads * kWrites});
  store_.reset();  // the last call may still be about to notify
}

TEST_P(StoreConformance, TellsLaterBeforeItGoes) {
  constexpr int kWrites = 100;
  std::atomic<int> told = 0;
  for (int i = 0; i < kWrites; ++i) {
    store_->write_later({Write::put(fmt::format("{:03}", i), "v")}, Durability::synced,
                        [&](Status) { ++told; });
  }
  store_.reset();
  EXPECT_EQ(told, kWrites);
}

// A put without a condition jumps to the next million; compare-and-set adds one. Were a put to slip between
// the check and the write of the other, the value would fall back below the million just put.
TEST_P(StoreConformance, LetsNoUnconditionalPutSlipBetweenCheckAndWrite) {
  ASSERT_TRUE(put(*store_, "n", "0"));
  std::atomic<bool> stop = false;
  std::vector<std::thread> adders;
  for (int t = 0; t < 4; ++t) {
    adders.emplace_back([&] {
      while (!stop) {
        const auto read = got("n");
        (void)put(*store_, "n", std::to_string(std::stoll(*read) + 1), Condition::equals(*read));
      }
    });
  }
  for (long long i = 1; i <= 150; ++i) {
    const Write jump = Write::put("n", std::to_string(i * 1'000'000));
    ASSERT_TRUE(store_->write({&jump, 1}, i % 2 == 0 ? Durability::synced : Durability::ordered));
    ASSERT_GE(std::stoll(*got("n")), i * 1'000'000);
  }
  stop = true;
  for (auto& thread : adders) thread.join();
}

TEST_P(StoreConformance, ShowsBatchesWhole) {
  ASSERT_TRUE(write({Write::put("pair/a", "0"), Write::put("pair/z", "0")}));
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto items = scanned("pair/");
        ASSERT_EQ(items.size(), 2u);
        ASSERT_EQ(items[0].second, items[1].second);
      }
    });
  }
  for (int i = 1; i <= 200; ++i) {
    ASSERT_TRUE(write({Write::put("pair/z", std::to_string(i)), Write::put("pair/a", std::to_string(i))}));
  }
  stop = true;
  for (auto& thread : readers) thread.join();
}

// Writers in one group see each other's writes: of all that claim a key, one gets it.
TEST_P(StoreConformance, LetsOneOfManyThreadsClaimAKey) {
  constexpr int kThreads = 8, kKeys = 60;
  std::array<std::atomic<int>, kKeys> winners{};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int k = 0; k < kKeys; ++k) {
        const std::string name = std::to_string(k);
        if (write({Write::put("claim/" + name, std::to_string(t), Condition::absent()),
                   Write::put("last", name)})) {
          winners[static_cast<std::size_t>(k)] += 1;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();

  for (const auto& count : winners) EXPECT_EQ(count, 1);
}

using Model = std::map<std::string, std::string>;

std::string any_key() {
  return *rc::gen::container<std::string>(*rc::gen::inRange<std::size_t>(1, 4),
                                          rc::gen::element<char>('a', 'b', '\xff', '\0'));
}

Condition any_condition(const Model& model, const std::string& key) {
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      return Condition::absent();
    case 1:
      return Condition::equals(*rc::gen::element<std::string>("0", "1", ""));
    case 2: {
      const auto found = model.find(key);
      return Condition::unchanged(found == model.end() ? std::nullopt : std::optional(found->second));
    }
    default:
      return Condition::any();
  }
}

bool holds_in(const Model& model, const Write& write) {
  const auto found = model.find(write.key);
  switch (write.condition.kind) {
    case Condition::Kind::any:
      return true;
    case Condition::Kind::absent:
      return found == model.end();
    case Condition::Kind::equals:
      return found != model.end() && found->second == write.condition.value;
  }
  return false;
}

TEST_P(StoreConformance, AgreesWithAModel) {
  rc::detail::checkGTest([&] {
    // Cases share the store, each below a prefix of its own.
    static std::atomic<int> cases = 0;
    const std::string base = fmt::format("case/{}/", ++cases);
    const auto whole = [&](const std::string& key) { return base + key; };
    Model model;
    for (int step = *rc::gen::inRange(1, 40); step > 0; --step) {
      switch (*rc::gen::inRange(0, 8)) {
        case 0: {
          const std::string prefix = any_key();
          RC_ASSERT(store_->erase_prefix(whole(prefix)).has_value());
          std::erase_if(model, [&](const auto& item) { return item.first.starts_with(prefix); });
          break;
        }
        case 1: {
          const std::string key = any_key();
          const auto found = model.find(key);
          RC_ASSERT(*store_->get(whole(key)) ==
                    (found == model.end() ? std::nullopt : std::optional(found->second)));
          break;
        }
        case 2: {
          const std::string prefix = *rc::gen::arbitrary<bool>() ? any_key() : "";
          const auto cursor = store_->scan(whole(prefix));
          auto expected = model.lower_bound(prefix);
          if (*rc::gen::arbitrary<bool>()) {
            const std::string target = any_key();
            cursor->seek(whole(target));
            expected = model.lower_bound(std::max(target, prefix));
          }
          for (; expected != model.end() && expected->first.starts_with(prefix); ++expected, cursor->next()) {
            RC_ASSERT(cursor->valid());
            RC_ASSERT(cursor->key() == whole(expected->first));
            RC_ASSERT(cursor->value() == expected->second);
          }
          RC_ASSERT(!cursor->valid());
          RC_ASSERT(cursor->status().has_value());
          break;
        }
        default: {
          std::map<std::string, Write> writes;
          for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
            const std::string key = any_key();
            const std::string value = *rc::gen::element<std::string>("0", "1", "");
            const Condition condition = any_condition(model, key);
            Write write = Write::put(key, value, condition);
            if (const int kind = *rc::gen::inRange(0, 4); kind < 2) {
              write = kind == 0 ? Write::erase(key, condition) : Write::check(key, condition);
            }
            writes.insert_or_assign(key, write);
          }
          bool all = true;
          std::vector<Write> batch;
          for (const auto& [key, write] : writes) {
            all = all && holds_in(model, write);
            batch.push_back(write);
            batch.back().key = whole(key);
          }
          const Status status = store_->write(batch, Durability::ordered);
          RC_ASSERT(status.has_value() == all);
          if (!all) {
            RC_ASSERT(status.error().code == Code::conflict);
            break;
          }
          for (const auto& [key, write] : writes) {
            if (write.kind == Write::Kind::put) model[key] = write.value;
            if (write.kind == Write::Kind::erase) model.erase(key);
          }
        }
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreConformance,
                         testing::Values(Driver{"memory",
                                                [](const std::string&) { return make_memory_store(); }},
                                         Driver{"rocksdb",
                                                [](const std::string& folder) {
                                                  return open_rocksdb_store({.path = folder}).value();
                                                }},
                                         // Flushes and compacts all the time.
                                         Driver{"rocksdb_tiny_buffers",
                                                [](const std::string& folder) {
                                                  return open_rocksdb_store({.path = folder,
                                                                             .block_cache_bytes = 64 << 10,
                                                                             .write_buffer_bytes = 64 << 10,
                                                                             .sync_writes = false})
                                                      .value();
                                                }}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace mere::kv
