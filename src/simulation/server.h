// A lake as a server has it, on disks that fail; and what there is to see in it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lake/lake.h"
#include "simulation/block_disk.h"
#include "simulation/history.h"
#include "simulation/power.h"
#include "simulation/scheduler.h"
#include "simulation/state_disk.h"

namespace mere::simulation {

// Trees so small that the few paths of a simulation make several ranges.
tree::TreeOptions small_trees();

// What outlives a crash, and all that a server needs besides.
struct Machine {
  // `servers_share`: several servers write to the disks.
  explicit Machine(std::uint64_t seed, bool servers_share = false);

  SeededRandom random;
  ManualClock clock;
  Scheduler scheduler{random, clock};
  SimulatedQueue queue{scheduler};
  Power power{scheduler, random};
  StateDisk state{power};
  BlockDisk blocks;
};

// From its start to the next crash. Destroyed when its tasks have ended.
struct Server {
  Server(Machine& machine, const lake::LakeOptions& options);

  std::unique_ptr<kv::Store> state;
  std::unique_ptr<block::Store> blocks;
  tree::Trees trees;
  lake::Lake lake;
};

// --- looking at a whole repository; failures are those of GoogleTest -------------------------------

// Bytes that a put of `value` uploads, and the value of an entry by its bytes.
std::string bytes_of(OpId value);
Result<OpId> value_of(Server& server, const version::Repository& repository, const tree::Entry& entry);
Result<Content> content_of(Server& server, const version::Repository& repository, const std::string& ref);
// By the number that its message ends in; 0 for the first.
OpId op_of(const version::Commit& commit);

BranchFacts look_at_branches(Server& server, const version::Repository& repository);
// Every commit on record, whether a branch still has it or not.
std::vector<std::optional<CommitFact>> look_at_commits(Server& server, const version::Repository& repository,
                                                       std::size_t ops);

// Every table of every commit is there and has the id that its contents give when it is read again; every
// object that an entry refers to is there, with its bytes.
void expect_everything_is_whole(Server& server);

// Commits what is uncommitted, and looks whether anything is left that nobody refers to.
void expect_nothing_is_left_over(Machine& machine, Server& server, const version::Repository& repository);

}  // namespace mere::simulation
