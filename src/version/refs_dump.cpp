#include "version/refs_dump.h"

#include <unordered_set>
#include <utility>

#include "version/keys.h"
#include "version/names.h"
#include "version/records.h"
#include "version/refs_dump_records.h"
#include "version/staging.h"

namespace mere::version {
namespace {

constexpr std::size_t kBatchRecords = 512;
constexpr std::size_t kBatchBytes = 1u << 20;
constexpr std::size_t kKnownTrees = 100'000;  // found to exist; many commits share one

Error no_data() {
  return {Code::gone, "No data"};
}

Error invalid(std::string message) {
  return {Code::invalid_argument, std::move(message)};
}

// Collects writes and hands them to the store in bounded batches, each only while the repository exists.
class Batches {
 public:
  Batches(kv::Store& state, const Repository& repository, const std::function<void(std::int64_t)>& progress)
      : state_(state), repository_(repository), progress_(progress) {}

  // `writes` belong to one record and happen together.
  Status add(std::vector<kv::Write> writes) {
    for (kv::Write& write : writes) {
      bytes_ += write.key.size() + write.value.size();
      pending_.push_back(std::move(write));
    }
    ++records_;
    if (pending_.size() < kBatchRecords && bytes_ < kBatchBytes) return {};
    return flush(kv::Durability::ordered);
  }

  Status flush(kv::Durability durability) {
    if (pending_.empty()) return {};
    ASSIGN_OR_RETURN(kv::Write exists, while_it_exists(state_, repository_));
    pending_.push_back(std::move(exists));
    RETURN_IF_ERROR(state_.write(pending_, durability));
    pending_.clear();
    bytes_ = 0;
    if (progress_) progress_(records_);
    return {};
  }

 private:
  kv::Store& state_;
  const Repository& repository_;
  const std::function<void(std::int64_t)>& progress_;
  std::vector<kv::Write> pending_;
  std::size_t bytes_ = 0;
  std::int64_t records_ = 0;
};

class Restore {
 public:
  Restore(kv::Store& state, tree::Trees& trees, const Refs& refs, Random& random,
          const Repository& repository, const RefsManifest& manifest,
          const std::function<void(std::int64_t)>& progress)
      : state_(state),
        trees_(trees),
        refs_(refs),
        random_(random),
        repository_(repository),
        manifest_(manifest),
        batches_(state, repository, progress) {}

  Status run() {
    RETURN_IF_ERROR(check_bare());
    for (const MetaRangeId& id : {manifest_.commits, manifest_.tags, manifest_.branches}) {
      RETURN_IF_ERROR(check_tree(id));
    }
    // All is read once before anything is written: a dump that is refused leaves no trace.
    RETURN_IF_ERROR(check_commits());
    RETURN_IF_ERROR(check_branches());
    RETURN_IF_ERROR(check_tags());
    // The default branch comes last: until it is there the repository is bare, and the restore can be
    // repeated.
    RETURN_IF_ERROR(write_commits());
    RETURN_IF_ERROR(write_branches(false));
    RETURN_IF_ERROR(write_tags());
    RETURN_IF_ERROR(batches_.flush(kv::Durability::ordered));
    RETURN_IF_ERROR(write_branches(true));
    return batches_.flush(kv::Durability::synced);
  }

 private:
  // Calls visit(record) for each record of a dump.
  template <class Visit>
  Status for_each(const MetaRangeId& dump, const Visit& visit) const {
    const auto cursor = trees_.scan(repository_.storage_namespace, dump);
    for (; cursor->valid(); cursor->next()) RETURN_IF_ERROR(visit(cursor->record()));
    return cursor->status();
  }

  Status check_bare() const {
    const auto branch = refs_.branch(repository_, repository_.default_branch);
    if (branch) return invalid("can only restore into a bare repository");
    if (branch.error().code != Code::not_found) return branch.error();
    return {};
  }

  Status check_tree(const MetaRangeId& id) const {
    if (!is_commit_id(id.str())) return no_data();  // nothing has such a name
    Status exists = trees_.check_exists(repository_.storage_namespace, id.str());
    if (!exists && exists.error().code == Code::gone) return no_data();
    return exists;
  }

  Status check_commit(const tree::Record& record, std::unordered_set<MetaRangeId>& known_trees) const {
    ASSIGN_OR_RETURN(const Commit commit, decode_commit(record.data));
    const auto refused = [&](std::string_view why) {
      return invalid(std::string(why) + " for " + commit.id.str() +
                     ": commit id: invalid value: validation error");
    };
    if (commit.generation <= 0) return refused("commit has no generation");
    if (commit.version != 0 && commit.version != 1) return refused("commit version is not known");
    for (const CommitId& parent : commit.parents) {
      if (!is_commit_id(parent.str())) return refused("parent is not a commit ID");
    }
    if (commit.id.str() != record.key || id_of(commit) != commit.id)
      return refused("commit ID does not match");
    if (commit.meta_range_id.empty() || known_trees.contains(commit.meta_range_id)) return {};
    Status exists = check_tree(commit.meta_range_id);
    if (!exists) return with_context("commit " + commit.id.str(), std::move(exists).error());
    if (known_trees.size() == kKnownTrees) known_trees.clear();
    known_trees.insert(commit.meta_range_id);
    return {};
  }

