// The key-value store on disk: durable compare-and-set, reads, scans.
//   build/release/kv_bench [--benchmark_filter=...]     MERE_BENCH_FOLDER: where (default: the temporary
//   folder)
// The limit next to it: `Fdatasync`, one append and fdatasync on the same disk.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/fd.h"
#include "base/random.h"
#include "kv/store.h"

namespace mere::kv {
namespace {

std::string bench_folder() {
  const char* chosen = std::getenv("MERE_BENCH_FOLDER");
  const std::filesystem::path above = chosen != nullptr ? chosen : std::filesystem::temp_directory_path();
  std::string path = (above / "mere-kv-bench-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) std::abort();
  return path;
}

struct Opened {
  std::string folder = bench_folder();
  std::unique_ptr<Store> store = open_rocksdb_store({.path = folder}).value();
  ~Opened() {
    store.reset();
    std::filesystem::remove_all(folder);
  }
};

// Shared by the threads of one benchmark: made by the first, gone with the last.
std::shared_ptr<Opened> shared() {
  static std::mutex mutex;
  static std::weak_ptr<Opened> current;
  std::lock_guard lock(mutex);
  auto opened = current.lock();
  if (!opened) current = opened = std::make_shared<Opened>();
  return opened;
}

void Fdatasync(benchmark::State& state) {
  const std::string folder = bench_folder();
  const Fd fd(::open((folder + "/file").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0666));
  const std::string bytes(200, 'x');
  for (auto _ : state) {
    if (::write(fd.get(), bytes.data(), bytes.size()) < 0 || ::fdatasync(fd.get()) != 0) std::abort();
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(Fdatasync)->UseRealTime();

// Each thread on a branch of its own: read it, swing it.
void CompareAndSet(benchmark::State& state) {
  const auto opened = shared();
  const std::string key = fmt::format("branch/{}", state.thread_index());
  std::optional<std::string> value = *opened->store->get(key);
  std::uint64_t number = 0;
  for (auto _ : state) {
    std::string next = fmt::format("{:0150}", ++number);
    if (!put(*opened->store, key, next, Condition::unchanged(value))) std::abort();
    value = std::move(next);
  }
  if (*opened->store->get(key) != value) std::abort();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CompareAndSet)->Threads(1)->Threads(16)->UseRealTime();

// All threads write new keys below one prefix and check one key: uploads to one branch.
void PutChecked(benchmark::State& state) {
  const auto opened = shared();
  std::uint64_t number = 0;
  for (auto _ : state) {
    const Write writes[] = {
        Write::put(fmt::format("stage/{}/{}", state.thread_index(), ++number), std::string(150, 'v')),
        Write::check("branch/main", Condition::absent())};
    if (!opened->store->write(writes)) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PutChecked)->Threads(1)->Threads(16)->UseRealTime();

// All threads on one branch: of those that race, one wins.
void CompareAndSetOneKey(benchmark::State& state) {
  const auto opened = shared();
  std::int64_t won = 0;
  for (auto _ : state) {
    const auto value = *opened->store->get("branch/main");
    std::string next = random_uuid(system_random());
    if (put(*opened->store, "branch/main", std::move(next), Condition::unchanged(value))) ++won;
  }
  state.counters["won"] = benchmark::Counter(static_cast<double>(won), benchmark::Counter::kIsRate);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CompareAndSetOneKey)->Threads(16)->UseRealTime();

void Ordered(benchmark::State& state) {
  const auto opened = shared();
  std::uint64_t number = 0;
  for (auto _ : state) {
    const Write write = Write::put(fmt::format("stage/{}", ++number % 100'000), std::string(150, 'v'));
    if (!opened->store->write({&write, 1}, Durability::ordered)) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Ordered)->UseRealTime();

// 200,000 keys of which most lie in tables.
constexpr std::uint64_t kKeys = 200'000;
std::shared_ptr<Opened> filled() {
  static const auto opened = [] {
    auto fresh = std::make_shared<Opened>();
    for (std::uint64_t i = 0; i < kKeys;) {
      std::vector<Write> writes;
      for (int n = 0; n < 1000; ++n, ++i)
        writes.push_back(Write::put(fmt::format("k/{:08}", i), std::string(150, 'v')));
      if (!fresh->store->write(writes, Durability::ordered)) std::abort();
    }
    return fresh;
  }();
  return opened;
}

void Get(benchmark::State& state) {
  const auto opened = filled();
  SeededRandom random(static_cast<std::uint64_t>(state.thread_index()));
  for (auto _ : state) {
    const auto value = opened->store->get(fmt::format("k/{:08}", random.next_u64() % kKeys));
    if (!value || !*value) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Get)->Threads(1)->Threads(2)->UseRealTime();

void GetHot(benchmark::State& state) {
  const auto opened = filled();
  for (auto _ : state) {
    const auto value = opened->store->get("k/00000007");
    if (!value || !*value) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetHot)->Threads(1)->Threads(2)->UseRealTime();

void GetMissing(benchmark::State& state) {
  const auto opened = filled();
  SeededRandom random(1);
  for (auto _ : state) {
    const auto value = opened->store->get(fmt::format("k/{:08}x", random.next_u64() % kKeys));
    if (!value || *value) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetMissing)->UseRealTime();

void Scan(benchmark::State& state) {
  const auto opened = filled();
  std::int64_t items = 0;
  for (auto _ : state) {
    std::int64_t count = 0;
    for (const auto cursor = opened->store->scan("k/0000"); cursor->valid(); cursor->next()) ++count;
    if (count != 10'000) std::abort();
    items += count;
  }
  state.SetItemsProcessed(items);
}
BENCHMARK(Scan)->UseRealTime();

void OpenCursor(benchmark::State& state) {
  const auto opened = filled();
  SeededRandom random(1);
  for (auto _ : state) {
    const auto cursor = opened->store->scan(fmt::format("k/{:07}", random.next_u64() % (kKeys / 10)));
    if (!cursor->valid()) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(OpenCursor)->UseRealTime();

void Seek(benchmark::State& state) {
  const auto opened = filled();
  const auto cursor = opened->store->scan("k/");
  std::uint64_t at = 0;
  for (auto _ : state) {
    at = (at + 37) % kKeys;  // as a listing skips common prefixes
    cursor->seek(fmt::format("k/{:08}", at));
    if (!cursor->valid()) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Seek)->UseRealTime();

void Open(benchmark::State& state) {
  const std::string folder = bench_folder();
  for (auto _ : state) {
    const auto store = open_rocksdb_store({.path = folder}).value();
    if (state.range(0) != 0 && !put(*store, "k", "v")) std::abort();
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(Open)->Arg(0)->Arg(1)->UseRealTime();

}  // namespace
}  // namespace mere::kv
