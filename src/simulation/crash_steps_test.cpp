// The power fails at every step of the disks, one run each, of everything that changes a lake: what a restart
// finds is the state before or after, and after it if it was acknowledged.
#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "simulation/server.h"
#include "version/protection.h"

namespace mere::simulation {
namespace {

using version::BranchName;
using version::RefExpr;

const BranchName kMain("main");

class World {
 public:
  // main: commits, and uncommitted changes in a compacted tree, a sealed token and the staging token. dev: a
  // change that merges. hot: nothing uncommitted. Outside: objects to import.
  explicit World(std::uint64_t seed) : machine_(seed) {
    options_.signing_secret = "signing secret";
    options_.imports.list_threads = 1;  // the scheduler's own
    start();
    repository_ = make_repository("lake", false);
    for (int i = 0; i < 12; ++i) put("k" + std::to_string(i), "1");
    commit("main");
    for (const char* name : {"dev", "hot"}) {
      EXPECT_TRUE(engine().refs.create_branch(repository_, BranchName(name), RefExpr("main"), false, false));
    }
    put("k3", "dev", "dev");
    EXPECT_TRUE(engine().entries.remove(repository_, BranchName("dev"), "k5"));
    commit("dev");
    put("hot", "hot", "hot");
    commit("hot");
    put("k1", "2");
    EXPECT_TRUE(engine().entries.remove(repository_, kMain, "k2"));
    EXPECT_TRUE(engine().updates.compact(repository_, kMain));
    put("k4", "2");
    die_in_a_commit();
    put("new", "2");
    EXPECT_TRUE(engine().entries.remove(repository_, kMain, "k6"));
    for (const char* name : {"one", "two"}) {
      EXPECT_TRUE(block::write_all(*server_->blocks, {std::string("mem://outside/") + name}, name));
    }
    machine_.power.fail(Loss::nothing);  // all that is there is durable
    restart();
  }
  ~World() { stop(); }

  Server& server() { return *server_; }
  version::Engine& engine() { return server_->lake.engine; }
  lake::Lake& lake() { return server_->lake; }
  Machine& machine() { return machine_; }
  const version::Repository& repository() const { return repository_; }

  version::Repository make_repository(const std::string& name, bool bare) {
    version::NewRepository request;
    request.name = version::RepositoryName(name);
    request.storage_namespace = {bare ? "mem://lake" : "mem://" + name};
    request.bare = bare;
    const auto made = engine().repositories.create(request);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : version::Repository();
  }
  Status upload(const std::string& path, const std::string& text, const std::string& branch = "main",
                bool if_absent = false) {
    lake::UploadOptions options;
    options.if_absent = if_absent;
    ASSIGN_OR_RETURN(auto upload,
                     lake().objects.begin_upload(repository_, BranchName(branch), path, options));
    RETURN_IF_ERROR(upload->append(std::as_bytes(std::span(text))));
    RETURN_IF_ERROR(upload->finish());
    return {};
  }
  void put(const std::string& path, const std::string& text, const std::string& branch = "main") {
    const Status done = upload(path, text, branch);
    EXPECT_TRUE(done) << done.error().message;
  }
  void commit(const std::string& branch) {
    machine_.clock.advance(std::chrono::seconds(1));  // equal dates would leave the log's order to chance
    EXPECT_TRUE(engine().updates.commit(repository_, BranchName(branch), {}));
  }

  // Runs `work` as a task, with all that it leaves to the background.
  bool run(const std::function<bool(World&)>& work) {
    bool done = false;
    machine_.scheduler.spawn([&] { done = work(*this); });
    machine_.scheduler.run();
    return done;
  }
  // As a server does at its start.
  void restart() {
    stop();
    start();
    EXPECT_TRUE(engine().repositories.resume_deletions());
    EXPECT_TRUE(lake().recover());
    machine_.scheduler.run();  // what was under way is done
  }

  std::string read(const RefExpr& ref, const std::string& path, const version::Repository& repository) {
    const auto entry = lake().objects.find(repository, ref, path);
    if (!entry) return "(" + entry.error().message + ")";
    const auto reader = lake().objects.open(repository, *entry);
    if (!reader) return "(" + reader.error().message + ")";
    std::string text((*reader)->properties().size_bytes, '\0');
    EXPECT_TRUE((*reader)->read_at(0, std::as_writable_bytes(std::span(text))));
    return text;
  }
  // All that users can see.
  std::string describe() {
    std::string text;
    const auto repositories = engine().repositories.list({}, "");
    EXPECT_TRUE(repositories);
    for (const version::Repository& repository : repositories->items) text += describe(repository);
    return text;
  }

  // What cases keep between their parts.
  std::optional<lake::MultipartUpload> upload_in_parts;
  std::vector<lake::CompletedPart> parts;
  std::string task;
  version::Repository other;
  version::RefsManifest manifest;

