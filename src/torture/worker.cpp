#include "torture/worker.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "client/object.h"
#include "torture/caller.h"

namespace mere::torture {
namespace {

constexpr unsigned kOnTheSharedBranch = 30;  // per cent of the operations
constexpr unsigned kReadsOfItsOwn = 15;      // per cent of the operations are followed by a read
constexpr std::size_t kReadAgain = 8;        // objects that were read before
constexpr std::size_t kCommitsAgain = 3;

std::string context_of(const Operation& operation, const std::string& what) {
  return fmt::format("{}: {}", describe(operation), what);
}

}  // namespace

Worker::Worker(std::string repository, std::string first_commit, std::string imports, std::size_t number,
               std::uint64_t seed)
    : repository_(std::move(repository)),
      imports_(std::move(imports)),
      prefix_(fmt::format("c{}-", number)),
      number_(number),
      generator_({prefix_, seed_of(seed, 0), std::uint64_t{number + 1} << 32}),
      dice_(seed_of(seed, 1)),
      model_(std::move(first_commit)) {}

std::vector<std::string> Worker::work(const Shift& shift) {
  std::vector<std::string> problems;
  while (!shift.stop && problems.empty() && !is_open_) {
    if (has_failed_)
      problems = settle_failure(shift);
    else
      problems = dice_.chance(kOnTheSharedBranch) ? step_on_shared_branch(shift) : step(shift);
    shift.pulse.beat();
  }
  shift.pulse.worker_left();
  return problems;
}

std::vector<std::string> Worker::step_on_shared_branch(const Shift& shift) {
  const Outcome outcome = shift.shared.step(shift.api, number_, dice_);
  ++totals_.operations;
  ++totals_.shared_operations;
  count(outcome);
  if (outcome.kind == Outcome::Kind::lost) is_open_ = true;
  if (outcome.kind == Outcome::Kind::failed && !shift.may_fail)
    return {"on the shared branch: " + describe(outcome)};
  return {};
}

void Worker::count(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::done:
      ++totals_.done;
      break;
    case Outcome::Kind::refused:
      ++totals_.refused;
      break;
    case Outcome::Kind::failed:
      ++totals_.failed;
      break;
    case Outcome::Kind::lost:
      ++totals_.lost;
      break;
  }
}

std::vector<std::string> Worker::step(const Shift& shift) {
  Operation operation;
  if (!is_ready_) {
    operation.kind = Kind::create_branch;
    operation.branch = generator_.main_branch();
    operation.commit = 0;
    is_ready_ = true;
  } else if (!model_.branches.empty()) {
    operation = generator_.next(model_);
  } else {  // the first branch could not be made
    is_ready_ = false;
    return {};
  }
  const Outcome outcome = Caller(shift.api, repository_, imports_).carry_out(operation, model_);
  history_.add(shift.round, operation, outcome);
  count(outcome);
  ++totals_.operations;
  ++totals_.kinds[std::string(name_of(operation.kind))];
  return judge(shift, operation, outcome);
}

// A store that failed may be opened anew before it takes the next write, and then has the failed one or has
// it not. So the fate of that is known only after another write, of something that does not matter.
std::vector<std::string> Worker::settle_failure(const Shift& shift) {
  client::CallOptions options;
  options.retries = 0;
  const Status written = shift.api.set_repository_metadata({.repository = repository_},
                                                           {.metadata = {{"probe", prefix_}}}, options);
  if (!written || !give_up_open_import(shift.api)) return {};
  const Result<std::vector<std::string>> problems = settle(shift.api);
  if (!problems) return {};
  has_failed_ = false;
  return *problems;
}

// Puts what came of an operation into the model, or finds that it cannot be.
std::vector<std::string> Worker::judge(const Shift& shift, const Operation& operation,
                                       const Outcome& outcome) {
  Model after = model_;
  const bool may_be_empty = outcome.kind != Outcome::Kind::refused;
  const std::optional<Code> refusal = after.apply(operation, may_be_empty);
  const bool is_open = outcome.kind == Outcome::Kind::failed || outcome.kind == Outcome::Kind::lost;
  if (is_open && operation.kind == Kind::import) open_import_ = operation.branch;
  switch (outcome.kind) {
    case Outcome::Kind::done: {
      if (refusal) {
        return {context_of(operation, fmt::format("succeeded, where '{}' was due", mere::name_of(*refusal)))};
      }
      model_ = std::move(after);
      if (const std::optional<std::size_t> made = model_.made()) {
        model_.commits[*made].id = outcome.commit_id;
        if (outcome.commit_id.empty() && !learn_head(shift.api, operation.branch)) is_open_ = true;
      }
      if (!dice_.chance(kReadsOfItsOwn) || operation.branch.empty()) return {};
      const auto branch = model_.branches.find(operation.branch);
      if (branch == model_.branches.end()) return {};
      const Tree tree = model_.tree_of(branch->second);
      if (tree.empty()) return {};
      const auto object = std::next(tree.begin(), static_cast<std::ptrdiff_t>(dice_.below(tree.size())));
      return read_one(shift.api, operation.branch, object->first, object->second, false);
    }
    case Outcome::Kind::refused:
      if (refusal == outcome.code) return {};
      return {context_of(operation, fmt::format("{}, where {} was due", describe(outcome),
                                                refusal ? mere::name_of(*refusal) : "success"))};
    case Outcome::Kind::failed: {
      if (!shift.may_fail) return {context_of(operation, describe(outcome))};
      others_.push_back(std::move(after));
      has_failed_ = true;
      return {};
    }
    case Outcome::Kind::lost:
      others_.push_back(std::move(after));
      is_open_ = true;
      return {};
  }
  return {};
}

