// A fault at every step of every update: what is found afterwards is the state before or after it.
#include <gtest/gtest.h>

#include <functional>

#include "base/log.h"
#include "kv/fault_store.h"
#include "version/engine_test_support.h"

namespace mere::version {
namespace {

const BranchName kMain("main");

// Remembers which writes a crash may take back: `ordered` ones that no synced one followed.
class DiskStore final : public kv::Store {
 public:
  Result<std::optional<std::string>> get(std::string_view key) const override { return live_->get(key); }
  std::unique_ptr<kv::Cursor> scan(std::string_view prefix) const override { return live_->scan(prefix); }

  Status write(std::span<const kv::Write> writes, kv::Durability durability) override {
    RETURN_IF_ERROR(live_->write(writes, durability));
    std::vector<kv::Write> unconditional(writes.begin(), writes.end());
    std::erase_if(unconditional, [](const kv::Write& write) { return write.kind == kv::Write::Kind::check; });
    for (kv::Write& write : unconditional) write.condition = {};
    unsynced_.push_back([this, unconditional] { EXPECT_TRUE(disk_->write(unconditional)); });
    if (durability == kv::Durability::synced) sync();
    return {};
  }
  Status erase_prefix(std::string_view prefix) override {
    RETURN_IF_ERROR(live_->erase_prefix(prefix));
    unsynced_.push_back([this, own = std::string(prefix)] { EXPECT_TRUE(disk_->erase_prefix(own)); });
    return {};
  }

  void sync() {
    for (const auto& write : unsynced_) write();
    unsynced_.clear();
  }
  // What a restart finds; `all`: the system had time to write everything.
  std::unique_ptr<kv::Store> survivor(bool all) {
    if (all) sync();
    return std::move(disk_);
  }

 private:
  std::unique_ptr<kv::Store> live_ = kv::make_memory_store();
  std::unique_ptr<kv::Store> disk_ = kv::make_memory_store();
  std::vector<std::function<void()>> unsynced_;
};

// Stops making objects at a given step.
class FaultBlocks final : public block::Store {
 public:
  explicit FaultBlocks(block::Store& below) : below_(below) {}
  void fail_from(int n) { left_ = n; }
  int steps() const { return steps_; }

  const block::Capabilities& capabilities(std::string_view storage_id) const override {
    return below_.capabilities(storage_id);
  }
  Status check(const block::Address& address) const override { return below_.check(address); }
  std::string display(const block::Address& address) const override { return below_.display(address); }
  Result<std::unique_ptr<block::Reader>> open(const block::Address& address) const override {
    return below_.open(address);
  }
  Result<block::Properties> stat(const block::Address& address) const override {
    return below_.stat(address);
  }
  Result<std::unique_ptr<block::Writer>> create(const block::Address& address,
                                                const block::WriteOptions& options) override {
    RETURN_IF_ERROR(step());
    ASSIGN_OR_RETURN(auto writer, below_.create(address, options));
    return std::unique_ptr<block::Writer>(new FaultWriter(*this, std::move(writer)));
  }
  Status remove(const block::Address& address) override { return below_.remove(address); }
  Result<block::Properties> copy(const block::Address& from, const block::Address& to) override {
    return below_.copy(from, to);
  }
  Status list(const block::Address& folder, const block::ListOptions& options,
              const std::function<bool(const block::Listed&)>& visit) const override {
    return below_.list(folder, options, visit);
  }
  Result<std::string> begin_upload(const block::Address& address) override {
    return below_.begin_upload(address);
  }
  Result<std::unique_ptr<block::Writer>> upload_part(const block::Address& address,
                                                     std::string_view upload_id, int number) override {
    return below_.upload_part(address, upload_id, number);
  }
  Result<std::vector<block::Part>> list_parts(const block::Address& address,
                                              std::string_view upload_id) const override {
    return below_.list_parts(address, upload_id);
  }
  Result<block::Properties> complete_upload(const block::Address& address, std::string_view upload_id,
                                            std::span<const block::Part> parts) override {
    return below_.complete_upload(address, upload_id, parts);
  }
  Status abort_upload(const block::Address& address, std::string_view upload_id) override {
    return below_.abort_upload(address, upload_id);
  }
  Result<std::string> presign(const block::Address& address,
                              const block::PresignRequest& request) const override {
    return below_.presign(address, request);
  }

