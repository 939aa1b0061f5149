// Branches on disk: writes, commits, listings, diffs, on a repository of 10^5 objects.
//   build/release/version_bench [--benchmark_filter=...]     MERE_BENCH_FOLDER: where (default: the temporary
//   folder)
// The limit of writes and commits is the disk's fsync: kv_bench's `Fdatasync` on the same disk.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/executor.h"
#include "base/log.h"
#include "version/engine.h"

namespace mere::version {
namespace {

constexpr int kFolders = 100;
constexpr int kFilesPerFolder = 1000;
const BranchName kMain("main");

std::string bench_folder() {
  const char* chosen = std::getenv("MERE_BENCH_FOLDER");
  const std::filesystem::path above = chosen != nullptr ? chosen : std::filesystem::temp_directory_path();
  std::string path = (above / "mere-version-bench-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) std::abort();
  return path;
}

template <class T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().message);
    std::abort();
  }
  return *std::move(result);
}
void must(const Status& status) {
  if (status) return;
  fmt::print(stderr, "{}\n", status.error().message);
  std::abort();
}

tree::Entry entry_of(std::uint64_t number) {
  tree::Entry entry;
  entry.address = fmt::format("data/abcdefghij0123456789/{:020}", number);
  entry.size_bytes = static_cast<std::int64_t>(number);
  entry.checksum = fmt::format("{:032x}", number);
  entry.content_type = "application/octet-stream";
  entry.last_modified = system_clock().now();
  return entry;
}

std::string path_of(int folder, int file) {
  return fmt::format("tables/t{:03}/part-{:05}.parquet", folder, file);
}

// A lake with 10^5 committed objects, made once.
struct Lake {
  std::string folder = bench_folder();
  std::unique_ptr<kv::Store> state = must(kv::open_rocksdb_store({.path = folder + "/state"}));
  std::unique_ptr<block::Store> store = must(block::open_local_store({.root = folder + "/data"}));
  tree::Trees trees{*store, {}};
  std::unique_ptr<WorkQueue> background = make_thread_pool(1, 64);
  Engine engine{*state,          *store,      trees,     system_clock(),
                system_random(), *background, "_lakefs", {.compact_after_entries = 1'000'000}};
  Repository repository;

  Lake() {
    NewRepository request;
    request.name = RepositoryName("lake");
    request.storage_namespace = {"local://lake"};
    repository = must(engine.repositories.create(request));
    Records records;
    CommitRequest commit;
    commit.source_metarange = must(trees.build(repository.storage_namespace, records)).id;
    must(engine.updates.commit(repository, kMain, commit));
  }
  ~Lake() { std::filesystem::remove_all(folder); }

  class Records final : public tree::Cursor {
   public:
    Records() { settle(); }
    bool valid() const override { return number_ < kFolders * kFilesPerFolder; }
    const tree::Record& record() const override { return record_; }
    void next() override {
      ++number_;
      settle();
    }
    void seek(std::string_view) override { std::abort(); }
    Status status() const override { return {}; }

   private:
    void settle() {
      const tree::Entry entry = entry_of(static_cast<std::uint64_t>(number_));
      key_ = path_of(number_ / kFilesPerFolder, number_ % kFilesPerFolder);
      identity_ = tree::identity_of(entry);
      data_ = tree::encode_entry(entry);
      record_ = {key_, identity_, data_};
    }
    int number_ = 0;
    std::string key_, identity_, data_;
    tree::Record record_;
  };
};

Lake& lake() {
  static Lake made;
  return made;
}

BranchName fresh_branch() {
  static std::atomic<int> made = 0;
  BranchName name(fmt::format("b{}", ++made));
  must(lake().engine.refs.create_branch(lake().repository, name, RefExpr("main"), false, false));
  return name;
}

BranchName branch_of_threads;  // made by the first thread of a benchmark

