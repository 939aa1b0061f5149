// One client: works on branches of its own, which nobody else touches, and checks after each disaster that
// they are what its model says.
#pragma once

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "client/lake.h"
#include "torture/generator.h"
#include "torture/history.h"
#include "torture/model.h"
#include "torture/pulse.h"
#include "torture/report.h"
#include "torture/shared_round.h"
#include "torture/snapshot.h"

namespace mere::torture {

// A client's part of a round.
struct Shift {
  const client::Api& api;
  SharedRound& shared;
  Pulse& pulse;
  const std::atomic<bool>& stop;
  std::uint64_t round = 0;
  // Answers 5xx are no finding: the disk fails, or the server is shutting down.
  bool may_fail = false;
};

// One thread at a time.
class Worker {
 public:
  // Its names begin with "c<number>-". The repository's default branch has one commit, `first_commit`, and no
  // object.
  // `imports`: the folder of import_source.h.
  Worker(std::string repository, std::string first_commit, std::string imports, std::size_t number,
         std::uint64_t seed);

  // One operation after another, until it is told to stop or one had no answer. Problems: answers that
  // cannot be.
  std::vector<std::string> work(const Shift& shift);
  // Looks at everything that is its own and settles what was open. The server works without faults.
  std::vector<std::string> check(const client::Api& api, std::uint64_t round);

  const Totals& totals() const { return totals_; }
  const History& history() const { return history_; }

 private:
  std::vector<std::string> step(const Shift& shift);
  std::vector<std::string> step_on_shared_branch(const Shift& shift);
  std::vector<std::string> judge(const Shift& shift, const Operation& operation, const Outcome& outcome);
  void count(const Outcome& outcome);
  Status give_up_open_import(const client::Api& api);
  std::vector<std::string> settle_failure(const Shift& shift);
  Status learn_head(const client::Api& api, const std::string& branch);
  Result<std::vector<std::string>> settle(const client::Api& api);
  std::vector<std::string> read_back(const client::Api& api);
  // Without `must_answer` a server that is gone, or whose disk fails, leaves nothing to compare.
  std::vector<std::string> read_one(const client::Api& api, const std::string& branch,
                                    const std::string& path, const ObjectState& object, bool must_answer);
  std::vector<std::string> look_at_commits(const client::Api& api);

  const std::string repository_, imports_, prefix_;
  const std::size_t number_;
  Generator generator_;
  Dice dice_;
  Model model_;
  std::vector<Model> others_;  // what it may be as well: with the operation whose fate is open
  bool is_open_ = false;       // an operation's fate: no more of them until it is settled
  bool has_failed_ = false;    // an operation has, and whether it happened is not known yet
  std::string open_import_{};  // the branch of one whose fate is open
  bool is_ready_ = false;      // its main branch has been asked for
  std::size_t commits_seen_ = 1;
  std::set<std::uint64_t> contents_read_;
  Totals totals_;
  History history_;
};

}  // namespace mere::torture