 private:
  class FaultWriter final : public block::Writer {
   public:
    FaultWriter(FaultBlocks& owner, std::unique_ptr<block::Writer> below)
        : owner_(owner), below_(std::move(below)) {}
    Status append(std::span<const std::byte> bytes) override { return below_->append(bytes); }
    Result<block::Written> finish() override {
      RETURN_IF_ERROR(owner_.step());
      return below_->finish();
    }

   private:
    FaultBlocks& owner_;
    std::unique_ptr<block::Writer> below_;
  };
  Status step() {
    ++steps_;
    if (left_ == 0) return Error{Code::no_space, "a fault of the test"};
    if (left_ > 0) --left_;
    return {};
  }

  block::Store& below_;
  int left_ = -1;
  int steps_ = 0;
};

struct World {
  ManualClock clock;
  std::unique_ptr<block::Store> memory = block::make_memory_store(clock);
  FaultBlocks blocks{*memory};
  tree::Trees trees{blocks, tiny_trees()};
  DiskStore disk;
  kv::FaultStore faults{disk};
  std::optional<Engine> engine;
  Repository repository;

  // main: committed records, and uncommitted changes in a compacted tree, a sealed token or two, and the
  // staging token. dev: a change that merges. clean: nothing uncommitted.
  World() {
    engine.emplace(faults, blocks, trees, clock, system_random(), inline_work_queue(), "_lakefs");
    NewRepository request;
    request.name = RepositoryName("lake");
    request.storage_namespace = {"mem://lake"};
    repository = *engine->repositories.create(request);
    for (int i = 0; i < 12; ++i) put("k" + std::to_string(i), "1");
    commit("main");
    for (const char* name : {"dev", "clean"}) {
      EXPECT_TRUE(engine->refs.create_branch(repository, BranchName(name), RefExpr("main"), false, false));
    }
    put("k3", "dev", "dev");
    EXPECT_TRUE(engine->entries.remove(repository, BranchName("dev"), "k5"));
    commit("dev");
    put("clean", "clean", "clean");
    commit("clean");
    put("k1", "2");
    EXPECT_TRUE(engine->entries.remove(repository, kMain, "k2"));
    EXPECT_TRUE(engine->updates.compact(repository, kMain));
    put("k4", "2");
    fail_a_commit();  // leaves a sealed token
    put("new", "2");
    EXPECT_TRUE(engine->entries.remove(repository, kMain, "k6"));
    disk.sync();
    clock.advance(std::chrono::seconds(1));
  }

