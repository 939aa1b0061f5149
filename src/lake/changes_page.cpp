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

Result<ChangesPage> changes_after(const kv::Store& state, const version::Staging& staging,
                                  const version::Repository& repository, version::Branch& branch,
                                  const std::string& after) {
  for (;;) {
    ASSIGN_OR_RETURN(const auto cursor, staging.changes_if_any(version::tokens_of(branch)));
    auto moved = version::branch_if_moved(state, repository, branch);
    if (!moved && moved.error().code == Code::not_found) return ChangesPage{};
    if (!moved) return std::move(moved).error();
    if (!*moved) {  // version/view.h says why that is enough
      if (!cursor) return ChangesPage{};
      return read_page(*cursor, after);
    }
    branch = **std::move(moved);
  }
}

}  // namespace mere::lake
