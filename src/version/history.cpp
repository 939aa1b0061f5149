#include "version/history.h"

#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/encoding.h"
#include "version/keys.h"
#include "version/repositories.h"
#include "version/view.h"

namespace mere::version {
namespace {

constexpr std::size_t kIdBytes = 32;

// A segment: | id, 32 bytes, of the commit behind the last | and for each commit, newest first:
// | id, 32 bytes | seconds i64 | nanoseconds i32 | size of the filter u16 | filter |. Integers are
// little-endian.
struct SegmentItem {
  std::string_view id;
  Timestamp date;
  std::string_view filter;
};

template <class T>
void append_number(std::string& out, T number) {
  for (std::size_t i = 0; i < sizeof number; ++i)
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i)));
}

template <class T>
bool take_number(std::string_view& in, T& number) {
  if (in.size() < sizeof number) return false;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(in[i])} << (8 * i);
  number = static_cast<T>(value);
  in.remove_prefix(sizeof number);
  return true;
}

bool take_item(std::string_view& in, SegmentItem& item) {
  if (in.size() < kIdBytes) return false;
  item.id = in.substr(0, kIdBytes);
  in.remove_prefix(kIdBytes);
  std::uint16_t size = 0;
  if (!take_number(in, item.date.seconds) || !take_number(in, item.date.nanos) || !take_number(in, size) ||
      in.size() < size)
    return false;
  item.filter = in.substr(0, size);
  in.remove_prefix(size);
  return true;
}

std::string raw(const CommitId& id) {
  return from_hex(id.str()).value_or(std::string(kIdBytes, '\0'));
}

Error damaged() {
  return {Code::corrupt, "the stored history of a line of commits is damaged"};
}

}  // namespace

class History::PathSkipper final : public LogSkipper {
 public:
  PathSkipper(History& history, Repository repository, const std::vector<std::string>& objects,
              const std::vector<std::string>& prefixes)
      : history_(history), repository_(std::move(repository)), question_(objects, prefixes) {}

  Result<bool> may_pass(const Commit& commit) const override {
    if (commit.parents.size() != 1) return true;  // none of these is said to change anything
    ASSIGN_OR_RETURN(const std::string filter, history_.filter_of(repository_, commit));
    return !question_.may_match(filter);
  }

  Result<CommitId> pass(CommitId id, const Stop& must_stop) const override {
    for (;;) {
      ASSIGN_OR_RETURN(const auto commit, history_.commits_.get(repository_, id));
      if (commit->generation <= 0 || commit->generation % history_.segment_ != 0 ||
          commit->parents.size() != 1)
        return id;
      const std::string key = keys::history_segment(repository_, id);
      ASSIGN_OR_RETURN(std::optional<std::string> stored, history_.state_.get(key));
      if (!stored) {
        ASSIGN_OR_RETURN(stored, history_.make_segment(repository_, *commit));
      }
      ASSIGN_OR_RETURN(const std::optional<CommitId> stop, look_through(*stored, must_stop));
      if (stop) return *stop;
      id = CommitId(to_hex(std::string_view(*stored).substr(0, kIdBytes)));
    }
  }

 private:
  Result<std::optional<CommitId>> look_through(std::string_view segment, const Stop& must_stop) const {
    if (segment.size() < kIdBytes) return damaged();
    segment.remove_prefix(kIdBytes);
    SegmentItem item;
    while (!segment.empty()) {
      if (!take_item(segment, item)) return damaged();
      if (question_.may_match(item.filter) || must_stop(item.id, item.date))
        return std::optional(CommitId(to_hex(item.id)));
    }
    return std::optional<CommitId>();
  }

  History& history_;
  const Repository repository_;
  const ChangeQuestion question_;
};

kv::Write History::put(const Repository& repository, const CommitId& commit, std::string filter) {
  return kv::Write::put(keys::changes(repository, commit), std::move(filter));
}

std::unique_ptr<LogSkipper> History::skipper(const Repository& repository,
                                             const std::vector<std::string>& objects,
                                             const std::vector<std::string>& prefixes) {
  return std::make_unique<PathSkipper>(*this, repository, objects, prefixes);
}

Result<std::string> History::filter_of(const Repository& repository, const Commit& commit) {
  std::string key = keys::changes(repository, commit.id);
  ASSIGN_OR_RETURN(std::optional<std::string> stored, state_.get(key));
  if (stored) return *std::move(stored);
  ASSIGN_OR_RETURN(std::string made, make_filter(repository, commit));
  keep(repository, std::move(key), made);
  return made;
}

Result<std::string> History::make_filter(const Repository& repository, const Commit& commit) {
  MERE_CHECK(commit.parents.size() == 1);
  ASSIGN_OR_RETURN(const MetaRangeId before, tree_of(commits_, repository, commit.parents.front()));
  ChangeFilterBuilder filter;
  if (before != commit.meta_range_id) {
    const auto differences = trees_.diff(repository.storage_namespace, before, commit.meta_range_id);
    std::size_t paths = 0;
    for (; differences->valid() && paths <= ChangeFilterBuilder::kMaxPaths; differences->next(), ++paths)
      filter.add(differences->difference().key);
    RETURN_IF_ERROR(differences->status());
  }
  return filter.finish();
}

Result<std::string> History::make_segment(const Repository& repository, const Commit& first) {
  std::string items;
  CommitId behind = first.id;
  bool is_whole = true;
  auto commit = std::make_shared<const Commit>(first);
  for (std::int32_t count = 0; count < segment_ && commit->parents.size() == 1; ++count) {
    // What cannot be read must be looked at when the walk is there, not before.
    const auto filter = filter_of(repository, *commit);
    is_whole = is_whole && filter;
    items.append(raw(commit->id));
    append_number(items, commit->creation_date.seconds);
    append_number(items, commit->creation_date.nanos);
    append_number(items, static_cast<std::uint16_t>(filter ? filter->size() : 0));
    if (filter) items.append(*filter);
    behind = commit->parents.front();
    auto parent = commits_.get(repository, behind);
    if (!parent) break;
    commit = *std::move(parent);
  }
  std::string segment = raw(behind) + items;
  if (is_whole) keep(repository, keys::history_segment(repository, first.id), segment);
  return segment;
}

// Whether it succeeds changes nothing but the cost of the next look.
void History::keep(const Repository& repository, std::string key, std::string value) {
  auto exists = while_it_exists(state_, repository);
  if (!exists) return;
  const kv::Write writes[] = {*std::move(exists), kv::Write::put(std::move(key), std::move(value))};
  (void)state_.write(writes, kv::Durability::ordered);
}

}  // namespace mere::version
