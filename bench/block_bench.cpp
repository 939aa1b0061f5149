// Local objects against what the disk itself can do. Run on the disk in question: TMPDIR=/mnt/x block_bench
//
// Durable small writes: `Raw…` is the least a durable file costs without a store (create, write,
// fdatasync). Large ones: `Raw…` is write and fdatasync without a digest; `Md5` what the digest alone takes.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "block/faulty_file_system.h"
#include "block/local_store.h"
#include "block/test_folder.h"

namespace mere::block {
namespace {

constexpr std::size_t kLarge = 256u << 20;
constexpr std::size_t kChunk = 1u << 20;

// One for all threads of a run; the store is on a folder that goes with it.
struct Lake {
  explicit Lake(FileSystem& files = real_file_system())
      : store(*open_local_store({.root = folder.path().string()}, files)) {}
  TestFolder folder;
  std::unique_ptr<Store> store;
};

std::unique_ptr<Lake> lake;
std::atomic<std::uint64_t> next_name{0};

void set_up(const benchmark::State&) {
  lake = std::make_unique<Lake>();
}
void tear_down(const benchmark::State&) {
  lake.reset();
}

Address fresh_address() {
  return {"local://lake/data/" + std::to_string(next_name++)};
}

void DurableSmallWrites(benchmark::State& state) {
  const std::string bytes(1024, 'x');
  Address last;
  for (auto _ : state) {
    last = fresh_address();
    if (!write_all(*lake->store, last, bytes)) state.SkipWithError("a write failed");
  }
  if (*read_all(*lake->store, last, 2000) != bytes) state.SkipWithError("what was written is not there");
  state.SetItemsProcessed(state.iterations());
}

void RawDurableFiles(benchmark::State& state) {
  const std::string bytes(1024, 'x');
  for (auto _ : state) {
    const std::string name = (lake->folder / std::to_string(next_name++)).string();
    const Fd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (::write(fd.get(), bytes.data(), bytes.size()) != 1024 || ::fdatasync(fd.get()) != 0)
      state.SkipWithError("a write failed");
  }
  state.SetItemsProcessed(state.iterations());
}

// The same writes without waiting for the disk: what Mere itself costs.
void SmallWritesWithoutSync(benchmark::State& state) {
  const TestFolder folder;
  const auto store = *open_local_store({.root = folder.path().string(), .sync_writes = false});
  const std::string bytes(1024, 'x');
  for (auto _ : state)
    if (!write_all(*store, fresh_address(), bytes)) state.SkipWithError("a write failed");
  state.SetItemsProcessed(state.iterations());
}

// How many syncs of the folder one write costs when many share them.
void FolderSyncsPerWrite(benchmark::State& state) {
  static std::unique_ptr<FaultyFileSystem> files;
  static std::unique_ptr<Lake> counted;
  if (state.thread_index() == 0) {
    files = std::make_unique<FaultyFileSystem>();
    counted = std::make_unique<Lake>(*files);
  }
  const std::string bytes(1024, 'x');
  for (auto _ : state)
    if (!write_all(*counted->store, fresh_address(), bytes)) state.SkipWithError("a write failed");
  if (state.thread_index() == 0) {
    const auto writes = static_cast<double>(state.iterations()) * state.threads();
    state.counters["folder_syncs_per_write"] = static_cast<double>(files->count(Call::sync_folder)) / writes;
    state.counters["file_syncs_per_write"] = static_cast<double>(files->count(Call::sync_data)) / writes;
    counted.reset();
  }
}

const std::string& large_bytes() {
  static const std::string bytes = [] {
    std::string made(kLarge, '\0');
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<char>(i * 2654435761u >> 13);
    return made;
  }();
  return bytes;
}

std::span<const std::byte> chunk_of(const std::string& bytes, std::size_t offset) {
  return std::as_bytes(std::span(bytes)).subspan(offset, kChunk);
}

void LargeWrite(benchmark::State& state) {
  const std::string& bytes = large_bytes();
  for (auto _ : state) {
    const Address address = fresh_address();
    WriteOptions options{.md5 = state.range(0) != 0};
    options.expected_size_bytes = bytes.size();
    auto writer = *lake->store->create(address, options);
    for (std::size_t offset = 0; offset < bytes.size(); offset += kChunk)
      if (!writer->append(chunk_of(bytes, offset))) state.SkipWithError("a write failed");
    if (writer->finish()->size_bytes != kLarge) state.SkipWithError("a write failed");
    state.PauseTiming();
    if (!lake->store->remove(address)) state.SkipWithError("a removal failed");
    state.ResumeTiming();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLarge));
}

void RawLargeWrite(benchmark::State& state) {
  const std::string& bytes = large_bytes();
  const std::string name = (lake->folder / "raw").string();
  for (auto _ : state) {
    const Fd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    for (std::size_t offset = 0; offset < bytes.size(); offset += kChunk)
      if (::write(fd.get(), bytes.data() + offset, kChunk) != static_cast<ssize_t>(kChunk))
        state.SkipWithError("a write failed");
    if (::fdatasync(fd.get()) != 0) state.SkipWithError("a sync failed");
    state.PauseTiming();
    ::unlink(name.c_str());
    state.ResumeTiming();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLarge));
}

