#include "version/refs_dump.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tree/trees.h"
#include "version/keys.h"
#include "version/records.h"
#include "version/refs_dump_records.h"
#include "version/refs_test_support.h"

namespace mere::version {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const fs::path kFixture = fs::path(MERE_TEST_DATA) / "fixtures" / "lakefs-repo";

json::value read_json(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return json::parse(text.str());
}

std::string text_of(const json::value& value) {
  return std::string(value.as_string());
}

// A folder that is gone with the test.
struct ScratchFolder {
  fs::path path = fs::temp_directory_path() / ("mere-" + random_uuid(system_random()));
  ScratchFolder() { fs::create_directories(path); }
  ~ScratchFolder() { fs::remove_all(path); }
};

// A lake on files whose namespace "golden-repo" holds what lakeFS wrote.
struct GoldenLake {
  ScratchFolder folder;
  ManualClock clock;
  std::unique_ptr<kv::Store> memory = kv::make_memory_store();
  kv::FaultStore state{*memory};
  std::unique_ptr<block::Store> store;
  std::unique_ptr<tree::Trees> trees;
  Staging staging{state};
  std::unique_ptr<Repositories> repositories;
  Commits commits{state};
  std::unique_ptr<Refs> refs;
  std::unique_ptr<RefsDump> dumps;

  GoldenLake() {
    const fs::path ns = folder.path / "golden-repo";
    fs::create_directories(ns);
    fs::copy(kFixture / "namespace", ns, fs::copy_options::recursive);
    block::LocalOptions options;
    options.root = folder.path.string();
    options.sync_writes = false;
    store = *block::open_local_store(options);
    trees = std::make_unique<tree::Trees>(*store, tree::TreeOptions{});
    repositories = std::make_unique<Repositories>(state, *store, staging, clock, system_random(), "_lakefs");
    refs = std::make_unique<Refs>(state, commits, *repositories, staging, system_random());
    dumps = std::make_unique<RefsDump>(state, *trees, *refs, staging, system_random());
  }

  Repository bare(const std::string& name) {
    NewRepository request;
    request.name = RepositoryName(name);
    request.storage_namespace = {"local://golden-repo"};
    request.bare = true;
    const auto created = repositories->create(request);
    EXPECT_TRUE(created) << message_of(created);
    return *created;
  }
  static RefsManifest manifest() {
    const json::value file = read_json(kFixture / "refs_manifest.json");
    return {MetaRangeId(text_of(file.at("commits_meta_range_id"))),
            MetaRangeId(text_of(file.at("tags_meta_range_id"))),
            MetaRangeId(text_of(file.at("branches_meta_range_id")))};
  }
};

json::object json_of(const Commit& commit) {
  json::object metadata;
  for (const auto& [key, value] : commit.metadata) metadata[key] = value;
  json::array parents;
  for (const CommitId& parent : commit.parents) parents.emplace_back(parent.str());
  return {{"id", commit.id.str()},
          {"committer", commit.committer},
          {"message", commit.message},
          {"creation_date", commit.creation_date.seconds},
          {"generation", commit.generation},
          {"meta_range_id", commit.meta_range_id.str()},
          {"metadata", metadata},
          {"parents", parents},
          {"version", commit.version}};
}

// Everything a dump carries of a repository, as text.
json::object refs_of(GoldenLake& lake, const Repository& repository) {
  json::object commits, branches, tags;
  EXPECT_TRUE(lake.commits.for_each(repository, [&](const Commit& commit) {
    commits[commit.id.str()] = json_of(commit);
    return Status();
  }));
  const auto all_branches =
      lake.refs->branches(repository, {.prefix = "", .after = "", .amount = 1000}, true);
  EXPECT_TRUE(all_branches);
  for (const Branch& branch : all_branches->items) branches[branch.name.str()] = branch.commit_id.str();
  const auto all_tags = lake.refs->tags(repository, {.prefix = "", .after = "", .amount = 1000});
  EXPECT_TRUE(all_tags);
  for (const Tag& tag : all_tags->items) tags[tag.name.str()] = tag.commit_id.str();
  return {{"commits", commits}, {"branches", branches}, {"tags", tags}};
}

TEST(RefsDump, RestoresALakeFsRepositoryWithEveryCommitBranchAndTag) {
  GoldenLake lake;
  const json::value expected = read_json(kFixture / "expected.json");
  const Repository repository = lake.bare("golden-repo");
  std::int64_t restored = 0;

  const Status status =
      lake.dumps->restore(repository, GoldenLake::manifest(), [&](std::int64_t count) { restored = count; });

  ASSERT_TRUE(status) << message_of(status);
  const json::object refs = refs_of(lake, repository);
  EXPECT_EQ(refs.at("commits"), expected.at("commits"));
  EXPECT_EQ(refs.at("branches"), expected.at("branches"));
  EXPECT_EQ(refs.at("tags"), expected.at("tags"));
  EXPECT_EQ(restored, 17 + 6 + 4);
  EXPECT_FALSE(lake.refs->branch(repository, BranchName("main"))->staging_token.empty());
}

TEST(RefsDump, ARestoredRepositoryHasTheSameLog) {
  GoldenLake lake;
  const json::value expected = read_json(kFixture / "expected.json");
  const Repository repository = lake.bare("golden-repo");
  ASSERT_TRUE(lake.dumps->restore(repository, GoldenLake::manifest()));

  for (const auto& [key, ids] : expected.at("log_order").as_object()) {
    const std::string name(key);
    const std::string ref = name.substr(0, name.find(' '));
    LogOptions options;
    options.first_parent = name != ref;
    json::array shown;
    const auto walk =
        lake.commits.log(repository, *lake.refs->resolve_commit(repository, RefExpr(ref)), options);
    for (auto commit = walk->next();; commit = walk->next()) {
      ASSERT_TRUE(commit) << message_of(commit);
      if (!*commit) break;
      shown.emplace_back((*commit)->id.str());
    }
    EXPECT_EQ(shown, ids.as_array()) << name;
  }
}

TEST(RefsDump, DumpedAndRestoredAgainIsTheSame) {
  GoldenLake lake;
  const Repository first = lake.bare("first");
  ASSERT_TRUE(lake.dumps->restore(first, GoldenLake::manifest()));
  const auto dump = lake.dumps->dump(first);
  ASSERT_TRUE(dump) << message_of(dump);
  const Repository second = lake.bare("second");

  const Status status = lake.dumps->restore(second, *dump);

  ASSERT_TRUE(status) << message_of(status);
  EXPECT_EQ(refs_of(lake, first), refs_of(lake, second));
  const auto again = lake.dumps->dump(second);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->commits, dump->commits) << "equal references give equal ids";
  EXPECT_EQ(again->branches, dump->branches);
  EXPECT_EQ(again->tags, dump->tags);
}

