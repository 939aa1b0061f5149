// The whole: lakes that are worked on and hurt, round after round, and checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "torture/report.h"

namespace mere::torture {

enum class Fault {
  kill,        // SIGKILL
  stop,        // SIGTERM
  power_loss,  // SIGKILL, and what was not synced is gone
  disk_full,   // writes are refused, for a while or until SIGKILL
  io_error,    // writes, syncs and renamings fail, some halfway; then SIGKILL
  network,     // connections break, stall, are cut; then SIGKILL
};
std::string_view name_of(Fault fault);                          // "kill"
Result<std::set<Fault>> parse_faults(const std::string& list);  // "kill,stop"; Errors: invalid_argument

struct Options {
  std::uint64_t seed = 0;
  std::uint64_t rounds = 100;
  std::uint64_t operations = 0;      // end when there were so many; 0: whatever the rounds take
  std::chrono::seconds duration{0};  // end after this time; 0: whatever the rounds take
  std::size_t clients = 4;
  std::uint64_t operations_a_round = 100;  // about
  std::set<Fault> faults{Fault::kill,      Fault::stop,     Fault::power_loss,
                         Fault::disk_full, Fault::io_error, Fault::network};
  std::uint64_t rounds_a_lake = 25;  // then a new lake is begun, with the next seed
  std::string folder;                // lakes are made in it; it is there
  bool keep = false;                 // also the lakes in which nothing was found
  std::string program;               // the server's
  std::chrono::seconds shrink{60};   // how long a shorter way to the same is looked for
};

struct Report {
  Totals totals;
  std::vector<Finding> findings;  // of the first lake that had any: the run ends with it
  Options again;                  // if there are findings: what to run to see them again
};

// `progress` is told of each round's end and answers whether to go on. Errors: what keeps a run from being
// one: no folder, no program, no first start. What the server does wrong is a finding.
Result<Report> torture(const Options& options, const std::function<bool(const Totals&)>& progress);

}  // namespace mere::torture
