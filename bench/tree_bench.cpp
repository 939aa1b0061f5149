// Trees of a million entries in memory and on disk: find, scan, diff, apply, merge, build.
//
//   tree_bench [--benchmark_filter=Find]
//
// Limits to compare with are measured here too: SHA-256 and memcpy over the bytes that a build hashes.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>

#include "base/check.h"
#include "base/clock.h"
#include "base/hash.h"
#include "block/store.h"
#include "tree/trees.h"

namespace {

using namespace mere;
using namespace mere::tree;

constexpr int kEntries = 1'000'000;

std::string key_of(int i) {
  char key[64];
  std::snprintf(key, sizeof key, "datasets/part-%02d/object-%08d.parquet", i / 10'000, i);
  return key;
}

// As an upload leaves it: other checksums and addresses for another `version`.
Entry entry_of(int i, int version) {
  const std::string noise = sha256(std::to_string(i) + "/" + std::to_string(version));
  Entry entry;
  static constexpr char kHex[] = "0123456789abcdef";
  for (int k = 0; k < 16; ++k) {
    entry.checksum += kHex[static_cast<unsigned char>(noise[k]) >> 4];
    entry.checksum += kHex[static_cast<unsigned char>(noise[k]) & 15];
  }
  entry.address = "data/gq1mg4s6ku9c73bvvcfg/";
  for (int k = 0; k < 20; ++k)
    entry.address += static_cast<char>('a' + static_cast<unsigned char>(noise[16 + k % 16]) % 22);
  entry.last_modified = {1'700'000'000 + i, 123'456'789};
  entry.size_bytes = 1'000'000 + i;
  entry.content_type = "application/octet-stream";
  return entry;
}

struct Stored {
  std::string key;
  std::string identity;
  std::string data;
};

std::vector<Stored> stored(int count, int step, int version) {
  std::vector<Stored> out;
  for (int i = 0; i < count; ++i) {
    const Entry entry = entry_of(i * step, version);
    out.push_back({key_of(i * step), identity_of(entry), encode_entry(entry)});
  }
  return out;
}

class VectorCursor final : public Cursor {
 public:
  explicit VectorCursor(const std::vector<Stored>& records) : records_(records) { show(); }
  bool valid() const override { return at_ < records_.size(); }
  const Record& record() const override { return record_; }
  void next() override {
    ++at_;
    show();
  }
  void seek(std::string_view) override { MERE_CHECK(false); }
  Status status() const override { return {}; }

 private:
  void show() {
    if (valid()) record_ = {records_[at_].key, records_[at_].identity, records_[at_].data};
  }
  const std::vector<Stored>& records_;
  std::size_t at_ = 0;
  Record record_;
};

// One lake for all benchmarks: building it takes longer than most of them.
struct Lake {
  Lake() {
    std::filesystem::remove_all(folder);
    auto opened = block::open_local_store({.root = folder.string()});
    MERE_CHECK(opened.has_value());
    store = *std::move(opened);
    workers = make_thread_pool(2, 16);
    trees = std::make_unique<Trees>(*store, TreeOptions{.range_raggedness_entries = 5000}, workers.get());
    VectorCursor cursor(records);
    base = trees->build(ns, cursor)->id;
    scattered = change(10'000, 100);
    MERE_CHECK(scattered != base);
  }
  ~Lake() { std::filesystem::remove_all(folder); }

  MetaRangeId change(int count, int step) {
    const auto changes = stored(count, step, 1);
    VectorCursor cursor(changes);
    auto built = trees->apply(ns, base, cursor);
    MERE_CHECK(built && built->changes.changed == count);
    return built->id;
  }

  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "mere_tree_bench";
  const block::Address ns{"local://bench"};
  const std::vector<Stored> records = stored(kEntries, 1, 0);
  std::unique_ptr<WorkQueue> workers;
  std::unique_ptr<block::Store> store;
  std::unique_ptr<Trees> trees;
  MetaRangeId base;
  MetaRangeId scattered;  // 1 % changed, one in every hundred
};

Lake& lake() {
  static Lake instance;
  return instance;
}

void FindWarmOneKey(benchmark::State& state) {
  Lake& l = lake();
  const std::string key = key_of(123'456);
  for (auto _ : state) {
    auto found = l.trees->find(l.ns, l.base, key);
    benchmark::DoNotOptimize(found->identity.data());
  }
}
BENCHMARK(FindWarmOneKey);

// Keys of one part of the tree that fits the block cache.
void FindWarmAnyOf20000(benchmark::State& state) {
  Lake& l = lake();
  std::vector<std::string> keys;
  for (int i = 0; i < 20'000; ++i) keys.push_back(key_of(300'000 + (i * 7919) % 20'000));
  for (const auto& key : keys) MERE_CHECK(l.trees->find(l.ns, l.base, key).has_value());
  std::size_t i = 0;
  for (auto _ : state) {
    auto found = l.trees->find(l.ns, l.base, keys[i++ % keys.size()]);
    benchmark::DoNotOptimize(found->identity.data());
  }
}
BENCHMARK(FindWarmAnyOf20000);

void FindColdAnyOfAll(benchmark::State& state) {
  Lake& l = lake();
  std::mt19937 random(1);
  for (auto _ : state) {
    auto found = l.trees->find(l.ns, l.base, key_of(static_cast<int>(random() % kEntries)));
    benchmark::DoNotOptimize(found->identity.data());
  }
}
BENCHMARK(FindColdAnyOfAll);

void ScanMillion(benchmark::State& state) {
  Lake& l = lake();
  for (auto _ : state) {
    std::size_t bytes = 0, count = 0;
    for (auto cursor = l.trees->scan(l.ns, l.base); cursor->valid(); cursor->next()) {
      bytes += cursor->record().data.size();
      ++count;
    }
    MERE_CHECK(count == kEntries);
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * kEntries);
}
BENCHMARK(ScanMillion)->Unit(benchmark::kMillisecond);

void ListPageOfThousand(benchmark::State& state) {
  Lake& l = lake();
  int page = 0;
  for (auto _ : state) {
    auto cursor = l.trees->scan(l.ns, l.base);
    cursor->seek(key_of(200'000 + 1000 * (page++ % 50)));
    std::int64_t sizes = 0;
    for (int i = 0; i < 1000; ++i, cursor->next())
      sizes += summarise_entry(cursor->record().data)->size_bytes;
    benchmark::DoNotOptimize(sizes);
  }
}
BENCHMARK(ListPageOfThousand)->Unit(benchmark::kMicrosecond);

void DiffOnePercentScattered(benchmark::State& state) {
  Lake& l = lake();
  for (auto _ : state) {
    int count = 0;
    for (auto diff = l.trees->diff(l.ns, l.base, l.scattered); diff->valid(); diff->next()) ++count;
    MERE_CHECK(count == 10'000);
  }
}
BENCHMARK(DiffOnePercentScattered)->Unit(benchmark::kMillisecond);

void DiffTenSideBySide(benchmark::State& state) {
  Lake& l = lake();
  const MetaRangeId changed = l.change(10, 1);
  for (auto _ : state) {
    int count = 0;
    for (auto diff = l.trees->diff(l.ns, l.base, changed); diff->valid(); diff->next()) ++count;
    MERE_CHECK(count == 10);
  }
}
BENCHMARK(DiffTenSideBySide)->Unit(benchmark::kMillisecond);

// Durable, and other records every time, so that no file is there already.
void Apply(benchmark::State& state, int count, int step) {
  Lake& l = lake();
  static int version = 2;
  for (auto _ : state) {
    state.PauseTiming();
    const auto changes = stored(count, step, version++);
    VectorCursor cursor(changes);
    state.ResumeTiming();
    auto built = l.trees->apply(l.ns, l.base, cursor);
    MERE_CHECK(built && built->changes.changed == count);
  }
}
BENCHMARK_CAPTURE(Apply, TenSideBySide, 10, 1)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(Apply, TenScattered, 10, 99'991)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(Apply, TenThousandScattered, 10'000, 100)->Unit(benchmark::kMillisecond)->UseRealTime();

// Nothing is written: the files are there after the first time. What is left is the work itself.
void BuildMillion(benchmark::State& state) {
  Lake& l = lake();
  for (auto _ : state) {
    VectorCursor cursor(l.records);
    auto built = l.trees->build(l.ns, cursor);
    MERE_CHECK(built && built->id == l.base);
  }
  state.SetItemsProcessed(state.iterations() * kEntries);
}
BENCHMARK(BuildMillion)->Unit(benchmark::kMillisecond)->UseRealTime();

void MergeTwoBranches(benchmark::State& state) {
  Lake& l = lake();
  const MetaRangeId one = l.change(10, 1), other = l.change(10, 70'001), before = l.change(1, 1);
  for (auto _ : state) {
    auto built = l.trees->merge(l.ns, one, other, before, MergeStrategy::source_wins);
    MERE_CHECK(built.has_value());
  }
}
BENCHMARK(MergeTwoBranches)->Unit(benchmark::kMillisecond)->UseRealTime();

void LimitSha256OfAMillionRecords(benchmark::State& state) {
  std::string all;
  for (const Stored& record : lake().records)
    all.append(record.key).append(record.identity).append(record.data);
  for (auto _ : state) benchmark::DoNotOptimize(sha256(all));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
}
BENCHMARK(LimitSha256OfAMillionRecords)->Unit(benchmark::kMillisecond);

void LimitCopyOfAMillionRecords(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (const Stored& record : lake().records)
      out.append(record.key).append(record.identity).append(record.data);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(LimitCopyOfAMillionRecords)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
