#include "base/disk_faults.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/fd.h"
#include "base/random.h"
#include "base/text.h"
#include "base/write_all.h"

namespace mere {
namespace {

struct Plan {
  std::uint64_t seed = 0;
  std::uint64_t room = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t full_for = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t errors_from = 0, errors_to = 0;
  std::uint64_t error_percent = 0, short_percent = 0;
  std::string ledger;
};

Result<Plan> parse(const std::string& text) {
  Plan plan;
  const std::map<std::string_view, std::uint64_t*> numbers = {{"seed", &plan.seed},
                                                              {"room", &plan.room},
                                                              {"full-for", &plan.full_for},
                                                              {"errors-from", &plan.errors_from},
                                                              {"errors-to", &plan.errors_to},
                                                              {"error-percent", &plan.error_percent},
                                                              {"short-percent", &plan.short_percent}};
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    const std::size_t equals = std::min(item.find('='), item.size());
    const std::string_view key = item.substr(0, equals),
                           value = item.substr(std::min(equals + 1, item.size()));
    if (key == "ledger") {
      plan.ledger = value;
      continue;
    }
    const auto named = numbers.find(key);
    const auto number = parse_integer<std::uint64_t>(value);
    if (named == numbers.end() || !number)
      return Error{Code::invalid_argument, fmt::format("a disk that fails: '{}' is not understood", item)};
    *named->second = *number;
  }
  return plan;
}

class PlannedFaults final : public DiskFaults {
 public:
  PlannedFaults(Plan plan, Fd ledger)
      : plan_(std::move(plan)), random_(plan_.seed), ledger_(std::move(ledger)) {}

  Fate before(Step step, std::size_t bytes) override {
    std::lock_guard lock(mutex_);
    const std::uint64_t number = steps_++;
    if (step != Step::sync && is_full(step == Step::write ? bytes : 1)) return {ENOSPC, below(bytes)};
    if (number >= plan_.errors_from && number < plan_.errors_to && chance(plan_.error_percent)) {
      return {EIO, chance(50) ? 0 : below(bytes)};
    }
    if (step == Step::write && bytes > 1 && chance(plan_.short_percent)) return {0, 1 + below(bytes - 1)};
    return {};
  }

  void wrote(ino_t file, std::uint64_t size_bytes) override {
    tell(fmt::format("wrote\t{}\t{}", file, size_bytes));
  }
  void synced(ino_t file, std::uint64_t size_bytes) override {
    tell(fmt::format("synced\t{}\t{}", file, size_bytes));
  }
  void failed_to_sync(ino_t file, std::uint64_t size_bytes) override {
    tell(fmt::format("unsynced\t{}\t{}", file, size_bytes));
  }
  void synced_folder(const std::string& folder) override { tell("folder\t" + folder); }
  void synced_all() override { tell("all"); }
  void makes(const std::string& path) override { tell("makes\t" + path); }
  void renames(const std::string& from, const std::string& to) override {
    tell(fmt::format("renames\t{}\t{}\t{}", from, to, keep(to)));
  }
  void removes(const std::string& path) override { tell(fmt::format("removes\t{}\t{}", path, keep(path))); }

 private:
  bool is_full(std::size_t bytes) {
    if (plan_.full_for == 0) return false;  // somebody has made room
    if (bytes <= plan_.room) {
      plan_.room -= plan_.room == std::numeric_limits<std::uint64_t>::max() ? 0 : bytes;
      return false;
    }
    if (plan_.full_for != std::numeric_limits<std::uint64_t>::max()) --plan_.full_for;
    return true;
  }
  std::uint64_t below(std::uint64_t limit) { return limit == 0 ? 0 : random_.next_u64() % limit; }
  bool chance(std::uint64_t percent) { return percent > 0 && below(100) < percent; }

  // A second name for a file that is about to lose its own, under which it can be found again.
  std::string keep(const std::string& path) {
    struct stat status{};
    if (!ledger_ || ::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
    const std::string kept = fmt::format("{}.kept/{}", plan_.ledger, kept_++);
    return ::link(path.c_str(), kept.c_str()) == 0 ? kept : "";
  }
  // In one write, so that a kill leaves whole lines; the first after one that was torn begins anew.
  void tell(std::string line) {
    if (!ledger_) return;
    line += '\n';
    if (!write_all(ledger_.get(), line)) return;
  }

  Plan plan_;
  SeededRandom random_;
  const Fd ledger_;
  std::atomic<std::uint64_t> kept_{0};
  std::mutex mutex_;
  std::uint64_t steps_ = 0;
};

}  // namespace

Result<std::unique_ptr<DiskFaults>> make_disk_faults(const std::string& text) {
  ASSIGN_OR_RETURN(Plan plan, parse(text));
  Fd ledger;
  if (!plan.ledger.empty()) {
    std::error_code problem;
    std::filesystem::create_directories(plan.ledger + ".kept", problem);
    ledger = Fd(::open(plan.ledger.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (problem || !ledger) return Error{Code::io_error, "a disk that fails: cannot write " + plan.ledger};
  }
  return std::make_unique<PlannedFaults>(std::move(plan), std::move(ledger));
}

}  // namespace mere