 private:
  void start() { server_ = std::make_unique<Server>(machine_, options_); }
  void stop() {
    machine_.scheduler.run();
    server_.reset();
  }
  void die_in_a_commit() {
    machine_.power.fail_at(3, Loss::nothing);  // behind the seal, which is one write
    EXPECT_FALSE(engine().updates.commit(repository_, kMain, {}));
    restart();
    EXPECT_FALSE(engine().refs.branch(repository_, kMain)->sealed_tokens.empty());
  }

  std::string describe(const version::Repository& repository) {
    std::string text = "repository " + repository.name.str() + "\n";
    // While its default branch is missing it is empty for its users, and takes a restore.
    if (!engine().refs.branch(repository, repository.default_branch)) return text + "bare\n";
    const auto branches = engine().refs.branches(repository, {}, true);
    EXPECT_TRUE(branches);
    for (const version::Branch& branch : branches->items) {
      for (const char* modifier : {"", "@"}) {
        const RefExpr ref(branch.name.str() + modifier);
        text += ref.str() + ":";
        std::vector<std::string> paths;
        version::ListRequest request;
        request.amount = 1000;
        const auto listed = engine().entries.list(
            repository, ref, request,
            [&](std::string_view path, const tree::Entry*) { paths.emplace_back(path); });
        EXPECT_TRUE(listed) << listed.error().message;
        for (const std::string& path : paths) text += " " + path + "=" + read(ref, path, repository);
      }
      const auto log = engine().commits.log(repository, branch.commit_id, {});
      for (auto commit = log->next(); commit && *commit; commit = log->next()) {
        text += " #" + (*commit)->message.substr(0, 6);  // "Revert <an id that differs>"
      }
      text += "\n";
    }
    const auto tags = engine().refs.tags(repository, {});
    EXPECT_TRUE(tags);
    for (const version::Tag& tag : tags->items) text += "tag " + tag.name.str() + "\n";
    const auto rules = version::protection_rules(engine().repositories, repository);
    EXPECT_TRUE(rules);
    for (const auto& rule : rules->patterns) text += "protected " + rule + "\n";
    return text;
  }

  Machine machine_;
  lake::LakeOptions options_;
  std::unique_ptr<Server> server_;
  version::Repository repository_;
};

struct Case {
  const char* name;
  std::function<bool(World&)> run;  // whether it was acknowledged
  std::function<void(World&)> prepare = nullptr;
};

template <class T>
bool is_done(const Result<T>& result) {
  return result.has_value();
}

bool start_upload_in_parts(World& world) {
  const auto begun = world.lake().multiparts.begin(world.repository(), kMain, "k4", {});
  if (!begun) return false;
  world.upload_in_parts = *begun;
  for (int number = 1; number <= 2; ++number) {
    auto part = world.lake().multiparts.part(*begun, number);
    const std::string text = "part " + std::to_string(number);
    if (!part || !(*part)->append(std::as_bytes(std::span(text)))) return false;
    const auto written = (*part)->finish();
    if (!written) return false;
    world.parts.push_back({number, written->md5, ""});
  }
  return true;
}

bool import_outside(World& world) {
  lake::ImportStart start;
  start.locations = {{lake::ImportLocation::Type::common_prefix, "mem://outside/", "imported/"}};
  start.commit.message = "import";
  const auto id = world.lake().imports.start(world.repository(), BranchName("hot"), start);
  if (!id) return false;
  for (;;) {
    const auto state = world.lake().imports.state(world.repository(), *id);
    if (!state || state->error) return false;
    if (state->completed) return true;
    world.machine().scheduler.sleep(std::chrono::milliseconds(1));
  }
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"upload", [](World& world) { return is_done(world.upload("k7", "9")); }},
      {"upload_if_absent", [](World& world) { return is_done(world.upload("free", "9", "main", true)); }},
      {"remove",
       [](World& world) { return is_done(world.engine().entries.remove(world.repository(), kMain, "k8")); }},
      {"commit",
       [](World& world) {
         version::CommitRequest request;
         request.message = "made";
         return is_done(world.engine().updates.commit(world.repository(), kMain, request));
       }},
      {"merge",
       [](World& world) {
         return is_done(
             world.engine().updates.merge(world.repository(), RefExpr("dev"), BranchName("hot"), {}));
       }},
      {"revert",
       [](World& world) {
         return is_done(
             world.engine().updates.revert(world.repository(), BranchName("dev"), RefExpr("dev"), {}));
       }},
      {"cherry_pick",
       [](World& world) {
         return is_done(
             world.engine().updates.cherry_pick(world.repository(), BranchName("hot"), RefExpr("dev"), {}));
       }},
      {"import", import_outside},
      {"reset",
       [](World& world) { return is_done(world.engine().updates.reset(world.repository(), kMain, false)); }},
      {"reset_prefix",
       [](World& world) {
         return is_done(world.engine().updates.reset_prefix(world.repository(), kMain, "k", false));
       }},
      {"reset_path",
       [](World& world) {
         return is_done(world.engine().updates.reset_path(world.repository(), kMain, "k4", false));
       }},
      {"hard_reset",
       [](World& world) {
         return is_done(world.engine().updates.hard_reset(world.repository(), kMain, RefExpr("dev"), false));
       }},
      {"compact",
       [](World& world) { return is_done(world.engine().updates.compact(world.repository(), kMain)); }},
      {"create_branch",
       [](World& world) {
         return is_done(world.engine().refs.create_branch(world.repository(), BranchName("made"),
                                                          RefExpr("dev"), false, false));
       }},
      {"remove_branch",
       [](World& world) {
         return is_done(world.engine().refs.remove_branch(world.repository(), BranchName("dev"), false));
       },
       [](World& world) { world.put("staged", "1", "dev"); }},
      {"create_tag",
       [](World& world) {
         return is_done(world.engine().refs.create_tag(world.repository(), version::TagName("v1"),
                                                       RefExpr("dev"), false));
       }},
      {"protect",
       [](World& world) {
         return is_done(version::set_protection_rules(world.engine().repositories, world.repository(),
                                                      {"stable"}, std::nullopt));
       }},
      {"upload_of_parts", start_upload_in_parts},
      {"completion",
       [](World& world) {
         return is_done(world.lake().multiparts.complete(world.repository(), world.upload_in_parts->name,
                                                         world.parts, {}));
       },
       [](World& world) { ASSERT_TRUE(start_upload_in_parts(world)); }},
      {"abort",
       [](World& world) {
         return is_done(world.lake().multiparts.abort(world.repository(), world.upload_in_parts->name));
       },
       [](World& world) { ASSERT_TRUE(start_upload_in_parts(world)); }},
      {"create_repository",
       [](World& world) {
         version::NewRepository request;
         request.name = version::RepositoryName("other");
         request.storage_namespace = {"mem://other"};
         return is_done(world.engine().repositories.create(request));
       }},
      {"remove_repository",
       [](World& world) { return is_done(world.engine().repositories.remove(world.other.name, false)); },
       [](World& world) { world.other = world.make_repository("other", false); }},
      {"restore",
       [](World& world) { return is_done(world.engine().dumps.restore(world.other, world.manifest)); },
       [](World& world) {
         const auto manifest = world.engine().dumps.dump(world.repository());
         ASSERT_TRUE(manifest) << manifest.error().message;
         world.manifest = *manifest;
         world.other = world.make_repository("other", true);
       }},
  };
  return all;
}

