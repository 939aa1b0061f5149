#include "lake/verifications.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "lake/finding_record.h"
#include "lake/lake.h"
#include "version/keys.h"

namespace mere::lake {
namespace {

constexpr std::string_view kPrefix = "VRFY";   // of the ids of these tasks
constexpr std::size_t kRemembered = 1u << 20;  // at most 64 MiB with all that they take
constexpr std::size_t kPrunedAtOnce = 100;

Error not_found() {
  return {Code::not_found, "not found"};
}

std::string all_findings(const version::Repository& repository) {
  return version::keys::of_repository(repository, "findings");
}
std::string findings_of(const version::Repository& repository, std::string_view id) {
  return all_findings(repository) + std::string(id) + "/";
}

// The first is 1. All in one order: a later one than kMostFindings is never stored, and may be asked for.
std::string position(std::uint64_t number) {
  const std::string digits = std::to_string(std::min<std::uint64_t>(number, 99'999'999));
  return std::string(8 - digits.size(), '0') + digits;
}

}  // namespace

// The one check that may run, or the last one that did.
struct Verifications::Running {
  std::mutex mutex;
  bool taken = false;
  std::string repository;
  std::string id;  // "" before it has begun
  VerifyCounts counts;
};

class Verifications::Work {
 public:
  Work(Lake& lake, kv::Store& state, const version::Repository& repository, VerifyOptions options,
       std::shared_ptr<Running> running)
      : lake_(lake),
        state_(state),
        repository_(repository),
        options_(std::move(options)),
        running_(std::move(running)) {}
  Work(const Work&) = delete;
  ~Work() { let_go(); }

  Result<std::string> run(TaskContext& context) {
    {
      std::lock_guard lock(running_->mutex);
      running_->id = context.id();
      running_->counts = {};
    }
    RETURN_IF_ERROR(prune());
    const auto counts = verify(
        lake_, options_, [&](const Finding& finding) { store(context, finding); },
        [&](const VerifyCounts& now) { return tell(context, now); });
    // Before the task is seen to have ended: whoever sees that may start the next.
    let_go();
    RETURN_IF_ERROR(std::move(stored_));
    if (!counts) return counts.error();
    return encode_counts(*counts);
  }

 private:
  // Seen no later than the task's end, whose write is synced.
  void store(const TaskContext& context, const Finding& finding) {
    if (!stored_) return;
    stored_ = store_one(findings_of(repository_, context.id()) + position(++found_), finding);
    if (stored_ && found_ == kMostFindings) {
      stored_ = Error{Code::too_large, "more than " + std::to_string(kMostFindings) +
                                           " were found: repair these, and check again"};
    }
  }
  Status store_one(std::string key, const Finding& finding) {
    ASSIGN_OR_RETURN(kv::Write while_there, version::while_it_exists(state_, repository_));
    const kv::Write writes[] = {std::move(while_there),
                                kv::Write::put(std::move(key), encode_finding(finding))};
    return state_.write(writes, kv::Durability::ordered);
  }

  bool tell(TaskContext& context, const VerifyCounts& counts) {
    {
      std::lock_guard lock(running_->mutex);
      running_->counts = counts;
    }
    context.report(static_cast<std::int64_t>(counts.tables + counts.entries));
    return stored_ && !context.cancelled();
  }

  // What was found by tasks that are not kept any more.
  Status prune() {
    const std::string folder = all_findings(repository_);
    std::set<std::string> ids;
    {
      const auto cursor = state_.scan(folder);
      while (cursor->valid() && ids.size() < kPrunedAtOnce) {
        const std::string_view rest = cursor->key().substr(folder.size());
        std::string id(rest.substr(0, rest.find('/')));
        cursor->seek(folder + id + static_cast<char>('/' + 1));
        ids.insert(std::move(id));
      }
      RETURN_IF_ERROR(cursor->status());
    }
    for (const std::string& id : ids) {
      const auto task = lake_.tasks.get(repository_, id);
      if (task) continue;
      if (task.error().code != Code::not_found) return task.error();
      RETURN_IF_ERROR(state_.erase_prefix(findings_of(repository_, id)));
    }
    return {};
  }

  void let_go() {
    if (!holds_) return;
    holds_ = false;
    std::lock_guard lock(running_->mutex);
    running_->taken = false;
  }

  Lake& lake_;
  kv::Store& state_;
  const version::Repository repository_;
  const VerifyOptions options_;
  const std::shared_ptr<Running> running_;
  bool holds_ = true;
  Status stored_;
  std::uint64_t found_ = 0;
};

Verifications::Verifications(Lake& lake, kv::Store& state, Tasks& tasks)
    : lake_(lake), state_(state), tasks_(tasks), running_(std::make_shared<Running>()) {}

Result<std::string> Verifications::start(const version::Repository& repository, VerifyOptions options) {
  if (options.quarantine) RETURN_IF_ERROR(version::check_writable(repository, false));
  {
    std::lock_guard lock(running_->mutex);
    if (running_->taken) {
      return Error{Code::conflict, "check " + running_->id + " of repository '" + running_->repository +
                                       "' is running: wait for its end, or cancel it"};
    }
    running_->taken = true;
    running_->repository = repository.name.str();
    running_->id.clear();
  }
  options.repository = repository.name.str();
  options.remembered = kRemembered;
  const auto work = std::make_shared<Work>(lake_, state_, repository, std::move(options), running_);
  return tasks_.start(repository, kPrefix, [work](TaskContext& context) { return work->run(context); });
}

Result<VerificationState> Verifications::state(const version::Repository& repository,
                                               std::string_view id) const {
  if (!id.starts_with(kPrefix)) return not_found();
  ASSIGN_OR_RETURN(const TaskRecord task, tasks_.get(repository, id));
  VerificationState state{.id = task.id, .completed = task.done, .updated_at = task.updated_at};
  if (task.done) state.error = task.error;
  if (task.done && !task.error) {
    ASSIGN_OR_RETURN(state.counts, decode_counts(task.result));
    return state;
  }
  std::lock_guard lock(running_->mutex);
  if (running_->id == id) state.counts = running_->counts;
  return state;
}

Result<version::Page<Finding>> Verifications::findings(const version::Repository& repository,
                                                       std::string_view id, std::uint64_t after,
                                                       std::size_t amount) const {
  if (!id.starts_with(kPrefix)) return not_found();
  RETURN_IF_ERROR(tasks_.get(repository, id));
  const std::string folder = findings_of(repository, id);
  version::Page<Finding> found;
  const auto cursor = state_.scan(folder);
  cursor->seek(folder + position(after) + '\0');
  for (; cursor->valid() && found.items.size() < amount; cursor->next()) {
    ASSIGN_OR_RETURN(Finding finding, decode_finding(cursor->value()));
    found.items.push_back(std::move(finding));
  }
  found.has_more = cursor->valid();
  RETURN_IF_ERROR(cursor->status());
  return found;
}

Status Verifications::cancel(const version::Repository& repository, std::string_view id) {
  if (!id.starts_with(kPrefix)) return not_found();
  ASSIGN_OR_RETURN(const TaskRecord task, tasks_.get(repository, id));
  if (task.done) return Error{Code::conflict, "conflict found"};
  return tasks_.cancel(repository, id);
}

}  // namespace mere::lake
