#include "torture/torture.h"

#include <fmt/format.h>

#include "torture/lake_run.h"
#include "torture/shrink.h"

namespace mere::torture {
namespace {

constexpr Fault kFaults[] = {Fault::kill,      Fault::stop,     Fault::power_loss,
                             Fault::disk_full, Fault::io_error, Fault::network};

}  // namespace

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::kill:
      return "kill";
    case Fault::stop:
      return "stop";
    case Fault::power_loss:
      return "power-loss";
    case Fault::disk_full:
      return "disk-full";
    case Fault::io_error:
      return "io-error";
    case Fault::network:
      return "network";
  }
  return "?";
}

Result<std::set<Fault>> parse_faults(const std::string& list) {
  std::set<Fault> chosen;
  std::string known;
  for (const Fault fault : kFaults) known += (known.empty() ? "" : ", ") + std::string(name_of(fault));
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string name = list.substr(at, end - at);
    at = end + 1;
    bool is_known = false;
    for (const Fault fault : kFaults) {
      if (name == name_of(fault)) is_known = chosen.insert(fault).second || true;
    }
    if (!is_known) {
      return Error{Code::invalid_argument, fmt::format("there is no fault '{}'; there are {}", name, known)};
    }
  }
  return chosen;
}

Result<Report> torture(const Options& options, const std::function<bool(const Totals&)>& progress) {
  const auto begun = std::chrono::steady_clock::now();
  const auto is_over = [&](const Totals& totals) {
    if (totals.rounds >= options.rounds) return true;
    if (options.operations > 0 && totals.operations >= options.operations) return true;
    return options.duration.count() > 0 && std::chrono::steady_clock::now() - begun >= options.duration;
  };
  Report report;
  Totals sum;  // with the lake under way
  bool go_on = true;
  for (std::uint64_t lake = 0; go_on && !is_over(sum); ++lake) {
    LakeRun run(options, options.seed + lake);
    RETURN_IF_ERROR(run.begin());
    for (std::uint64_t round = 0; round < options.rounds_a_lake && go_on && !is_over(sum); ++round) {
      run.round();
      sum = report.totals;
      sum.add(run.totals());
      go_on = progress(sum) && run.findings().empty();
    }
    run.finish();
    report.totals.add(run.totals());
    report.findings = run.findings();
    if (!report.findings.empty()) {
      report.again = options;
      report.again.seed = options.seed + lake;
      report.again.rounds = report.findings.front().round;
      report.again.operations = 0;
      report.again.duration = {};
      Shrunk shorter =
          shrink({report.again, report.findings, 0}, std::chrono::steady_clock::now() + options.shrink);
      report.again = std::move(shorter.options);
      report.findings = std::move(shorter.findings);
      break;
    }
  }
  return report;
}

}  // namespace mere::torture