void Md5(benchmark::State& state) {
  const std::string& bytes = large_bytes();
  for (auto _ : state) benchmark::DoNotOptimize(md5(bytes));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLarge));
}

void LargeRead(benchmark::State& state) {
  if (!write_all(*lake->store, {"local://lake/large"}, large_bytes())) state.SkipWithError("a write failed");
  std::vector<std::byte> buffer(kChunk);
  for (auto _ : state) {
    const auto reader = *lake->store->open({"local://lake/large"});
    std::uint64_t offset = 0;
    while (const std::size_t count = *reader->read_at(offset, buffer)) offset += count;
    if (offset != kLarge) state.SkipWithError("a read came short");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLarge));
}

void RawLargeRead(benchmark::State& state) {
  if (!write_all(*lake->store, {"local://lake/large"}, large_bytes())) state.SkipWithError("a write failed");
  std::vector<std::byte> buffer(kChunk);
  for (auto _ : state) {
    const Fd fd(::open((lake->folder / "lake/large").c_str(), O_RDONLY));
    ssize_t total = 0;
    while (const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size())) total += count;
    if (total != static_cast<ssize_t>(kLarge)) state.SkipWithError("a read came short");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLarge));
}

void CompleteUploadOf32Parts(benchmark::State& state) {
  const Address address{"local://lake/assembled"};
  for (auto _ : state) {
    state.PauseTiming();
    const std::string id = *lake->store->begin_upload(address);
    for (int number = 1; number <= 32; ++number) {
      auto writer = *lake->store->upload_part(address, id, number);
      if (!writer->append(
              std::as_bytes(std::span(large_bytes())).subspan((number - 1) * (kLarge / 32), kLarge / 32)) ||
          !writer->finish())
        state.SkipWithError("a part failed");
    }
    const auto parts = *lake->store->list_parts(address, id);
    state.ResumeTiming();
    if (lake->store->complete_upload(address, id, parts)->size_bytes != kLarge)
      state.SkipWithError("incomplete");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLarge));
}

void OpenAndStat(benchmark::State& state) {
  if (!write_all(*lake->store, {"local://lake/data/partition/x"}, "text"))
    state.SkipWithError("a write failed");
  for (auto _ : state)
    benchmark::DoNotOptimize(lake->store->stat({"local://lake/data/partition/x"})->size_bytes);
}

void ListOf20000(benchmark::State& state) {
  for (int i = 0; i < 20'000; ++i) lake->folder.write("lake/many/" + std::to_string(i), "");
  for (auto _ : state) {
    int count = 0;
    if (!lake->store->list({"local://lake/many"}, {}, [&](const Listed&) { return ++count; }) ||
        count != 20'000)
      state.SkipWithError("a listing came short");
  }
  state.SetItemsProcessed(state.iterations() * 20'000);
}

BENCHMARK(DurableSmallWrites)
    ->Threads(1)
    ->Threads(16)
    ->Threads(64)
    ->UseRealTime()
    ->Setup(set_up)
    ->Teardown(tear_down);
BENCHMARK(RawDurableFiles)
    ->Threads(1)
    ->Threads(16)
    ->Threads(64)
    ->UseRealTime()
    ->Setup(set_up)
    ->Teardown(tear_down);
BENCHMARK(FolderSyncsPerWrite)->Threads(1)->Threads(16)->Threads(64)->UseRealTime();
BENCHMARK(SmallWritesWithoutSync)->UseRealTime();
BENCHMARK(LargeWrite)
    ->ArgName("md5")
    ->Arg(0)
    ->Arg(1)
    ->UseRealTime()
    ->Iterations(6)
    ->Setup(set_up)
    ->Teardown(tear_down);
BENCHMARK(RawLargeWrite)->UseRealTime()->Iterations(6)->Setup(set_up)->Teardown(tear_down);
BENCHMARK(Md5)->UseRealTime();
BENCHMARK(LargeRead)->UseRealTime()->Setup(set_up)->Teardown(tear_down);
BENCHMARK(RawLargeRead)->UseRealTime()->Setup(set_up)->Teardown(tear_down);
BENCHMARK(CompleteUploadOf32Parts)->UseRealTime()->Iterations(6)->Setup(set_up)->Teardown(tear_down);
BENCHMARK(OpenAndStat)->Setup(set_up)->Teardown(tear_down);
BENCHMARK(ListOf20000)->UseRealTime()->Unit(benchmark::kMillisecond)->Setup(set_up)->Teardown(tear_down);

}  // namespace
}  // namespace mere::block
