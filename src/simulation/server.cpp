#include "simulation/server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "lake/verify.h"

namespace mere::simulation {
namespace {

constexpr std::string_view kFirst = "op ";

using CommitPtr = std::shared_ptr<const version::Commit>;

Content seen_content(Server& server, const version::Repository& repository, const std::string& ref) {
  const auto content = content_of(server, repository, ref);
  EXPECT_TRUE(content) << ref << ": " << content.error().message;
  return content ? *content : Content();
}

std::vector<CommitPtr> all_commits(Server& server, const version::Repository& repository) {
  std::vector<CommitPtr> commits;
  const Status read =
      server.lake.engine.commits.for_each(repository, [&](const version::Commit& commit) -> Status {
        commits.push_back(std::make_shared<const version::Commit>(commit));
        return {};
      });
  EXPECT_TRUE(read) << read.error().message;
  return commits;
}

}  // namespace

tree::TreeOptions small_trees() {
  tree::TreeOptions options;
  options.min_range_size_bytes = 0;
  options.max_range_size_bytes = 600;
  options.range_raggedness_entries = 2;
  return options;
}

Machine::Machine(std::uint64_t seed, bool servers_share)
    : random(seed), blocks(power, state, clock, servers_share) {}

Server::Server(Machine& machine, const lake::LakeOptions& options)
    : state(machine.state.open()),
      blocks(machine.blocks.open()),
      trees(*blocks, small_trees()),
      lake(*state, *blocks, trees, machine.clock, machine.random, machine.queue, machine.queue, options) {}

std::string bytes_of(OpId value) {
  return "value of op " + std::to_string(value);
}

Result<OpId> value_of(Server& server, const version::Repository& repository, const tree::Entry& entry) {
  ASSIGN_OR_RETURN(const auto reader, server.lake.objects.open(repository, entry));
  std::string bytes(reader->properties().size_bytes, '\0');
  RETURN_IF_ERROR(reader->read_at(0, std::as_writable_bytes(std::span(bytes))));
  int value = 0;
  const std::size_t digits = std::min(bytes.find_last_not_of("0123456789") + 1, bytes.size());
  std::from_chars(bytes.data() + digits, bytes.data() + bytes.size(), value);
  EXPECT_EQ(bytes, bytes_of(static_cast<OpId>(value)));
  return static_cast<OpId>(value);
}

Result<Content> content_of(Server& server, const version::Repository& repository, const std::string& ref) {
  Content content{};
  std::vector<std::pair<std::size_t, tree::Entry>> entries;
  version::ListRequest request;
  request.amount = 1000;
  RETURN_IF_ERROR(server.lake.engine.entries.list(
      repository, version::RefExpr(ref), request, [&](std::string_view path, const tree::Entry* entry) {
        const auto known = std::find(kPaths.begin(), kPaths.end(), path);
        ASSERT_NE(known, kPaths.end()) << path;
        entries.emplace_back(static_cast<std::size_t>(known - kPaths.begin()), *entry);
      }));
  for (const auto& [path, entry] : entries) {
    ASSIGN_OR_RETURN(content[path], value_of(server, repository, entry));
  }
  return content;
}

OpId op_of(const version::Commit& commit) {
  int op = 0;
  if (commit.message.starts_with(kFirst)) {
    std::from_chars(commit.message.data() + kFirst.size(), commit.message.data() + commit.message.size(), op);
  }
  return static_cast<OpId>(op);
}

BranchFacts look_at_branches(Server& server, const version::Repository& repository) {
  BranchFacts facts;
  for (std::size_t i = 0; i < kBranches.size(); ++i) {
    const auto branch = server.lake.engine.refs.branch(repository, version::BranchName(kBranches[i]));
    if (!branch) {
      EXPECT_EQ(branch.error().code, Code::not_found) << branch.error().message;
      continue;
    }
    const auto head = server.lake.engine.commits.get(repository, branch->commit_id);
    EXPECT_TRUE(head) << kBranches[i] << ": " << head.error().message;
    if (!head) continue;
    facts[i] = {true, op_of(**head), seen_content(server, repository, kBranches[i])};
  }
  return facts;
}

std::vector<std::optional<CommitFact>> look_at_commits(Server& server, const version::Repository& repository,
                                                       std::size_t ops) {
  std::vector<std::optional<CommitFact>> facts(ops);
  const std::vector<CommitPtr> commits = all_commits(server, repository);
  std::map<version::CommitId, OpId> by_id;
  for (const CommitPtr& commit : commits) by_id[commit->id] = op_of(*commit);
  for (const CommitPtr& commit : commits) {
    const OpId op = op_of(*commit);
    EXPECT_FALSE(facts.at(op)) << "op " << int{op} << " made two commits";
    CommitFact fact;
    fact.content = seen_content(server, repository, commit->id.str());
    for (const version::CommitId& parent : commit->parents) {
      EXPECT_TRUE(by_id.contains(parent)) << "a commit's parent is missing";
      fact.parents.push_back(by_id[parent]);
    }
    facts.at(op) = std::move(fact);
  }
  return facts;
}

void expect_everything_is_whole(Server& server) {
  lake::VerifyOptions options;
  options.objects = options.all_commits = true;
  options.threads = 1;
  const auto counts = lake::verify(
      server.lake, options,
      [](const lake::Finding& finding) {
        ADD_FAILURE() << name_of(finding.kind) << " at " << finding.where << " " << finding.path << " "
                      << finding.address << ": " << finding.detail;
      },
      [](const lake::VerifyCounts&) { return true; });
  EXPECT_TRUE(counts) << counts.error().message;
}

void expect_nothing_is_left_over(Machine& machine, Server& server, const version::Repository& repository) {
  for (const char* name : kBranches) {
    const version::BranchName branch(name);
    if (!server.lake.engine.refs.branch(repository, branch)) continue;
    version::CommitRequest request;
    request.allow_empty = true;
    const auto commit = server.lake.engine.updates.commit(repository, branch, request);
    EXPECT_TRUE(commit) << name << ": " << commit.error().message;
  }
  machine.scheduler.run();
  for (const char* prefix : {"s/", "drop/"}) {
    const auto left = server.state->scan(prefix);
    EXPECT_FALSE(left->valid()) << left->key();
  }
}

}  // namespace mere::simulation