  void put(const std::string& path, const std::string& content, const std::string& branch = "main") {
    EXPECT_TRUE(engine->entries.put(repository, BranchName(branch), path, entry_of(content)));
  }
  void commit(const std::string& branch) {
    clock.advance(std::chrono::seconds(1));  // equal dates would leave the order of the log to chance
    EXPECT_TRUE(engine->updates.commit(repository, BranchName(branch), {}));
  }
  void fail_a_commit() {
    blocks.fail_from(0);
    EXPECT_FALSE(engine->updates.commit(repository, kMain, {}));
    blocks.fail_from(-1);
    EXPECT_FALSE(engine->refs.branch(repository, kMain)->sealed_tokens.empty());
  }
};

// All that users can see.
std::string describe(Engine& engine, const Repository& repository) {
  std::string text;
  for (const char* branch : {"main", "dev", "clean"}) {
    for (const char* ref : {"", "@"}) {
      ListRequest request;
      request.amount = 1000;
      text += std::string(branch) + ref + ":";
      const auto listed =
          engine.entries.list(repository, RefExpr(std::string(branch) + ref), request,
                              [&](std::string_view path, const tree::Entry* entry) {
                                text.append(" ").append(path).append("=").append(entry->checksum);
                              });
      EXPECT_TRUE(listed) << failure_of(listed);
    }
    const auto head = engine.refs.branch(repository, BranchName(branch));
    const auto log = engine.commits.log(repository, head->commit_id, {});
    for (auto commit = log->next(); commit && *commit; commit = log->next()) {
      text.append(" #").append((*commit)->message.substr(0, 6));  // "Revert <an id that differs>"
    }
    text += "\n";
  }
  return text;
}

void expect_nothing_is_left_over(Engine& engine, kv::Store& state, const Repository& repository) {
  for (const char* branch : {"main", "dev", "clean"}) {
    CommitRequest request;
    request.allow_empty = true;
    const auto commit = engine.updates.commit(repository, BranchName(branch), request);
    EXPECT_TRUE(commit) << failure_of(commit);
  }
  EXPECT_FALSE(state.scan("s/")->valid());
  EXPECT_FALSE(state.scan("drop/")->valid());
}

TEST(FailedCommits, DoNotPileUpSealedTokens) {
  World world;
  for (int i = 0; i < 30; ++i) {
    world.put("p" + std::to_string(i), "1");
    world.fail_a_commit();
  }
  EXPECT_LE(world.engine->refs.branch(world.repository, kMain)->sealed_tokens.size(), 16u);

  world.commit("main");

  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(world.engine->entries.find(world.repository, RefExpr("main@"), "p" + std::to_string(i))) << i;
  }
  expect_nothing_is_left_over(*world.engine, world.disk, world.repository);
}

struct Operation {
  const char* name;
  std::function<bool(Engine&, const Repository&)> run;
};

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = {
      {"put",
       [](Engine& engine, const Repository& repository) {
         return engine.entries.put(repository, kMain, "k7", entry_of("9")).has_value();
       }},
      {"put_if_absent",
       [](Engine& engine, const Repository& repository) {
         return engine.entries.put(repository, kMain, "free", entry_of("9"), {.if_absent = true}).has_value();
       }},
      {"remove",
       [](Engine& engine, const Repository& repository) {
         return engine.entries.remove(repository, kMain, "k8").has_value();
       }},
      {"commit",
       [](Engine& engine, const Repository& repository) {
         CommitRequest request;
         request.message = "made";
         return engine.updates.commit(repository, kMain, request).has_value();
       }},
      {"merge",
       [](Engine& engine, const Repository& repository) {
         return engine.updates.merge(repository, RefExpr("dev"), BranchName("clean"), {}).has_value();
       }},
      {"revert",
       [](Engine& engine, const Repository& repository) {
         return engine.updates.revert(repository, BranchName("dev"), RefExpr("dev"), {}).has_value();
       }},
      {"cherry_pick",
       [](Engine& engine, const Repository& repository) {
         return engine.updates.cherry_pick(repository, BranchName("clean"), RefExpr("dev"), {}).has_value();
       }},
      {"import",
       [](Engine& engine, const Repository& repository) {
         ImportRequest request;
         const auto dev = engine.refs.resolve_commit(repository, RefExpr("dev"));
         if (!dev) return false;
         const auto commit = engine.commits.get(repository, *dev);
         if (!commit) return false;
         request.records = (*commit)->meta_range_id;
         request.replaced_prefixes = {"k"};
         return engine.updates.import(repository, BranchName("clean"), request).has_value();
       }},
      {"reset",
       [](Engine& engine, const Repository& repository) {
         return engine.updates.reset(repository, kMain, false).has_value();
       }},
      {"reset_prefix",
       [](Engine& engine, const Repository& repository) {
         return engine.updates.reset_prefix(repository, kMain, "k", false).has_value();
       }},
      {"reset_path",
       [](Engine& engine, const Repository& repository) {
         return engine.updates.reset_path(repository, kMain, "k4", false).has_value();
       }},
      {"hard_reset",
       [](Engine& engine, const Repository& repository) {
         return engine.updates.hard_reset(repository, kMain, RefExpr("dev"), false).has_value();
       }},
      {"compact",
       [](Engine& engine, const Repository& repository) {
         return engine.updates.compact(repository, kMain).has_value();
       }},
  };
  return all;
}