class CrashAtEveryStep : public testing::TestWithParam<std::size_t> {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(log::configure({.level = log::Level::none})); }
  const Case& tried() const { return cases()[GetParam()]; }

  std::unique_ptr<World> prepared(std::uint64_t seed) {
    auto world = std::make_unique<World>(seed);
    if (tried().prepare) tried().prepare(*world);
    world->machine().power.fail(Loss::nothing);
    world->restart();
    world->run([](World&) { return true; });
    return world;
  }
};

TEST_P(CrashAtEveryStep, LeavesTheStateBeforeOrAfter) {
  std::string before, after;
  {
    const auto world = prepared(1);
    before = world->describe();
    ASSERT_TRUE(world->run(tried().run));
    after = world->describe();
  }
  std::uint64_t steps = 0;
  for (const Loss loss : {Loss::nothing, Loss::everything, Loss::some}) {
    for (std::uint64_t step = 0;; ++step) {
      SCOPED_TRACE(testing::Message() << "at step " << step << ", losing " << static_cast<int>(loss));
      const auto world = prepared(1 + step);
      const std::uint64_t life = world->machine().power.life();
      world->machine().power.fail_at(step, loss);
      const bool acknowledged = world->run(tried().run);
      const bool failed = world->machine().power.is_over(life);
      if (!failed) world->machine().power.fail(loss);
      world->restart();

      const std::string found = world->describe();
      if (acknowledged) {
        EXPECT_EQ(found, after);
      } else {
        EXPECT_TRUE(found == before || found == after) << found << "is neither\n"
                                                       << before << "nor\n"
                                                       << after;
      }
      if (found != after) {
        EXPECT_TRUE(world->run(tried().run));
        EXPECT_EQ(world->describe(), after);
      }
      expect_everything_is_whole(world->server());
      expect_nothing_is_left_over(world->machine(), world->server(), world->repository());
      if (!failed || HasFailure()) break;
      ++steps;
    }
  }
  std::cout << tried().name << ": crashed at " << steps / 3 << " steps, thrice each\n";
}

INSTANTIATE_TEST_SUITE_P(Of, CrashAtEveryStep, testing::Range(std::size_t{0}, cases().size()),
                         [](const auto& info) { return cases()[info.param].name; });

}  // namespace
}  // namespace mere::simulation
