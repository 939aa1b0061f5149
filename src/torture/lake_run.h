// The rounds of one lake: start a server, let clients work, strike, start again, check.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "torture/dice.h"
#include "torture/report.h"
#include "torture/server_process.h"
#include "torture/torture.h"
#include "torture/worker.h"

namespace mere::torture {

class LakeRun {
 public:
  // `seed`: this lake's. Its folder is made below that of the options.
  LakeRun(const Options& options, std::uint64_t seed);

  // Makes the lake. Errors: the server does not start.
  Status begin();
  // One round. Findings are kept.
  void round();
  // The last check of all, with the server stopped: every byte of every commit. Removes the folder, unless
  // something was found or it is to be kept.
  void finish();

  Totals totals() const;
  const std::vector<Finding>& findings() const { return findings_; }

 private:
  using Problems = std::vector<std::string>;
  // How the disk is to fail in a round (base/disk_faults.h); "": it is not.
  std::string disk_plan(Fault fault);
  bool start(const std::string& disk_plan = "");
  void work(Fault fault, SharedRound& shared);
  void strike(Fault fault);
  void lose_power();
  // Calls `work` for each client on a thread of its own, and keeps what it finds.
  template <class F>
  void all_clients(const F& work);
  void check(const SharedRound& shared);
  void verify(bool all);
  void found(const std::string& who, Problems problems, std::vector<std::string> history = {});
  std::string imports() const { return folder_ + ".imports"; }
  std::string ledger() const { return folder_ + ".ledger"; }

  const Options& options_;  // outlives this
  const std::uint64_t seed_;
  const std::string folder_;
  Dice dice_;
  ServerProcess server_;
  std::string url_;                   // of the server, while it runs
  std::optional<client::Lake> lake_;  // there
  std::vector<std::unique_ptr<Worker>> workers_;
  Totals totals_;     // without those of the workers
  std::mutex mutex_;  // guards findings_ while clients work
  std::vector<Finding> findings_;
  Fault fault_ = Fault::kill;  // of the round
  std::uint64_t round_ = 0;
};

}  // namespace mere::torture
