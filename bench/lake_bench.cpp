// Imports: how many objects a second, and how much memory, from a listing that costs nothing to wait for.
//   build/release/lake_bench [--benchmark_filter=...]     MERE_BENCH_FOLDER: where (default: the temporary
//   folder)
// `cpu_us` is the time of all threads for one object, the listing's own making included; `peak_MiB` the most
// that the process has taken so far, so the memory of a case is only its own if it runs alone.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>

#include "lake/lake.h"

namespace mere::lake {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().message);
    std::abort();
  }
  return *std::move(result);
}

double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Keeps tables in a local store, and lists objects that are nowhere: "local://listed/<folder>/<object>", as
// an object store does, with checksums.
class ListedStore final : public block::Store {
 public:
  ListedStore(std::unique_ptr<block::Store> tables, std::size_t folders, std::size_t objects)
      : tables_(std::move(tables)),
        folders_(folders),
        objects_(objects),
        capabilities_(tables_->capabilities("")) {
    capabilities_.can_import = true;
  }

  Status list(const block::Address& folder, const block::ListOptions& options,
              const std::function<bool(const block::Listed&)>& visit) const override {
    if (!folder.uri.starts_with(kRoot)) return tables_->list(folder, options, visit);
    const std::string inside = folder.uri.substr(kRoot.size());
    if (!inside.empty()) {
      list_folder(folder.uri, visit);
      return {};
    }
    for (std::size_t i = 0; i < folders_; ++i) {
      const std::string inner = fmt::format("{}part-{:06}/", kRoot, i);
      if (options.delimited ? !visit({{inner}, true, {}}) : !list_folder(inner, visit)) return {};
    }
    return {};
  }

  const block::Capabilities& capabilities(std::string_view) const override { return capabilities_; }
  Status check(const block::Address& address) const override { return tables_->check(address); }
  std::string display(const block::Address& address) const override { return tables_->display(address); }
  Result<std::unique_ptr<block::Reader>> open(const block::Address& address) const override {
    return tables_->open(address);
  }
  Result<block::Properties> stat(const block::Address& address) const override {
    return tables_->stat(address);
  }
  Result<std::unique_ptr<block::Writer>> create(const block::Address& address,
                                                const block::WriteOptions& options) override {
    return tables_->create(address, options);
  }
  Status remove(const block::Address& address) override { return tables_->remove(address); }
  Result<block::Properties> copy(const block::Address& from, const block::Address& to) override {
    return tables_->copy(from, to);
  }
  Result<std::string> begin_upload(const block::Address& address) override {
    return tables_->begin_upload(address);
  }
  Result<std::unique_ptr<block::Writer>> upload_part(const block::Address& address, std::string_view id,
                                                     int number) override {
    return tables_->upload_part(address, id, number);
  }
  Result<std::vector<block::Part>> list_parts(const block::Address& address,
                                              std::string_view id) const override {
    return tables_->list_parts(address, id);
  }
  Result<block::Properties> complete_upload(const block::Address& address, std::string_view id,
                                            std::span<const block::Part> parts) override {
    return tables_->complete_upload(address, id, parts);
  }
  Status abort_upload(const block::Address& address, std::string_view id) override {
    return tables_->abort_upload(address, id);
  }
  Result<std::string> presign(const block::Address& address,
                              const block::PresignRequest& request) const override {
    return tables_->presign(address, request);
  }

  static constexpr std::string_view kRoot = "local://listed/";

 private:
  bool list_folder(const std::string& folder, const std::function<bool(const block::Listed&)>& visit) const {
    block::Listed listed;
    listed.properties = {
        .size_bytes = 1024, .last_modified = {1'700'000'000, 0}, .etag = std::string(32, 'a')};
    for (std::size_t i = 0; i < objects_ / folders_; ++i) {
      listed.address.uri = folder;
      fmt::format_to(std::back_inserter(listed.address.uri), "year=2026/object-{:08}.parquet", i);
      fmt::format_to(listed.properties.etag.begin(), "{:08x}", i);
      if (!visit(listed)) return false;
    }
    return true;
  }

  const std::unique_ptr<block::Store> tables_;
  const std::size_t folders_;
  const std::size_t objects_;
  block::Capabilities capabilities_;
};

// Arguments: objects, folders.
void BM_Import(benchmark::State& state) {
  const char* chosen = std::getenv("MERE_BENCH_FOLDER");
  const std::filesystem::path above = chosen != nullptr ? chosen : std::filesystem::temp_directory_path();
  std::string folder = (above / "mere-lake-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  const auto objects = static_cast<std::size_t>(state.range(0));
  ListedStore store(must(block::open_local_store({.root = folder})), static_cast<std::size_t>(state.range(1)),
                    objects);
  const auto records = kv::make_memory_store();
  tree::Trees trees(store, {});
  LakeOptions options;
  options.signing_secret = "signing secret";
  Lake lake(*records, store, trees, system_clock(), system_random(), inline_work_queue(), inline_work_queue(),
            options);
  const version::Repository repository = must(lake.engine.repositories.create(
      {.name = version::RepositoryName("repo"), .storage_namespace = {"local://repo"}}));
  const double before = processor_seconds();

  for (auto _ : state) {
    const std::string id = must(lake.imports.start(
        repository, version::BranchName("main"),
        {.locations = {{ImportLocation::Type::common_prefix, std::string(ListedStore::kRoot), "in/"}}}));
    const ImportState done = must(lake.imports.state(repository, id));
    if (!done.completed || done.ingested_objects != state.range(0)) std::abort();
  }

  const auto imported = static_cast<double>(state.iterations()) * static_cast<double>(objects);
  state.counters["objects/s"] = benchmark::Counter(imported, benchmark::Counter::kIsRate);
  state.counters["cpu_us"] = (processor_seconds() - before) * 1e6 / imported;
  state.counters["peak_MiB"] = peak_mib();
  std::filesystem::remove_all(folder);
}
BENCHMARK(BM_Import)
    ->ArgNames({"objects", "folders"})
    ->Args({100'000, 100})
    ->Args({1'000'000, 1})
    ->Args({1'000'000, 1000})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace mere::lake