  Status check_commits() const {
    std::unordered_set<MetaRangeId> known_trees;
    return for_each(manifest_.commits,
                    [&](const tree::Record& record) { return check_commit(record, known_trees); });
  }

  // The commit that a branch or tag stands for is among those of the dump.
  Status check_head(const CommitId& id, std::string_view name) const {
    const auto found = trees_.find(repository_.storage_namespace, manifest_.commits, id.str());
    if (found) return {};
    if (found.error().code != Code::not_found) return found.error();
    return invalid("commit " + id.str() + " of " + std::string(name) +
                   " is not in the dump: validation error");
  }

  Status check_branches() const {
    return for_each(manifest_.branches, [&](const tree::Record& record) -> Status {
      ASSIGN_OR_RETURN(const Branch branch, decode_branch(record.data));
      if (branch.name.str() != record.key || record.key.size() > kMaxNameBytes) {
        return invalid("branch id: invalid value: validation error");
      }
      return check_head(branch.commit_id, "branch " + branch.name.str());
    });
  }

  Status check_tags() const {
    return for_each(manifest_.tags, [&](const tree::Record& record) -> Status {
      ASSIGN_OR_RETURN(const Tag tag, decode_tag(record.data));
      if (tag.name.str() != record.key || record.key.size() > kMaxNameBytes) {
        return invalid("tag id: invalid value: validation error");
      }
      const auto existing = refs_.tag(repository_, tag.name);
      if (existing && existing->commit_id != tag.commit_id) {
        return Error{Code::already_exists, "tag " + tag.name.str() + " already exists: not unique"};
      }
      if (!existing && existing.error().code != Code::not_found) return existing.error();
      return check_head(tag.commit_id, "tag " + tag.name.str());
    });
  }

  Status write_commits() {
    return for_each(manifest_.commits, [&](const tree::Record& record) {
      // As it was dumped: another installation's fields and order of metadata are kept.
      return batches_.add({kv::Write::put(keys::commit(repository_, record.key), std::string(record.data))});
    });
  }

  Status write_branches(bool default_branch) {
    return for_each(manifest_.branches, [&](const tree::Record& record) -> Status {
      if ((record.key == repository_.default_branch.str()) != default_branch) return {};
      return write_branch(record);
    });
  }

  Status write_branch(const tree::Record& record) {
    ASSIGN_OR_RETURN(const Branch dumped, decode_branch(record.data));
    Branch branch;
    branch.name = dumped.name;
    branch.commit_id = dumped.commit_id;
    branch.staging_token = make_staging_token(random_);

    const std::string key = keys::branch(repository_, branch.name);
    ASSIGN_OR_RETURN(const std::optional<std::string> existing, state_.get(key));
    std::vector<kv::Write> writes{
        kv::Write::put(key, encode_branch(branch), kv::Condition::unchanged(existing))};
    if (existing) {
      ASSIGN_OR_RETURN(const Branch replaced, decode_branch(*existing));
      for (const StagingToken& token : tokens_of(replaced)) writes.push_back(Staging::mark_dropped(token));
    }
    return batches_.add(std::move(writes));
  }

  Status write_tags() {
    return for_each(manifest_.tags, [&](const tree::Record& record) -> Status {
      ASSIGN_OR_RETURN(const Tag tag, decode_tag(record.data));
      return batches_.add({kv::Write::put(keys::tag(repository_, tag.name), encode_tag(tag))});
    });
  }

  kv::Store& state_;
  tree::Trees& trees_;
  const Refs& refs_;
  Random& random_;
  const Repository& repository_;
  const RefsManifest& manifest_;
  Batches batches_;
};

}  // namespace

RefsDump::RefsDump(kv::Store& state, tree::Trees& trees, const Refs& refs, Staging& staging, Random& random)
    : state_(state), trees_(trees), refs_(refs), staging_(staging), random_(random) {}

Result<RefsManifest> RefsDump::dump(const Repository& repository) {
  // Commits last: whatever a branch or tag stood for by then is among them.
  const block::Address& ns = repository.storage_namespace;
  ASSIGN_OR_RETURN(const tree::Built branches,
                   trees_.build(ns, *branch_dump(state_, repository), branch_dump_properties()));
  ASSIGN_OR_RETURN(const tree::Built tags,
                   trees_.build(ns, *tag_dump(state_, repository), tag_dump_properties()));
  ASSIGN_OR_RETURN(const tree::Built commits,
                   trees_.build(ns, *commit_dump(state_, repository), commit_dump_properties()));
  RETURN_IF_ERROR(state_.write({}));  // nothing else makes the tables durable before their ids are told
  return RefsManifest{commits.id, tags.id, branches.id};
}

Status RefsDump::restore(const Repository& repository, const RefsManifest& manifest,
                         const std::function<void(std::int64_t)>& progress) {
  Status restored = Restore(state_, trees_, refs_, random_, repository, manifest, progress).run();
  staging_.look_for_dropped();
  return restored;
}

}  // namespace mere::version