void Put(benchmark::State& state) {
  if (state.thread_index() == 0) branch_of_threads = fresh_branch();
  std::uint64_t number = 0;
  for (auto _ : state) {
    const std::string path = fmt::format("new/{}/{}", state.thread_index(), ++number);
    must(lake().engine.entries.put(lake().repository, branch_of_threads, path, entry_of(number)));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Put)->Threads(1)->Threads(16)->UseRealTime();

void CommitTenOfAHundredThousand(benchmark::State& state) {
  const BranchName branch = fresh_branch();
  std::uint64_t number = 1'000'000;
  for (auto _ : state) {
    state.PauseTiming();
    for (int i = 0; i < 10; ++i) {
      must(lake().engine.entries.put(lake().repository, branch, path_of(50, i * 7), entry_of(++number)));
    }
    state.ResumeTiming();
    must(lake().engine.updates.commit(lake().repository, branch, {}));
  }
}
BENCHMARK(CommitTenOfAHundredThousand)->UseRealTime()->Unit(benchmark::kMillisecond);

// Each thread puts one object and commits; commits that meet are combined.
void PutAndCommit(benchmark::State& state) {
  if (state.thread_index() == 0) branch_of_threads = fresh_branch();
  std::uint64_t number = 0;
  for (auto _ : state) {
    const std::string path = fmt::format("one/{}/{}", state.thread_index(), ++number);
    must(lake().engine.entries.put(lake().repository, branch_of_threads, path, entry_of(number)));
    CommitRequest request;
    request.allow_empty = true;
    must(lake().engine.updates.commit(lake().repository, branch_of_threads, request));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PutAndCommit)->Threads(1)->Threads(16)->UseRealTime()->Unit(benchmark::kMillisecond);

void Find(benchmark::State& state) {
  const RefExpr main(state.range(0) == 0 ? "main@" : "main");
  int number = 0;
  for (auto _ : state) {
    number = (number + 7919) % (kFolders * kFilesPerFolder);
    const std::string path = path_of(number / kFilesPerFolder, number % kFilesPerFolder);
    benchmark::DoNotOptimize(must(lake().engine.entries.find(lake().repository, main, path)));
  }
}
BENCHMARK(Find)->ArgName("branch")->Arg(0)->Arg(1);

void list(benchmark::State& state, const BranchName& branch, const ListRequest& request,
          std::size_t expected) {
  const RefExpr ref(branch.str());
  for (auto _ : state) {
    std::size_t shown = 0;
    must(lake().engine.entries.list(lake().repository, ref, request,
                                    [&](std::string_view, const tree::Entry*) { ++shown; }));
    if (shown != expected) std::abort();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(expected) * state.iterations());
}

void ListAThousand(benchmark::State& state) {
  list(state, kMain, {.prefix = "tables/t042/", .amount = 1000}, kFilesPerFolder);
}
BENCHMARK(ListAThousand)->Unit(benchmark::kMicrosecond);

// 100 common prefixes of 1000 objects each: seeks past each.
void ListByDelimiter(benchmark::State& state) {
  list(state, kMain, {.prefix = "tables/", .delimiter = "/", .amount = 1000}, kFolders);
}
BENCHMARK(ListByDelimiter)->Unit(benchmark::kMicrosecond);

void ListByDelimiterWithStagedChanges(benchmark::State& state) {
  static const BranchName branch = [] {
    const BranchName made = fresh_branch();
    for (int i = 0; i < 1000; ++i) {
      must(lake().engine.entries.put(lake().repository, made, path_of(i % kFolders, i * 3 % 1000),
                                     entry_of(1)));
    }
    return made;
  }();
  list(state, branch, {.prefix = "tables/", .delimiter = "/", .amount = 1000}, kFolders);
}
BENCHMARK(ListByDelimiterWithStagedChanges)->Unit(benchmark::kMicrosecond);

void UncommittedDiffOfAThousand(benchmark::State& state) {
  static const BranchName branch = [] {
    const BranchName made = fresh_branch();
    for (int i = 0; i < 1000; ++i) {
      must(lake().engine.entries.put(lake().repository, made, path_of(i / 10, i * 37 % 1000),
                                     entry_of(7'000'000)));
    }
    return made;
  }();
  for (auto _ : state) {
    std::size_t shown = 0;
    must(lake().engine.entries.diff_branch(lake().repository, branch, {.amount = 10'000},
                                           [&](const DiffItem&) { ++shown; }));
    if (shown != 1000) std::abort();
  }
  state.SetItemsProcessed(1000 * state.iterations());
}
BENCHMARK(UncommittedDiffOfAThousand)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mere::version
