// Listings: one walk over the tree and the changes on it, which seeks past what it folds.
#include <utility>

#include "version/entries.h"
#include "version/folding.h"

namespace mere::version {
namespace {

// Stands on the first record behind those that start with `prefix`. Most folders are small: a few steps
// inside a block are cheaper than a seek.
void step_past(tree::Cursor& records, std::string& prefix) {
  constexpr int kSteps = 8;
  for (int i = 0; i < kSteps; ++i) {
    records.next();
    if (!records.valid() || !records.record().key.starts_with(prefix)) return;
  }
  if (step_past_prefix(prefix)) {
    records.seek(prefix);
  } else {
    while (records.valid()) records.next();  // 0xff to the end: no key is behind it
  }
}

// A page that steps over more deletions takes milliseconds to find little.
constexpr std::size_t kManyDeletions = 4'000;

// Tells the page of a tree from every other: trees are named by what they hold. Each part has its size before
// it.
std::string page_name(const Repository& repository, const MetaRangeId& tree, const ListRequest& request) {
  std::string name;
  const std::string amount = std::to_string(request.amount);
  for (const std::string_view part :
       {std::string_view(repository.storage_namespace.uri), std::string_view(tree.str()),
        std::string_view(amount), std::string_view(request.delimiter), std::string_view(request.prefix),
        std::string_view(request.after)}) {
    name.append(std::to_string(part.size())).append(":").append(part);
  }
  return name;
}

// Whether a change lies where a page may show something. Most folders are not what is being written to.
Result<bool> has_any(tree::Cursor& changes, std::string_view start, const Folding& folding) {
  changes.seek(start);
  RETURN_IF_ERROR(changes.status());
  return changes.valid() && folding.covers(changes.record().key);
}

}  // namespace

Result<bool> Entries::list(const Repository& repository, const RefExpr& ref, const ListRequest& request,
                           const ListVisitor& visit, const PageIsKnown& is_known) const {
  ASSIGN_OR_RETURN(const Resolved at, refs_.resolve(repository, ref));
  std::size_t deletions = 0;
  auto has_more = list_page(repository, at, request, visit, is_known, deletions);
  if (deletions > kManyDeletions && at.branch) {
    staging_.counts().was_slow(repository, at.branch->name, at.branch->staging_token);
  }
  return has_more;
}

Result<bool> Entries::list_page(const Repository& repository, const Resolved& at, const ListRequest& request,
                                const ListVisitor& visit, const PageIsKnown& is_known,
                                std::size_t& deletions) const {
  ASSIGN_OR_RETURN(View view, open_view(sources(), repository, at));
  const Folding folding(request.prefix, request.after, request.delimiter);
  const std::optional<std::string> start = folding.start();
  if (start && view.changes) {
    ASSIGN_OR_RETURN(const bool is_touched, has_any(*view.changes, *start, folding));
    if (!is_touched) view.changes.reset();
  }
  if (is_known && !view.changes && is_known(page_name(repository, view.base, request))) return false;
  if (!start) return false;

  const auto records = scan(sources(), repository, std::move(view));
  tree::Entry entry;
  std::string prefix;
  std::size_t shown = 0;
  records->seek(*start);
  while (records->valid()) {
    const tree::Record& record = records->record();
    if (!folding.covers(record.key)) break;
    if (record.is_tombstone()) {
      ++deletions;
      records->next();
      continue;
    }
    if (shown == request.amount) return true;
    ++shown;
    if (const std::string_view folded = folding.fold(record.key); !folded.empty()) {
      prefix = folded;
      visit(prefix, nullptr);
      step_past(*records, prefix);
    } else {
      RETURN_IF_ERROR(tree::decode_entry(record.data, entry));
      visit(record.key, &entry);
      records->next();
    }
  }
  RETURN_IF_ERROR(records->status());
  return false;
}

Status Entries::for_each(
    const Repository& repository, const Resolved& at, std::string_view prefix,
    const std::function<Status(std::string_view path, const tree::Entry&)>& visit) const {
  ASSIGN_OR_RETURN(View view, open_view(sources(), repository, at));
  const auto records = scan(sources(), repository, std::move(view));
  tree::Entry entry;
  for (records->seek(prefix); records->valid(); records->next()) {
    const tree::Record& record = records->record();
    if (!record.key.starts_with(prefix)) break;
    if (record.is_tombstone()) continue;
    RETURN_IF_ERROR(tree::decode_entry(record.data, entry));
    RETURN_IF_ERROR(visit(record.key, entry));
  }
  return records->status();
}

}  // namespace mere::version
