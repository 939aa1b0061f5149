// One round on a branch that all clients share: what each did is recorded, and must be explicable as one
// operation after another (shared_branch.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/lake.h"
#include "torture/dice.h"
#include "torture/operation.h"
#include "torture/shared_branch.h"

namespace mere::torture {

struct SharedCall {
  enum class Kind { put, remove, get, read_head, commit, merge, reset, move };
  Kind kind = Kind::get;
  std::int64_t number = 0;  // of the operation; of put: also the content's
  std::size_t client = 0;
  std::size_t key = 0;
  std::uint64_t called = 0, returned = 0;  // on the clock of the round
  Outcome outcome{};
  std::int64_t value = 0;  // that a get saw
  std::string commit{};    // that was made, or seen; of move: where to
  SharedTree source{};     // of merge: the tree that comes in
};
std::string describe(const SharedCall& call);

class SharedRound {
 public:
  static constexpr const char* kBranch = "shared";

  // What the branch is now, while nobody works on it. `first_number`: operations are numbered from here, in a
  // repository never the same twice.
  static Result<std::unique_ptr<SharedRound>> begin(const client::Api& api, const std::string& repository,
                                                    std::int64_t first_number);

  // One operation of a client: any thread, each with a client of its own. The outcome is lost if the
  // client should wait for a restart. Failed: the server said so.
  Outcome step(const client::Api& api, std::size_t client, Dice& dice);

  // After the restart: whether what was seen, and what is there now, can have come about.
  struct Checked {
    Verdict verdict = Verdict::linearizable;
    std::size_t operations = 0;
    std::vector<std::string> problems{};
    std::vector<std::string> history{};  // the shortest beginning that cannot be explained
  };
  Result<Checked> check(const client::Api& api) const;

 private:
  struct Commit {
    std::int64_t number = 0;  // by its message
    std::vector<std::string> parents;
    SharedTree tree{};
  };
  struct Now {
    std::string head;
    SharedTree tree{}, visible{};
  };
  SharedRound(std::string repository, std::int64_t first_number)
      : repository_(std::move(repository)), next_number_(first_number) {}

  static Result<Now> look(const client::Api& api, const std::string& repository);
  void carry_out(const client::Api& api, SharedCall& call, Dice& dice);
  bool prepare_merge(const client::Api& api, SharedCall& call, Dice& dice);
  Result<std::map<std::string, Commit>> commits_since(const client::Api& api, const Now& now) const;
  std::vector<SharedEvent> events_of(const SharedCall& call, const std::map<std::string, Commit>& commits,
                                     std::vector<std::string>& problems) const;

  const std::string repository_;
  Now first_;
  std::atomic<std::int64_t> next_number_;
  std::atomic<std::uint64_t> clock_{1};
  std::mutex mutex_;
  std::vector<SharedCall> calls_;  // guarded by mutex_ while clients work
};

}  // namespace mere::torture
