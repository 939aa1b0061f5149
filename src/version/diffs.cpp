// Differences between states, a page at a time.
#include <utility>

#include "version/entries.h"
#include "version/folding.h"

namespace mere::version {
namespace {

void step_past(tree::DiffCursor& differences, std::string& prefix) {
  if (step_past_prefix(prefix)) {
    differences.seek(prefix);
  } else {
    while (differences.valid()) differences.next();
  }
}

Status decode_side(const tree::Record& record, tree::Entry& into, const tree::Entry*& shown) {
  shown = nullptr;
  if (record.key.empty() || record.is_tombstone()) return {};
  RETURN_IF_ERROR(tree::decode_entry(record.data, into));
  shown = &into;
  return {};
}

Result<bool> show_page(tree::DiffCursor& differences, const DiffRequest& request, const DiffVisitor& visit) {
  const Folding folding(request.prefix, request.after, request.delimiter);
  const std::optional<std::string> start = folding.start();
  if (!start) return false;

  tree::Entry left;
  tree::Entry right;
  std::string prefix;
  std::size_t shown = 0;
  if (!start->empty()) differences.seek(*start);
  while (differences.valid()) {
    const tree::Difference& difference = differences.difference();
    if (!folding.covers(difference.key)) break;
    if (shown == request.amount) return true;
    ++shown;
    if (const std::string_view folded = folding.fold(difference.key); !folded.empty()) {
      prefix = folded;
      visit({.type = tree::DiffType::changed, .path = prefix, .is_prefix = true});
      step_past(differences, prefix);
    } else {
      DiffItem item{.type = difference.type, .path = difference.key};
      RETURN_IF_ERROR(decode_side(difference.left, left, item.left));
      RETURN_IF_ERROR(decode_side(difference.right, right, item.right));
      visit(item);
      differences.next();
    }
  }
  RETURN_IF_ERROR(differences.status());
  return false;
}

// A page, and whether there is more.
tree::Expected expected_of(const DiffRequest& request) {
  return {request.amount + 1, request.prefix};
}

// The messages name the two sides as the contract does (behaviour, section 5).
Error unknown_left(const RefExpr& ref, Error error) {
  return with_context("get commit by branch " + ref.str(), std::move(error));
}
Error unknown_right(const RefExpr& ref, Error error) {
  return with_context("get commit by ref " + ref.str(), std::move(error));
}

}  // namespace

Result<bool> Entries::diff_branch(const Repository& repository, const BranchName& name,
                                  const DiffRequest& request, const DiffVisitor& visit) const {
  ASSIGN_OR_RETURN(Branch branch, refs_.branch(repository, name));
  const Resolved at{branch.commit_id, std::move(branch), false};
  ASSIGN_OR_RETURN(View view, open_view(sources(), repository, at));
  const MetaRangeId head = view.head;
  return show_page(*diff(sources(), repository, head, std::move(view), expected_of(request)), request, visit);
}

Result<bool> Entries::is_dirty(const Repository& repository, const Branch& branch) const {
  ASSIGN_OR_RETURN(View view, open_view(sources(), repository, {branch.commit_id, branch, false}));
  if (!view.changes && !view.is_compacted()) return false;
  const MetaRangeId head = view.head;
  const auto differences = diff(sources(), repository, head, std::move(view));
  RETURN_IF_ERROR(differences->status());
  return differences->valid();
}

Result<bool> Entries::diff_two_dot(const Repository& repository, const RefExpr& left, const RefExpr& right,
                                   const DiffRequest& request, const DiffVisitor& visit) const {
  auto left_commit = refs_.resolve_commit(repository, left);
  if (!left_commit) return unknown_left(left, std::move(left_commit).error());
  ASSIGN_OR_RETURN(const MetaRangeId left_tree, tree_of(commits_, repository, *left_commit));

  auto right_side = refs_.resolve(repository, right);
  if (!right_side) return unknown_right(right, std::move(right_side).error());
  if (!right_side->staging) right_side->branch.reset();  // a plain branch is its head here
  ASSIGN_OR_RETURN(View view, open_view(sources(), repository, *right_side));
  return show_page(*diff(sources(), repository, left_tree, std::move(view), expected_of(request)), request,
                   visit);
}

Result<bool> Entries::diff_three_dot(const Repository& repository, const RefExpr& left, const RefExpr& right,
                                     const DiffRequest& request, const DiffVisitor& visit) const {
  auto right_commit = refs_.resolve_commit(repository, right);
  if (!right_commit) return unknown_right(right, std::move(right_commit).error());
  auto left_commit = refs_.resolve_commit(repository, left);
  if (!left_commit) return unknown_left(left, std::move(left_commit).error());

  ASSIGN_OR_RETURN(const auto base, commits_.merge_base(repository, *left_commit, *right_commit));
  if (!base) return Error{Code::invalid_argument, "no merge base"};
  ASSIGN_OR_RETURN(const MetaRangeId left_tree, tree_of(commits_, repository, *left_commit));
  ASSIGN_OR_RETURN(const MetaRangeId right_tree, tree_of(commits_, repository, *right_commit));
  ASSIGN_OR_RETURN(const MetaRangeId base_tree, tree_of(commits_, repository, *base));
  const auto differences = trees_.compare(repository.storage_namespace, left_tree, right_tree, base_tree);
  return show_page(*differences, request, visit);
}

Result<bool> Entries::touches(const Repository& repository, const Commit& commit,
                              const std::vector<std::string>& objects,
                              const std::vector<std::string>& prefixes) const {
  if (commit.parents.size() != 1) return false;
  ASSIGN_OR_RETURN(const MetaRangeId before, tree_of(commits_, repository, commit.parents.front()));
  if (before == commit.meta_range_id) return false;
  const auto differences = trees_.diff(repository.storage_namespace, before, commit.meta_range_id);

  for (const std::string& object : objects) {
    differences->seek(object);
    if (differences->valid() && differences->difference().key == object) return true;
    RETURN_IF_ERROR(differences->status());
  }
  for (const std::string& prefix : prefixes) {
    differences->seek(prefix);
    if (differences->valid() && differences->difference().key.starts_with(prefix)) return true;
    RETURN_IF_ERROR(differences->status());
  }
  return false;
}

}  // namespace mere::version
