// Paths on a reference: find, list, diff; and writes to a branch's uncommitted changes. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tree/trees.h"
#include "version/branch_record.h"
#include "version/commits.h"
#include "version/refs.h"
#include "version/repositories.h"
#include "version/staging.h"
#include "version/types.h"
#include "version/view.h"

namespace mere::version {

struct ListRequest {
  std::string prefix;
  std::string after;      // exclusive; inside or equal to a common prefix: see behaviour, section 11
  std::string delimiter;  // any text; "": no folding
  std::size_t amount = 100;
};

// What a listing shows: an entry, or (entry null) a common prefix. Holds during the call only: both the
// path and the entry are reused for the next item.
using ListVisitor = std::function<void(std::string_view path, const tree::Entry* entry)>;

struct DiffRequest {
  std::string prefix;
  std::string after;
  std::string delimiter;
  std::size_t amount = 100;
};

struct DiffItem {
  tree::DiffType type = tree::DiffType::added;
  std::string_view path;
  bool is_prefix = false;             // a folded prefix: the wire's "prefix_changed"
  const tree::Entry* left = nullptr;  // null if absent there (and for prefixes); holds during the call
  const tree::Entry* right = nullptr;
};
using DiffVisitor = std::function<void(const DiffItem&)>;

struct WriteOptions {
  bool force = false;      // passes a read-only repository, not protection
  bool if_absent = false;  // `precondition_failed` "path already exists" if the path exists
  // The value the path must have now (identity, or nullopt: absent), else `precondition_failed`
  // "Precondition failed".
  std::optional<std::optional<std::string>> if_identity{};
};

// The outcome of one path of a bulk delete.
struct PathError {
  std::string path;
  Error error;
};

using PageIsKnown = std::function<bool(const std::string& name)>;

class Entries {
 public:
  // All outlive this.
  Entries(kv::Store& state, tree::Trees& trees, const Commits& commits, const Refs& refs,
          const Repositories& repositories, Staging& staging, Random& random);

  // The entry at `path` as `ref` shows it. `not_found` "not found" for the reference and for the path.
  Result<tree::Entry> find(const Repository& repository, const RefExpr& ref, std::string_view path) const;
  Result<tree::Entry> find(const Repository& repository, const Resolved& at, std::string_view path) const;

  // Answers has_more, exactly. Seeks past each common prefix instead of walking it. Where no uncommitted
  // change lies below the prefix (behind `after`), `is_known` is asked first about the name of the page:
  // pages with one name show the same for ever. Whoever has it answers true, and nothing is visited.
  Result<bool> list(const Repository& repository, const RefExpr& ref, const ListRequest& request,
                    const ListVisitor& visit, const PageIsKnown& is_known = {}) const;
  // Everything under `prefix` in path order, for copies, symlinks, GC: until `visit` answers an error.
  Status for_each(const Repository& repository, const Resolved& at, std::string_view prefix,
                  const std::function<Status(std::string_view path, const tree::Entry&)>& visit) const;

  // Uncommitted changes. `not_found` "branch not found".
  Result<bool> diff_branch(const Repository& repository, const BranchName& branch, const DiffRequest& request,
                           const DiffVisitor& visit) const;
  Result<bool> is_dirty(const Repository& repository, const Branch& branch) const;
  // Two states directly; the right side may be `branch$`. Messages of unknown references: section 5.
  Result<bool> diff_two_dot(const Repository& repository, const RefExpr& left, const RefExpr& right,
                            const DiffRequest& request, const DiffVisitor& visit) const;
  // What right changed since the merge base, shown against left; with conflicts.
  Result<bool> diff_three_dot(const Repository& repository, const RefExpr& left, const RefExpr& right,
                              const DiffRequest& request, const DiffVisitor& visit) const;
  // True if `commit` (with exactly one parent) adds, changes or deletes one of `objects` or under `prefixes`.
  Result<bool> touches(const Repository& repository, const Commit& commit,
                       const std::vector<std::string>& objects,
                       const std::vector<std::string>& prefixes) const;

  // Writes one entry; durable when it returns, in the branch's next commit even if one runs meanwhile.
  // Errors: `not_found` "branch 'x' not found", `permission_denied` "cannot write to protected branch",
  // "read-only repository", `precondition_failed`, `too_many_requests`, `too_large`.
  Status put(const Repository& repository, const BranchName& branch, std::string_view path,
             const tree::Entry& entry, const WriteOptions& options = {});
  // As put(), without keeping this thread for the disk: `told` is called as kv::Store::write_later() has it.
  // `conflict`: another write to the branch came between, and nothing was written; put() waits for its turn.
  void put_later(const Repository& repository, const BranchName& branch, std::string_view path,
                 const tree::Entry& entry, const WriteOptions& options,
                 std::function<void(Result<StagingToken>)> told);
  // After put_later() has told where the entry is staged: sees to it that the branch is looked after.
  void was_put(const Repository& repository, const BranchName& branch, const StagingToken& token);
  // What put() would refuse now, for whoever has bytes to move first.
  Status check_put(const Repository& repository, const BranchName& branch, std::string_view path,
                   const WriteOptions& options = {}) const;
  // Deletes a path; one that does not exist is a success. `not_found` "branch not found".
  Status remove(const Repository& repository, const BranchName& branch, std::string_view path,
                const WriteOptions& options = {});
  // Deletes many paths in one batch of writes. Missing and empty paths are successes; a protected branch
  // or read-only repository is an error of each path; an unknown branch is one of the whole.
  // `invalid_argument` "request size exceeded, max paths is set to 1000".
  Result<std::vector<PathError>> remove(const Repository& repository, const BranchName& branch,
                                        const std::vector<std::string>& paths,
                                        const WriteOptions& options = {});

 private:
  // list() of what `ref` stands for; adds the deletions it stepped over to `deletions`.
  Result<bool> list_page(const Repository& repository, const Resolved& at, const ListRequest& request,
                         const ListVisitor& visit, const PageIsKnown& is_known, std::size_t& deletions) const;
  Sources sources() const { return {state_, trees_, commits_, staging_}; }
  Status check_write(const Repository& repository, const BranchName& branch, bool force) const;
  // `entry` as it is staged. Errors: what put() refuses whatever is on the branch.
  Result<std::string> to_stage(const Repository& repository, const BranchName& branch, std::string_view path,
                               const tree::Entry& entry, const WriteOptions& options) const;
  struct StagingWrite {
    StagingToken token;
    std::vector<kv::Write> writes;  // that fail with `conflict` if the branch is not as it was read
  };
  // Errors: as of stage().
  Result<StagingWrite> staging_write(const Repository& repository, const BranchName& branch,
                                     std::string_view path, const std::string& staged,
                                     const WriteOptions& options) const;
  // Writes what is staged at a path, if what `options` ask for holds at the moment of the write: nothing of
  // it is left where the answer is "no".
  Status stage(const Repository& repository, const BranchName& branch, std::string_view path,
               const std::string& staged, const WriteOptions& options);
  // The conditions of `options` hold on the branch as in `record`: the one under which they still will.
  Result<kv::Condition> judge(const Repository& repository, const BranchRecord& record, std::string_view path,
                              const WriteOptions& options) const;
  Status remove_paths(const Repository& repository, const BranchName& branch,
                      std::vector<std::string_view> paths);

  kv::Store& state_;
  tree::Trees& trees_;
  const Commits& commits_;
  const Refs& refs_;
  const Repositories& repositories_;
  Staging& staging_;
  Random& random_;
};

}  // namespace mere::version