Status Worker::learn_head(const client::Api& api, const std::string& branch) {
  client::CallOptions options;
  options.retries = 0;
  ASSIGN_OR_RETURN(const api::Ref ref,
                   api.get_branch({.repository = repository_, .branch = branch}, options));
  model_.commits[model_.branches.at(branch).head].id = ref.commit_id;
  return {};
}

// Compares what the lake shows with the states that are possible, of which one becomes the model.
Result<std::vector<std::string>> Worker::settle(const client::Api& api) {
  ASSIGN_OR_RETURN(const Snapshot seen, look(api, repository_, prefix_));
  ++totals_.checks;
  std::vector<std::string> problems = differences(model_, seen);
  const bool was_open = !others_.empty();
  for (Model& other : others_) {
    if (problems.empty()) break;
    const std::vector<std::string> with_it = differences(other, seen);
    if (with_it.empty()) {
      model_ = std::move(other);
      ++totals_.happened;
      others_.clear();
      return std::vector<std::string>();
    }
    for (const std::string& problem : with_it)
      problems.push_back("or, had the last operation happened: " + problem);
  }
  if (was_open && problems.empty()) ++totals_.absent;
  others_.clear();
  return problems;
}

// An import goes on in the background, maybe after a restart too, and may land at any time: then its branch
// could not be compared with anything. `mere verify` still sees what it left.
Status Worker::give_up_open_import(const client::Api& api) {
  if (open_import_.empty()) return {};
  const std::string branch = open_import_;
  if (model_.branches.contains(branch)) {
    Status removed = api.delete_branch({.repository = repository_, .branch = branch});
    if (!removed && removed.error().code != Code::not_found) return removed;
  }
  open_import_.clear();
  model_.branches.erase(branch);
  for (Model& other : others_) other.branches.erase(branch);
  return {};
}

std::vector<std::string> Worker::check(const client::Api& api, std::uint64_t round) {
  history_.note(round, "restart and check");
  if (const Status given_up = give_up_open_import(api); !given_up) {
    return {"after a restart a branch cannot be removed: " + given_up.error().message};
  }
  Result<std::vector<std::string>> problems = settle(api);
  if (!problems) return {"the lake cannot be read after a restart: " + problems.error().message};
  is_open_ = has_failed_ = false;
  if (model_.branches.empty()) is_ready_ = false;
  for (auto looked : {look_at_commits(api), read_back(api)}) {
    problems->insert(problems->end(), looked.begin(), looked.end());
  }
  return *std::move(problems);
}

// Every commit of which it was told is there as it was made: the new ones, and some again.
std::vector<std::string> Worker::look_at_commits(const client::Api& api) {
  std::vector<std::size_t> chosen;
  for (; commits_seen_ < model_.commits.size(); ++commits_seen_) chosen.push_back(commits_seen_);
  for (std::size_t again = 0; again < kCommitsAgain; ++again)
    chosen.push_back(dice_.below(model_.commits.size()));
  std::vector<std::string> problems;
  for (const std::size_t number : chosen) {
    const CommitState& commit = model_.commits[number];
    if (commit.id.empty() || number == 0) continue;
    const auto found = api.get_commit({.repository = repository_, .commit_id = commit.id});
    if (!found) {
      problems.push_back(fmt::format("commit {} ({}): {}", commit.id, commit.message, found.error().message));
      continue;
    }
    std::vector<std::string> parents;
    for (const std::size_t parent : commit.parents) parents.push_back(model_.commits[parent].id);
    if (found->message != commit.message || found->parents != parents) {
      problems.push_back(fmt::format("commit {} says {} and has {} parents, and should say {}", commit.id,
                                     found->message, found->parents.size(), commit.message));
    }
    const Result<SeenTree> tree = list(api, repository_, commit.id);
    if (!tree) {
      problems.push_back(fmt::format("commit {}: {}", commit.id, tree.error().message));
      continue;
    }
    for (std::string& problem : differences(*commit.tree, *tree, "commit " + commit.id)) {
      problems.push_back(std::move(problem));
    }
  }
  return problems;
}

std::vector<std::string> Worker::read_back(const client::Api& api) {
  std::vector<std::string> problems;
  std::size_t again = 0;
  for (const auto& [name, branch] : model_.branches) {
    for (const auto& [path, object] : model_.tree_of(branch)) {
      if (!contents_read_.insert(object.content).second && (again >= kReadAgain || !dice_.chance(20)))
        continue;
      ++again;
      for (std::string& problem : read_one(api, name, path, object, true))
        problems.push_back(std::move(problem));
    }
  }
  return problems;
}

std::vector<std::string> Worker::read_one(const client::Api& api, const std::string& branch,
                                          const std::string& path, const ObjectState& object,
                                          bool must_answer) {
  client::Answer answer;
  client::CallOptions options;
  options.retries = 0;
  options.answer = &answer;
  Result<client::Download> download =
      api.get_object({.repository = repository_, .ref = branch, .path = path}, options);
  if (!download) {
    if (!must_answer && (answer.status == 0 || answer.status >= 500)) return {};
    return {fmt::format("branch {}: object {}: {}", branch, path, download.error().message)};
  }
  const Result<std::string> bytes = download->read_all(std::size_t{1} << 30);
  if (!bytes && !must_answer) return {};
  if (!bytes) return {fmt::format("branch {}: object {}: {}", branch, path, bytes.error().message)};
  ++totals_.objects_read;
  totals_.bytes_read += bytes->size();
  if (*bytes == bytes_of(object.content, object.size_bytes)) return {};
  return {fmt::format("branch {}: object {}: its {} bytes are not those that were written", branch, path,
                      bytes->size())};
}

}  // namespace mere::torture
