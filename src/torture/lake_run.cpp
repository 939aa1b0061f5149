#include "torture/lake_run.h"

#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <utility>

#include "torture/import_source.h"
#include "torture/network_faults.h"
#include "torture/power_loss.h"
#include "torture/pulse.h"

namespace mere::torture {
namespace {

constexpr std::string_view kRepository = "torture";
constexpr std::uint64_t kVerifyEvery = 5;  // rounds
constexpr std::int64_t kNumbersARound = 1'000'000;
constexpr std::size_t kHistoryLines = 40;
constexpr const char* kBeside[] = {".log", ".imports", ".ledger", ".ledger.kept"};  // a lake's folder
constexpr std::chrono::seconds kPatience{120};                                      // without any answer
constexpr std::chrono::milliseconds kShortPatience{2'000};  // where the network stalls

// Small limits, so that a small lake has what a large one has: several ranges, compactions.
const std::vector<std::string> kSettings = {
    "committed.permanent.max_range_size_bytes=4096",
    "committed.permanent.range_raggedness_entries=16",
    "graveler.compaction_sensor_threshold=20",
    "blockstore.local.disable_pre_signed=false",
    "logging.level=warn",
};

std::vector<std::string> settings_with(const std::string& imports) {
  std::vector<std::string> settings = kSettings;
  settings.emplace_back("blockstore.local.import_enabled=true");
  settings.push_back("blockstore.local.allowed_external_prefixes=" + imports);
  return settings;
}

client::SessionOptions session_options(std::chrono::milliseconds patience = kPatience) {
  client::SessionOptions options;
  options.credentials.access_key_id = kAccessKey;
  options.credentials.secret_access_key = kSecretKey;
  options.retries = 0;
  options.timeout = patience;
  options.http.idle_timeout = patience;
  options.client_name = "mere-torture";
  options.http.proxy = "";
  return options;
}

}  // namespace

LakeRun::LakeRun(const Options& options, std::uint64_t seed)
    : options_(options),
      seed_(seed),
      folder_(fmt::format("{}/lake-{}", options.folder, seed)),
      dice_(seed_of(seed, 0)),
      server_({options.program, folder_, settings_with(imports())}) {}

void LakeRun::found(const std::string& who, Problems problems, std::vector<std::string> history) {
  std::lock_guard lock(mutex_);
  findings_.push_back(
      {seed_, round_, std::string(name_of(fault_)), who, std::move(problems), std::move(history)});
}

Status LakeRun::begin() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  for (const char* beside : kBeside) std::filesystem::remove_all(folder_ + beside, ignored);
  RETURN_IF_ERROR(write_import_sources(imports()));
  ASSIGN_OR_RETURN(url_, server_.start());
  ASSIGN_OR_RETURN(lake_, client::Lake::connect(url_, session_options()));
  RETURN_IF_ERROR([&]() -> Status {
    auto made = lake_->create_repository(std::string(kRepository), {.storage_namespace = "local://torture"});
    if (!made) return made.error();
    return {};
  }());
  const client::Repository repository = lake_->repository(std::string(kRepository));
  ASSIGN_OR_RETURN(const std::string first, repository.branch("main").head());
  RETURN_IF_ERROR(repository.branch(SharedRound::kBranch).create(repository.branch("main")));
  for (std::size_t client = 0; client < options_.clients; ++client) {
    workers_.push_back(std::make_unique<Worker>(std::string(kRepository), first, imports(), client,
                                                seed_of(seed_, client + 1)));
  }
  ++totals_.lakes;
  return {};
}

bool LakeRun::start(const std::string& disk_plan) {
  std::vector<std::string> environment;
  if (!disk_plan.empty()) environment.push_back("MERE_TORTURE_DISK=" + disk_plan);
  Result<std::string> url = server_.start(environment);
  if (!url) {
    // With a disk that fails it may well say that it cannot; to crash is never right.
    if (disk_plan.empty() || url.error().message.find("signal") != std::string::npos)
      found("server", {url.error().message});
    return false;
  }
  url_ = *std::move(url);
  auto lake = client::Lake::connect(url_, session_options());
  if (lake) lake_ = *std::move(lake);
  return lake.has_value();
}

std::string LakeRun::disk_plan(Fault fault) {
  std::string plan;
  if (fault == Fault::disk_full) {
    plan = fmt::format("room={}", dice_.between(20'000, 1'500'000));
    if (dice_.chance(60)) plan += fmt::format(",full-for={}", dice_.between(1, 40));
  } else if (fault == Fault::io_error) {
    constexpr std::uint64_t kPercents[] = {10, 50, 100};
    const std::uint64_t from = dice_.between(0, 600), steps = dice_.between(1, 60);
    plan = fmt::format("errors-from={},errors-to={},error-percent={},short-percent=5", from, from + steps,
                       kPercents[dice_.below(std::size(kPercents))]);
  } else if (fault == Fault::power_loss) {
    plan = "short-percent=5";
  } else {
    return "";
  }
  plan += fmt::format(",seed={}", dice_.next());
  if (fault == Fault::power_loss || dice_.chance(50)) plan += ",ledger=" + ledger();
  return plan;
}

template <class F>
void LakeRun::all_clients(const F& work) {
  std::vector<Problems> problems(workers_.size());
  std::vector<std::thread> threads;
  for (std::size_t client = 0; client < workers_.size(); ++client) {
    threads.emplace_back([&, client] { problems[client] = work(*workers_[client]); });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t client = 0; client < workers_.size(); ++client) {
    if (problems[client].empty()) continue;
    auto history = workers_[client]->history().about(problems[client], kHistoryLines);
    found(fmt::format("client {}", client), std::move(problems[client]), std::move(history));
  }
}

void LakeRun::strike(Fault fault) {
  if (fault == Fault::stop) {
    ++totals_.stops;
    const Result<int> status = server_.stop();
    if (!status) found("server", {status.error().message});
    if (status && *status != 0) found("server", {fmt::format("it ended with {} after SIGTERM", *status)});
    return;
  }
  std::string how;
  if (server_.has_ended(how)) found("server", {"it ended by itself: " + how});
  ++totals_.kills;
  server_.kill();
}

// What the ledger of the last server says that the disk need not have.
void LakeRun::lose_power() {
  if (!std::filesystem::exists(ledger())) return;
  const auto loss = torture::lose_power(folder_, ledger(), dice_);
  if (!loss) return found("power failure", {loss.error().message});
  totals_.files_cut += loss->files_cut;
  totals_.names_undone += loss->names_undone;
}

void LakeRun::work(Fault fault, SharedRound& shared) {
  const std::uint64_t operations = dice_.between(1, 2 * options_.operations_a_round);
  // Not at an answer, but somewhere between two of them.
  const std::chrono::microseconds later(dice_.chance(50) ? 0 : dice_.below(10'000));
  std::optional<NetworkFaults> network;
  client::Lake lake = *lake_;
  if (fault == Fault::network) {
    network.emplace(url_, dice_.next());
    auto through = client::Lake::connect(network->url(), session_options(kShortPatience));
    if (!through) return found("network", {through.error().message});
    lake = *std::move(through);
  }
  Pulse pulse;
  std::atomic<bool> stop = false;
  std::thread tormentor([&] {
    if (!pulse.wait(operations, workers_.size(), kPatience)) {
      found("server", {fmt::format("no operation was answered for {} s", kPatience.count())});
    }
    std::this_thread::sleep_for(later);
    strike(fault);
    stop = true;
  });
  const bool may_fail = fault == Fault::stop || fault == Fault::disk_full || fault == Fault::io_error;
  const client::Api api = lake.api();
  const Shift shift{api, shared, pulse, stop, round_, may_fail};
  all_clients([&](Worker& worker) { return worker.work(shift); });
  tormentor.join();
}

void LakeRun::round() {
  ++round_;
  ++totals_.rounds;
  const Fault fault = dice_.one_of(std::vector<Fault>(options_.faults.begin(), options_.faults.end()));
  fault_ = fault;
  ++totals_.faults[std::string(name_of(fault))];
  const auto shared = SharedRound::begin(lake_->api(), std::string(kRepository),
                                         static_cast<std::int64_t>(round_) * kNumbersARound);
  if (!shared) return found("shared branch", {shared.error().message});

  bool is_running = true;
  if (const std::string plan = disk_plan(fault); !plan.empty()) {
    lake_.reset();
    server_.kill();
    is_running = start(plan);
    if (!findings_.empty()) return;
  }
  if (is_running) work(fault, **shared);
  server_.kill();  // if it could not start, or was not struck
  lake_.reset();
  lose_power();
  if (!findings_.empty()) return;

  if (dice_.chance(15)) {
    ++totals_.kills_while_starting;
    const Status killed = server_.start_and_kill(std::chrono::microseconds(dice_.below(60'000)));
    if (!killed) return found("server", {killed.error().message});
  }
  if (round_ % kVerifyEvery == 0) verify(false);
  if (findings_.empty() && start()) check(**shared);
}

void LakeRun::check(const SharedRound& shared) {
  const client::Api api = lake_->api();
  all_clients([&](Worker& worker) { return worker.check(api, round_); });
  auto checked = shared.check(api);
  if (!checked) return found("shared branch", {checked.error().message});
  ++totals_.histories;
  if (checked->verdict == Verdict::undecided) ++totals_.undecided;
  if (!checked->problems.empty()) {
    found("shared branch", std::move(checked->problems), std::move(checked->history));
  }
}

void LakeRun::verify(bool all) {
  std::vector<std::string> arguments = {"verify", "--data", folder_, "--objects"};
  if (all) arguments.emplace_back("--all-commits");
  for (const std::string& setting : settings_with(imports())) {  // or it may not read what was imported
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  const auto ended = server_.run(arguments);
  ++totals_.verifications;
  if (!ended) return found("verify", {ended.error().message});
  if (ended->status != 0) found("verify", {ended->output});
}

void LakeRun::finish() {
  lake_.reset();
  if (const Result<int> status = server_.stop(); !status) found("server", {status.error().message});
  if (findings_.empty()) verify(true);
  if (!findings_.empty() || options_.keep) return;
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  for (const char* beside : kBeside) std::filesystem::remove_all(folder_ + beside, ignored);
}

Totals LakeRun::totals() const {
  Totals sum = totals_;
  for (const auto& worker : workers_) sum.add(worker->totals());
  return sum;
}

}  // namespace mere::torture
