#include "lake/changes_page.h"

#include "version/branch_record.h"

namespace mere::lake {
namespace {

constexpr std::size_t kPageBytes = 1u << 20;

Result<ChangesPage> read_page(tree::Cursor& cursor, const std::string& after) {
  ChangesPage page;
  if (!after.empty()) cursor.seek(after + '\0');
  std::size_t bytes = 0;
  for (; cursor.valid() && bytes < kPageBytes; cursor.next()) {
    const tree::Record& record = cursor.record();
    page.last = record.key;
    bytes += record.key.size() + record.data.size();
    if (record.is_tombstone()) continue;
    page.entries.push_back({std::string(record.key), std::string(record.identity), std::string(record.data)});
  }
  page.has_more = cursor.valid();
  RETURN_IF_ERROR(cursor.status());
  return page;
}

}  // namespace

Result<ChangesPage> changes_after(const version::Engine& engine, const version::Repository& repository,
                                  version::Branch& branch, const std::string& after) {
  for (;;) {
    ASSIGN_OR_RETURN(const auto cursor, engine.staging.changes_if_any(version::tokens_of(branch)));
    auto now = engine.refs.branch(repository, branch.name);
    if (!now && now.error().code == Code::not_found) return ChangesPage{};
    if (!now) return std::move(now).error();
    if (version::still_refers(*now, branch)) {  // version/view.h says why that is enough
      if (!cursor) return ChangesPage{};
      return read_page(*cursor, after);
    }
    branch = *std::move(now);
  }
}

}  // namespace mere::lake
