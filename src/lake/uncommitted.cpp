#include "lake/uncommitted.h"

#include <memory>

#include "lake/every_ref.h"

namespace mere::lake {
namespace {

// The address relative to the namespace, or nothing: bytes elsewhere are not ours to collect.
std::optional<std::string_view> relative_address(const block::Store& store,
                                                 const version::Repository& repository,
                                                 const tree::Entry& entry) {
  if (entry.address_type == tree::AddressType::relative) return entry.address;
  const block::Address inside = block::join(repository.storage_namespace, "x");
  for (std::string prefix : {inside.uri, store.display(inside)}) {
    prefix.pop_back();
    if (std::string_view(entry.address).starts_with(prefix))
      return std::string_view(entry.address).substr(prefix.size());
  }
  if (entry.address_type == tree::AddressType::by_prefix_deprecated &&
      entry.address.find("://") == std::string::npos) {
    return entry.address;
  }
  return std::nullopt;
}

// The right sides of a diff, as a walk over records.
class ChangedRecords final : public tree::Cursor {
 public:
  explicit ChangedRecords(std::unique_ptr<tree::DiffCursor> diff) : diff_(std::move(diff)) { skip_removed(); }
  bool valid() const override { return diff_->valid(); }
  const tree::Record& record() const override { return diff_->difference().right; }
  void next() override {
    diff_->next();
    skip_removed();
  }
  void seek(std::string_view key) override {
    diff_->seek(key);
    skip_removed();
  }
  Status status() const override { return diff_->status(); }

 private:
  void skip_removed() {
    while (diff_->valid() && diff_->difference().type == tree::DiffType::removed) diff_->next();
  }
  std::unique_ptr<tree::DiffCursor> diff_;
};

}  // namespace

UncommittedWalk::UncommittedWalk(version::Engine& engine, block::Store& store, tree::Trees& trees,
                                 const Clock& clock)
    : engine_(engine), store_(store), trees_(trees), clock_(clock) {}

Result<std::optional<UncommittedPosition>> UncommittedWalk::collect(
    const version::Repository& repository, const std::optional<UncommittedPosition>& from,
    const UncommittedLimits& limits, AddressTable& table) const {
  const auto deadline = clock_.steady() + limits.time;
  const auto full = [&] {
    return table.size_bytes() >= limits.bytes || (table.rows() > 0 && clock_.steady() >= deadline);
  };
  const auto visit = [&](const version::Branch& branch) -> Result<std::optional<UncommittedPosition>> {
    const bool resumed = from && from->branch == branch.name.str();
    ASSIGN_OR_RETURN(auto rest, collect_branch(repository, branch,
                                               resumed ? std::string_view(from->path) : "", full, table));
    if (!rest) return std::optional<UncommittedPosition>();
    return std::optional(UncommittedPosition{branch.name.str(), *std::move(rest)});
  };

  if (from) {
    auto branch = engine_.refs.branch(repository, version::BranchName(from->branch));
    if (!branch && branch.error().code != Code::not_found) return std::move(branch).error();
    if (branch) {
      ASSIGN_OR_RETURN(auto position, visit(*branch));
      if (position) return position;
    }
  }
  std::optional<UncommittedPosition> stopped_at;
  const auto visit_unless_full = [&](const version::Branch& branch) -> Result<bool> {
    if (full()) {
      stopped_at = UncommittedPosition{branch.name.str(), ""};
    } else {
      ASSIGN_OR_RETURN(stopped_at, visit(branch));
    }
    return !stopped_at;
  };
  RETURN_IF_ERROR(for_each_branch(engine_, repository, visit_unless_full, from ? from->branch : ""));
  return stopped_at;
}

// Each token by itself, not only what shows in the end: a commit that runs meanwhile takes the sealed tokens
// without what was written after them, and entries with committed content but other bytes are still read.
Result<std::optional<std::string>> UncommittedWalk::collect_branch(const version::Repository& repository,
                                                                   const version::Branch& branch,
                                                                   std::string_view from,
                                                                   const std::function<bool()>& full,
                                                                   AddressTable& table) const {
  std::vector<std::unique_ptr<tree::Cursor>> sources;
  for (const version::StagingToken& token : version::tokens_of(branch)) {
    sources.push_back(engine_.staging.changes({&token, 1}));
  }
  if (branch.compacted) {
    ASSIGN_OR_RETURN(const auto head, engine_.commits.get(repository, branch.commit_id));
    sources.push_back(std::make_unique<ChangedRecords>(
        trees_.diff(repository.storage_namespace, head->meta_range_id, *branch.compacted)));
  }
  for (const auto& source : sources) source->seek(from);

  for (;;) {
    const tree::Cursor* least = nullptr;
    for (const auto& source : sources) {
      if (!source->valid()) {
        RETURN_IF_ERROR(source->status());
      } else if (least == nullptr || source->record().key < least->record().key) {
        least = source.get();
      }
    }
    if (least == nullptr) return std::optional<std::string>();
    const std::string path(least->record().key);
    if (full()) return std::optional(path);
    for (const auto& source : sources) {
      if (!source->valid() || source->record().key != path) continue;
      if (!source->record().is_tombstone()) RETURN_IF_ERROR(add(repository, source->record().data, table));
      source->next();
    }
  }
}

Status UncommittedWalk::add(const version::Repository& repository, std::string_view data,
                            AddressTable& table) const {
  ASSIGN_OR_RETURN(const tree::Entry entry, tree::decode_entry(data));
  if (const auto address = relative_address(store_, repository, entry))
    table.add(*address, entry.last_modified.seconds);
  return {};
}

}  // namespace mere::lake