TEST(RefsDump, GoesIntoABareRepositoryOnly) {
  GoldenLake lake;
  const Repository repository = lake.bare("golden-repo");
  ASSERT_TRUE(lake.dumps->restore(repository, GoldenLake::manifest()));

  const Status again = lake.dumps->restore(repository, GoldenLake::manifest());

  EXPECT_EQ(code_of(again), Code::invalid_argument);
  EXPECT_EQ(message_of(again), "can only restore into a bare repository");
}

TEST(RefsDump, OfAnUnknownIdIsGone) {
  GoldenLake lake;
  const Repository repository = lake.bare("golden-repo");
  for (const std::string& id : {std::string(64, '0'), std::string(), std::string("../../../etc/passwd")}) {
    for (MetaRangeId RefsManifest::* part :
         {&RefsManifest::commits, &RefsManifest::tags, &RefsManifest::branches}) {
      RefsManifest manifest = GoldenLake::manifest();
      manifest.*part = MetaRangeId(id);

      const Status status = lake.dumps->restore(repository, manifest);

      EXPECT_EQ(code_of(status), Code::gone) << id;
      EXPECT_EQ(message_of(status), "No data") << id;
    }
  }
}

TEST(RefsDump, AnEmptyRepositoryIsThreeEmptyTrees) {
  GoldenLake lake;
  const Repository empty = lake.bare("empty"), other = lake.bare("other");

  const auto dump = lake.dumps->dump(empty);

  ASSERT_TRUE(dump) << message_of(dump);
  ASSERT_TRUE(lake.dumps->restore(other, *dump));
  EXPECT_EQ(refs_of(lake, empty), refs_of(lake, other));
}

TEST(RefsDump, ARestoreThatDiedAnywhereCanBeRepeated) {
  GoldenLake lake;
  const Repository untroubled = lake.bare("untroubled");
  ASSERT_TRUE(lake.dumps->restore(untroubled, GoldenLake::manifest()));
  const json::object whole = refs_of(lake, untroubled);

  for (std::uint64_t calls = 0;; ++calls) {
    const Repository repository = lake.bare("cut-" + std::to_string(calls));
    lake.state.fail_from(calls);
    const Status cut = lake.dumps->restore(repository, GoldenLake::manifest());
    lake.state.heal();
    if (!cut) {
      EXPECT_EQ(code_of(lake.refs->branch(repository, BranchName("main"))), Code::not_found)
          << "it still is bare";
      const Status repeated = lake.dumps->restore(repository, GoldenLake::manifest());
      ASSERT_TRUE(repeated) << message_of(repeated);
    }
    EXPECT_EQ(refs_of(lake, repository), whole);
    if (cut) return;  // every step has been cut once
  }
}

