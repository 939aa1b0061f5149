#include "version/updates.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"
#include "version/backoff.h"
#include "version/keys.h"
#include "version/names.h"
#include "version/overlay_cursor.h"
#include "version/records.h"
#include "version/updates_impl.h"

namespace mere::version {

Updates::Updates(kv::Store& state, tree::Trees& trees, Commits& commits, Refs& refs,
                 Repositories& repositories, Entries& entries, Staging& staging, const Clock& clock,
                 Random& random, WorkQueue& background, UpdateOptions options)
    : impl_(new Impl{.state = state,
                     .trees = trees,
                     .commits = commits,
                     .refs = refs,
                     .repositories = repositories,
                     .entries = entries,
                     .staging = staging,
                     .clock = clock,
                     .random = random,
                     .background = background,
                     .options = options}) {
  staging.counts().watch(
      options.compact_after_entries,
      [impl = impl_.get()](const Repository& repository, const BranchName& branch,
                           StagedCounts::Reason reason) { impl->look_later(repository, branch, reason); });
  impl_->clean_up_later();
}

Updates::~Updates() {
  impl_->staging.counts().stop();
  impl_->wait_for_background();
}

Error dirty_branch() {
  return {Code::invalid_argument, "uncommitted changes (dirty branch)"};
}

std::int32_t generation_after(std::int32_t one, std::int32_t other) {
  const std::int32_t larger = std::max(one, other);
  return larger == std::numeric_limits<std::int32_t>::max() ? larger : larger + 1;
}

Status check_metarange_id(const MetaRangeId& id) {
  if (id.empty() || is_commit_id(id.str())) return {};
  return Error{Code::invalid_argument, "metarange id: invalid value: validation error"};
}

Commit with_id(Commit commit) {
  commit.id = id_of(commit);
  return commit;
}

Result<bool> Updates::Impl::seal(const Repository& repository, BranchRecord& record) {
  // An empty token may be sealed as well, so one that was written to need not be looked at.
  if (!staging.counts().has_writes(record.branch.staging_token)) {
    ASSIGN_OR_RETURN(const bool is_staged, staging.any({&record.branch.staging_token, 1}));
    if (!is_staged) return is_still(state, repository, record);
  }
  if (record.branch.sealed_tokens.size() >= kMaxSealedTokens) {
    ASSIGN_OR_RETURN(const bool folded, fold(repository, record, std::nullopt));
    if (!folded) return false;
  }

  Branch next = record.branch;
  next.sealed_tokens.insert(next.sealed_tokens.begin(), next.staging_token);
  next.staging_token = make_staging_token(random);
  // `ordered` is enough: whatever relies on the seal (a write under the new token, the new head) is
  // synced after it.
  const kv::Write write = swing(repository, record, next);
  if (const Status written = state.write({&write, 1}, kv::Durability::ordered); !written) {
    if (written.error().code == Code::conflict) return false;
    return written.error();
  }
  staging.counts().set(next.staging_token, 0);
  record = {write.value, std::move(next)};
  return true;
}

Result<bool> Updates::Impl::move(const Repository& repository, BranchRecord& record, const Branch& next,
                                 std::vector<kv::Write> more) {
  std::vector<kv::Write> writes = std::move(more);
  writes.push_back(swing(repository, record, next));
  std::string bytes = writes.back().value;
  std::vector<StagingToken> unused = tokens_of(record.branch);
  std::erase_if(unused, [&](const StagingToken& token) { return refers_to(next, token); });
  for (const StagingToken& token : unused) writes.push_back(Staging::mark_dropped(token));
  const Status written = state.write(writes);
  staging.note_dropped(unused, written);
  if (!written) {
    if (written.error().code == Code::conflict) return false;
    return written.error();
  }
  dropped += unused.size();
  if (next.staging_token != record.branch.staging_token) staging.counts().set(next.staging_token, 0);
  record = {std::move(bytes), next};
  return true;
}

Result<std::unique_ptr<tree::Cursor>> Updates::Impl::sealed_changes(const Repository& repository,
                                                                    const Branch& branch) {
  std::vector<std::unique_ptr<tree::Cursor>> layers;
  ASSIGN_OR_RETURN(auto staged, staging.changes_if_any(branch.sealed_tokens));
  if (staged) layers.push_back(std::move(staged));
  if (branch.compacted) {
    ASSIGN_OR_RETURN(const MetaRangeId head, tree_of(commits, repository, branch.commit_id));
    layers.push_back(as_changes(trees.diff(repository.storage_namespace, head, *branch.compacted)));
  }
  if (layers.empty()) return std::unique_ptr<tree::Cursor>();
  return overlay(std::move(layers));
}

Result<bool> Updates::Impl::require_clean(const Repository& repository, BranchRecord& record) {
  ASSIGN_OR_RETURN(const bool was_dirty, entries.is_dirty(repository, record.branch));
  if (was_dirty) return dirty_branch();
  ASSIGN_OR_RETURN(const bool sealed, seal(repository, record));
  if (!sealed) return false;
  // What slipped in between the look and the seal. What comes after the seal stays on top of the new head.
  if (!record.branch.sealed_tokens.empty()) {
    Branch without_new_writes = record.branch;
    without_new_writes.staging_token = without_new_writes.sealed_tokens.front();
    without_new_writes.sealed_tokens.erase(without_new_writes.sealed_tokens.begin());
    ASSIGN_OR_RETURN(const bool is_dirty, entries.is_dirty(repository, without_new_writes));
    if (is_dirty) return dirty_branch();
  }
  return true;
}

Status Updates::Impl::repeat(const Repository& repository, const BranchName& branch, const Attempt& attempt) {
  const UnderWay here(*this);
  const BranchQueue::Turn turn(queue, keys::branch(repository, branch));
  Backoff backoff(random);
  do {
    ASSIGN_OR_RETURN(BranchRecord record, read_branch(state, repository, branch));
    ASSIGN_OR_RETURN(const bool done, attempt(record));
    if (done) return {};
  } while (backoff.wait());
  return too_many_attempts();
}

Status Updates::Impl::update(const Repository& repository, const BranchName& branch, const Attempt& attempt) {
  auto status = repeat(repository, branch, attempt);
  clean_up_later();
  return status;
}

Result<Commit> Updates::Impl::put_on_clean_branch(const Repository& repository, const BranchName& branch,
                                                  const MakeCommit& make, std::string_view context,
                                                  const Note& note) {
  Commit commit;
  RETURN_IF_ERROR(update(repository, branch, [&](BranchRecord& record) -> Result<bool> {
    ASSIGN_OR_RETURN(const bool is_clean, require_clean(repository, record));
    if (!is_clean) return false;
    ASSIGN_OR_RETURN(const auto head, commits.get(repository, record.branch.commit_id));
    auto made = make(*head);
    if (!made)
      return context.empty() ? std::move(made).error() : with_context(context, std::move(made).error());
    commit = *std::move(made);

    Branch next = record.branch;
    next.commit_id = commit.id;
    next.sealed_tokens.clear();  // none of them had an effect
    next.compacted.reset();
    std::vector<kv::Write> more = {Commits::put(repository, commit)};
    if (note) {
      ASSIGN_OR_RETURN(kv::Write noted, note(commit));
      more.push_back(std::move(noted));
    }
    return move(repository, record, next, std::move(more));
  }));
  return commit;
}

Status Updates::Impl::check_branch(const Repository& repository, const BranchName& branch) const {
  ASSIGN_OR_RETURN([[maybe_unused]] const BranchRecord record, read_branch(state, repository, branch));
  return {};
}

Commit Updates::Impl::commit_on(const Commit& head, const CommitRequest& request,
                                const MetaRangeId& tree) const {
  Commit commit;
  commit.committer = request.committer;
  commit.message = request.message;
  commit.metadata = request.metadata;
  commit.creation_date = request.date ? Timestamp{*request.date, 0} : clock.now();
  commit.meta_range_id = tree;
  commit.parents = {head.id};
  commit.generation = generation_after(head.generation);
  return with_id(std::move(commit));
}

// --- background ------------------------------------------------------------------------------------

bool Updates::Impl::is_due_for_clean_up() const {
  constexpr std::size_t kTogether = 16;
  return dropped >= kTogether || (dropped > 0 && under_way == 0);
}

void Updates::Impl::clean_up() {
  bool failed = false;
  // Looked at once more after `is_cleaning` is false: who found it true meanwhile went away.
  while (is_due_for_clean_up() && !failed && !is_cleaning.exchange(true)) {
    dropped = 0;
    if (const Status erased = staging.erase_dropped(); !erased) {
      log::warn("dropped staging tokens stay until the next clean-up", {{"error", erased.error().message}});
      ++dropped;
      failed = true;
    }
    is_cleaning = false;
  }
}

void Updates::Impl::clean_up_later() {
  if (is_due_for_clean_up() && !is_cleaning) run_in_background([this] { clean_up(); });
}

void Updates::Impl::look_later(const Repository& repository, const BranchName& branch,
                               StagedCounts::Reason reason) {
  constexpr int kMaxLooks = 16;
  if (looks.fetch_add(1) < kMaxLooks) {
    run_in_background([this, repository, branch, reason] {
      look(repository, branch, reason);
      looks.fetch_sub(1);
    });
    return;
  }
  looks.fetch_sub(1);
  // Too many at once: count on, and ask again a limit later.
  if (const auto record = read_branch(state, repository, branch)) {
    staging.counts().set(record->branch.staging_token, 0);
  }
}

void Updates::Impl::look(const Repository& repository, const BranchName& branch,
                         StagedCounts::Reason reason) {
  const Status looked = [&]() -> Status {
    if (reason == StagedCounts::Reason::slow_to_read) return compact(repository, branch);
    for (;;) {
      ASSIGN_OR_RETURN(const BranchRecord record, read_branch(state, repository, branch));
      const StagingToken& token = record.branch.staging_token;
      staging.counts().counting(token);
      ASSIGN_OR_RETURN(const std::uint64_t count,
                       staging.count_entries(token, options.compact_after_entries + 1));
      if (count > options.compact_after_entries) {
        staging.counts().set(token, count);  // should it fail, the next write has it tried again
        return compact(repository, branch);
      }
      if (staging.counts().counted(token, count)) return {};
    }
  }();
  if (!looked && looked.error().code != Code::not_found) {
    log::warn(
        "a branch could not be compacted",
        {{"repository", repository.name.str()}, {"branch", branch.str()}, {"error", looked.error().message}});
  }
  clean_up();
}

void Updates::Impl::run_in_background(std::function<void()> work) {
  {
    std::lock_guard lock(background_mutex);
    ++background_works;
  }
  background.submit([this, work = std::move(work)] {
    work();
    std::lock_guard lock(background_mutex);
    if (--background_works == 0) background_done.notify_all();
  });
}

void Updates::Impl::wait_for_background() {
  std::unique_lock lock(background_mutex);
  background_done.wait(lock, [this] { return background_works == 0; });
}

}  // namespace mere::version
