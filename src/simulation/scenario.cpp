#include "simulation/scenario.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "simulation/checker.h"
#include "simulation/client.h"
#include "simulation/server.h"

namespace mere::simulation {
namespace {

constexpr std::size_t kMaxOps = 60;  // numbers of ops are bits of a set (model.cpp)

class Scenario {
 public:
  explicit Scenario(std::uint64_t seed)
      : servers_count_(seed % 4 == 3 ? 2 : 1), machine_(seed, servers_count_ > 1) {
    options_.signing_secret = "signing secret";
    options_.updates.compact_after_entries = 1 + chance(4);
    history_.ops.resize(1);
  }

  ScenarioResult run() {
    begin();
    const std::size_t rounds = 1 + chance(3);
    for (std::size_t round = 0; round < rounds; ++round) play();
    finish();
    return {std::move(history_), machine_.power.steps(), machine_.power.life(), verdict_.states};
  }

 private:
  std::uint64_t chance(std::uint64_t n) { return machine_.random.next_u64() % n; }

  void start_servers() {
    for (int i = 0; i < servers_count_; ++i) servers_.push_back(std::make_unique<Server>(machine_, options_));
    machine_.scheduler.run();
  }
  void stop_servers() {
    machine_.scheduler.run();
    servers_.clear();
  }
  void ask_now(Op op) { ask(machine_, *servers_.front(), repository_, history_, op); }

  // A repository with a few things in it.
  void begin() {
    start_servers();
    version::NewRepository request;
    request.name = version::RepositoryName("lake");
    request.storage_namespace = {"mem://lake"};
    const auto made = servers_.front()->lake.engine.repositories.create(request);
    ASSERT_TRUE(made) << made.error().message;
    repository_ = *made;
    for (std::size_t i = chance(6); i > 0; --i) {
      Op op;
      op.path = static_cast<std::uint8_t>(chance(kPaths.size()));
      ask_now(op);
    }
    Op commit;
    commit.kind = Kind::commit;
    ask_now(commit);
    Op branch;
    branch.kind = Kind::create_branch;
    branch.branch = 1;
    ask_now(branch);
    machine_.scheduler.run();
  }

  // Some clients at once, until all are done or the power fails; then the next life begins.
  void play() {
    machine_.scheduler.overtake_one_in(1u << chance(3));
    const std::size_t clients = 1 + chance(4);
    const std::size_t ops = 1 + chance(5);
    const std::uint64_t life = machine_.power.life();
    for (std::size_t client = 0; client < clients; ++client) {
      Server& server = *servers_[client % servers_.size()];
      machine_.scheduler.spawn([this, &server, ops, life] {
        for (std::size_t i = 0; i < ops && history_.ops.size() < kMaxOps; ++i) {
          if (machine_.power.is_over(life)) return;
          ask(machine_, server, repository_, history_, random_op(machine_.random));
        }
      });
    }
    static constexpr Loss kLosses[] = {Loss::nothing, Loss::everything, Loss::some};
    const Loss loss = kLosses[chance(3)];
    // Most lives end in the middle of something.
    if (chance(8) != 0) machine_.power.fail_at(chance(20 * clients * ops), loss);
    machine_.scheduler.run();
    if (!machine_.power.is_over(life)) machine_.power.fail(loss);
    stop_servers();
    history_.events.push_back({Event::Kind::died});
    start_servers();
    history_.events.push_back({Event::Kind::found, 0, look_at_branches(*servers_.front(), repository_)});
  }

  void finish() {
    Server& server = *servers_.front();
    history_.commits = look_at_commits(server, repository_, history_.ops.size());
    expect_everything_is_whole(server);
    verdict_ = judge(history_);
    EXPECT_TRUE(verdict_.is_explained || verdict_.is_undecided)
        << "nothing explains event " << verdict_.failed_at << " of\n"
        << history_.print();
    EXPECT_FALSE(verdict_.is_undecided) << "too many ways to explain\n" << history_.print();
    expect_nothing_is_left_over(machine_, server, repository_);
    stop_servers();
  }

  const int servers_count_;
  Machine machine_;
  lake::LakeOptions options_;
  std::vector<std::unique_ptr<Server>> servers_;
  version::Repository repository_;
  History history_;
  Verdict verdict_;
};

}  // namespace

ScenarioResult run_scenario(std::uint64_t seed) {
  return Scenario(seed).run();
}

}  // namespace mere::simulation