// A dump whose one commit is `commit` under the key `key`, with no branches and tags.
Status restore_commit(GoldenLake& lake, const std::string& key, const Commit& commit) {
  class OneRecord final : public tree::Cursor {
   public:
    explicit OneRecord(tree::Record record) : record_(record), valid_(!record.key.empty()) {}
    bool valid() const override { return valid_; }
    const tree::Record& record() const override { return record_; }
    void next() override { valid_ = false; }
    void seek(std::string_view wanted) override { valid_ = !record_.key.empty() && wanted <= record_.key; }
    Status status() const override { return {}; }

   private:
    tree::Record record_;
    bool valid_;
  };
  const Repository repository = lake.bare("r" + random_uuid(system_random()));
  const std::string data = encode_commit(commit);
  OneRecord one({key, key, data}), no_tags({}), no_branches({});
  const auto& ns = repository.storage_namespace;
  const auto commits = lake.trees->build(ns, one, commit_dump_properties());
  const auto tags = lake.trees->build(ns, no_tags, tag_dump_properties());
  const auto branches = lake.trees->build(ns, no_branches, branch_dump_properties());
  EXPECT_TRUE(commits && tags && branches);
  Status status = lake.dumps->restore(repository, {commits->id, tags->id, branches->id});
  if (!status) {
    const auto cursor = lake.state.scan(keys::all_of_repository(repository));
    EXPECT_FALSE(cursor->valid()) << "a dump that is refused leaves no trace";
  }
  return status;
}

TEST(RefsDump, TrustsNoCommitItCannotCheck) {
  GoldenLake lake;
  Commit good;
  good.message = "good";
  good.generation = 1;
  good.id = id_of(good);
  const auto refusal = [&](auto&& change) {
    Commit commit = good;
    change(commit);
    return restore_commit(lake, commit.id.str(), commit);
  };

  EXPECT_TRUE(restore_commit(lake, good.id.str(), good));
  EXPECT_EQ(message_of(refusal([](Commit& commit) { commit.message = "forged"; })),
            "commit ID does not match for " + good.id.str() + ": commit id: invalid value: validation error");
  EXPECT_EQ(code_of(refusal([](Commit& commit) { commit.message = "forged"; })), Code::invalid_argument);
  EXPECT_FALSE(restore_commit(lake, std::string(64, 'a'), good)) << "under another key";
  EXPECT_FALSE(refusal([](Commit& commit) { commit.generation = 0; }));
  EXPECT_FALSE(refusal([](Commit& commit) {
    commit.parents = {CommitId("../x")};
    commit.id = id_of(commit);
  }));
  const auto missing_tree = refusal([](Commit& commit) {
    commit.meta_range_id = MetaRangeId(std::string(64, 'b'));
    commit.id = id_of(commit);
  });
  EXPECT_EQ(code_of(missing_tree), Code::gone);
}

TEST(RefsDump, CommitIdsAreThoseThatLakeFsGave) {
  const json::value vectors = read_json(kFixture / "id-vectors.json");
  for (const json::value& vector : vectors.at("commit_ids").as_array()) {
    Commit commit;
    commit.committer = text_of(vector.at("committer"));
    commit.message = text_of(vector.at("message"));
    commit.meta_range_id = MetaRangeId(text_of(vector.at("meta_range_id")));
    commit.creation_date = {vector.at("creation_date_unix_seconds").to_number<std::int64_t>(), 123};
    for (const auto& [key, value] : vector.at("metadata").as_object()) commit.metadata[key] = text_of(value);
    for (const json::value& parent : vector.at("parents").as_array())
      commit.parents.emplace_back(text_of(parent));

    EXPECT_EQ(id_of(commit).str(), text_of(vector.at("commit_id")));
  }
}

TEST(RefsDump, IdsOfOldCommitsCoverTheirParentsAsTheyAreStored) {
  Commit commit;
  commit.parents = {CommitId("a"), CommitId("b")};
  Commit old = commit;
  old.version = 0;
  old.parents = {CommitId("b"), CommitId("a")};

  EXPECT_EQ(id_of(commit), id_of(old));
}

}  // namespace
}  // namespace mere::version