class Crash : public testing::TestWithParam<std::size_t> {
 public:
  static void SetUpTestSuite() {
    ASSERT_TRUE(log::configure({.level = log::Level::none}));
  }  // hundreds of faults

 protected:
  const Operation& operation() const { return operations()[GetParam()]; }

  void SetUp() override {
    World world;
    before = describe(*world.engine, world.repository);
    ASSERT_TRUE(operation().run(*world.engine, world.repository));
    after = describe(*world.engine, world.repository);
  }

  // Restarts `world` as a crash left it, and looks.
  void expect_one_of_both(World& world, bool all_reached_the_disk, bool was_acknowledged) {
    world.engine.reset();
    const auto survivor = world.disk.survivor(all_reached_the_disk);
    world.blocks.fail_from(-1);
    Engine engine(*survivor, world.blocks, world.trees, world.clock, system_random(), inline_work_queue(),
                  "_lakefs");
    const std::string found = describe(engine, world.repository);
    if (was_acknowledged) {
      EXPECT_EQ(found, after);
    } else {
      EXPECT_TRUE(found == before || found == after) << found << "is neither\n" << before << "nor\n" << after;
    }
    expect_nothing_is_left_over(engine, *survivor, world.repository);
  }

  std::string before, after;
};

TEST_P(Crash, OfTheProcessLeavesTheStateBeforeOrAfter) {
  for (const bool all : {false, true}) {
    for (std::uint64_t n = 0;; ++n) {
      World world;
      const std::uint64_t start = world.faults.calls();
      world.faults.fail_from(n);
      const bool done = operation().run(*world.engine, world.repository);
      const bool reached = world.faults.calls() > start + n;
      SCOPED_TRACE(testing::Message() << "at call " << n << (all ? "" : ", what was not synced is lost"));
      expect_one_of_both(world, all, done);
      if (!reached || HasFailure()) break;
    }
  }
}

TEST_P(Crash, OfTheBlockStoreLeavesTheStateBeforeOrAfter) {
  for (int n = 0;; ++n) {
    World world;
    const int start = world.blocks.steps();
    world.blocks.fail_from(n);
    const bool done = operation().run(*world.engine, world.repository);
    const bool reached = world.blocks.steps() > start + n;
    SCOPED_TRACE(testing::Message() << "at step " << n);
    expect_one_of_both(world, false, done);
    if (!reached || HasFailure()) break;
  }
}

TEST_P(Crash, OfOneCallIsSurvivedByTheProcess) {
  for (const auto when : {kv::FaultStore::When::before, kv::FaultStore::When::after}) {
    for (std::uint64_t n = 0;; ++n) {
      World world;
      const std::uint64_t start = world.faults.calls();
      world.faults.fail_call(n, when);
      const bool done = operation().run(*world.engine, world.repository);
      const bool reached = world.faults.calls() > start + n;
      world.faults.heal();
      SCOPED_TRACE(testing::Message() << "at call " << n);
      const std::string found = describe(*world.engine, world.repository);
      if (done) {
        EXPECT_EQ(found, after);
      } else {
        EXPECT_TRUE(found == before || found == after) << found << "is neither\n"
                                                       << before << "nor\n"
                                                       << after;
      }
      if (!reached || HasFailure()) break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(During, Crash, testing::Range(std::size_t{0}, operations().size()),
                         [](const auto& info) { return operations()[info.param].name; });

}  // namespace
}  // namespace mere::version
