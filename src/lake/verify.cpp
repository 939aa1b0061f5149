#include "lake/verify.h"

#include "lake/object_verifier.h"
#include "tree/verify.h"
#include "version/staging.h"

namespace mere::lake {
namespace {

constexpr std::size_t kPage = 1000;

// One repository's scrub.
class Scrub {
 public:
  Scrub(Lake& lake, const version::Repository& repository, const VerifyOptions& options, VerifyCounts& counts,
        const std::function<void(const Finding&)>& on_finding,
        const std::function<bool(const VerifyCounts&)>& progress)
      : lake_(lake),
        repository_(repository),
        options_(options),
        counts_(counts),
        on_finding_(on_finding),
        progress_(progress),
        tables_(lake.store, lake.prefix),
        objects_(lake.store, repository, options, counts, tell_) {}

  // What is reachable comes first, so that its tables are read with their objects; then the rest.
  Status run() {
    RETURN_IF_ERROR(branches());
    RETURN_IF_ERROR(tags());
    RETURN_IF_ERROR(all_commits());
    objects_.flush();
    return still_wanted();
  }

 private:
  Status branches() {
    version::PageRequest page{.amount = kPage};
    for (bool more = true; more;) {
      ASSIGN_OR_RETURN(const auto found, lake_.engine.refs.branches(repository_, page, /*show_hidden=*/true));
      for (const version::Branch& branch : found.items) {
        RETURN_IF_ERROR(verify_branch(branch));
        page.after = branch.name.str();
      }
      more = found.has_more;
    }
    return {};
  }

  Status verify_branch(const version::Branch& branch) {
    const std::string where = "branch " + branch.name.str();
    RETURN_IF_ERROR(head(where, branch.commit_id));
    if (branch.compacted) RETURN_IF_ERROR(tree(where, *branch.compacted, /*with_objects=*/true));
    for (const version::StagingToken& token : version::tokens_of(branch)) {
      const auto staged = lake_.engine.staging.changes({&token, 1});
      for (; staged->valid(); staged->next()) {
        if (!staged->record().is_tombstone()) entry(where + ", uncommitted", staged->record());
      }
      RETURN_IF_ERROR(staged->status());
      RETURN_IF_ERROR(still_wanted());
    }
    return {};
  }

  Status tags() {
    version::PageRequest page{.amount = kPage};
    for (bool more = true; more;) {
      ASSIGN_OR_RETURN(const auto found, lake_.engine.refs.tags(repository_, page));
      for (const version::Tag& tag : found.items) {
        RETURN_IF_ERROR(head("tag " + tag.name.str(), tag.commit_id));
        page.after = tag.name.str();
      }
      more = found.has_more;
    }
    return {};
  }

  Status head(const std::string& where, const version::CommitId& id) {
    const auto commit = lake_.engine.commits.get(repository_, id);
    if (!commit && commit.error().code != Code::not_found && commit.error().code != Code::corrupt)
      return commit.error();
    if (!commit) {
      damaged_record(where, "its commit " + id.str() + ": " + commit.error().message);
      return {};
    }
    return tree(where, (*commit)->meta_range_id, /*with_objects=*/true);
  }

  Status all_commits() {
    return lake_.engine.commits.for_each(repository_, [&](const version::Commit& commit) -> Status {
      ++counts_.commits;
      const std::string where = "commit " + commit.id.str();
      if (const version::CommitId id = version::id_of(commit); id != commit.id)
        damaged_record(where, "its fields are those of commit " + id.str());
      for (const version::CommitId& parent : commit.parents) {
        const auto found = lake_.engine.commits.get(repository_, parent);
        if (!found) damaged_record(where, "its parent " + parent.str() + ": " + found.error().message);
      }
      return tree(where, commit.meta_range_id, options_.all_commits);
    });
  }

  Status tree(const std::string& where, const tree::MetaRangeId& id, bool with_objects) {
    const auto on_problem = [&](const tree::TableProblem& problem) {
      Finding finding{kind_of(problem.error.code), repository_.name,     where, "",
                      problem.address.uri,         problem.error.message};
      tell(std::move(finding));
    };
    const auto on_record = [&](const tree::Record& record) -> Status {
      if (with_objects) entry(where, record);
      return {};
    };
    RETURN_IF_ERROR(tables_.verify(repository_.storage_namespace, id, on_problem, on_record));
    counts_.tables += tables_.tables() - tables_counted_;
    tables_counted_ = tables_.tables();
    return still_wanted();
  }

  static FindingKind kind_of(Code code) {
    if (code == Code::gone) return FindingKind::missing_table;
    return code == Code::corrupt ? FindingKind::damaged_table : FindingKind::unreadable;
  }

  void entry(const std::string& where, const tree::Record& record) {
    const auto decoded = tree::decode_entry(record.data);
    if (!decoded) {
      Finding finding{FindingKind::damaged_record, repository_.name, where, std::string(record.key), "",
                      decoded.error().message};
      return tell(std::move(finding));
    }
    if (tree::identity_of(*decoded) != record.identity) {
      Finding finding{FindingKind::damaged_record,
                      repository_.name,
                      where,
                      std::string(record.key),
                      "",
                      "its identity is not that of its entry"};
      return tell(std::move(finding));
    }
    objects_.add(where, record.key, *decoded);
  }

  void damaged_record(const std::string& where, std::string detail) {
    tell({FindingKind::damaged_record, repository_.name, where, "", "", std::move(detail)});
  }

  void tell(Finding finding) {
    ++counts_.findings;
    if (options_.quarantine) quarantine(finding);
    on_finding_(finding);
  }

  // The copy is durable before the original goes.
  void quarantine(Finding& finding) {
    const bool damaged = finding.kind == FindingKind::damaged_table ||
                         finding.kind == FindingKind::damaged_object ||
                         finding.kind == FindingKind::wrong_size;
    const std::string inside = block::join(repository_.storage_namespace, "").uri;
    if (!damaged || !finding.address.starts_with(inside)) return;
    const block::Address from{finding.address, repository_.storage_namespace.storage_id};
    const block::Address to =
        block::join(repository_.storage_namespace, "_quarantine/" + finding.address.substr(inside.size()));
    if (auto copied = lake_.store.copy(from, to); !copied) {
      finding.detail += "; it stays, as it cannot be copied to " + to.uri + ": " + copied.error().message;
      return;
    }
    if (auto removed = lake_.store.remove(from); !removed) {
      finding.detail += "; it stays, as it cannot be removed: " + removed.error().message;
      return;
    }
    finding.quarantined = true;
  }

  Status still_wanted() const {
    if (progress_(counts_)) return {};
    return Error{Code::cancelled, "the check was stopped"};
  }

  Lake& lake_;
  const version::Repository& repository_;
  const VerifyOptions& options_;
  VerifyCounts& counts_;
  const std::function<void(const Finding&)>& on_finding_;
  const std::function<bool(const VerifyCounts&)>& progress_;
  const std::function<void(Finding)> tell_ = [this](Finding finding) { tell(std::move(finding)); };
  tree::TableVerifier tables_;
  std::uint64_t tables_counted_ = 0;
  ObjectVerifier objects_;
};

}  // namespace

std::string_view name_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::missing_table:
      return "missing_table";
    case FindingKind::damaged_table:
      return "damaged_table";
    case FindingKind::missing_object:
      return "missing_object";
    case FindingKind::wrong_size:
      return "wrong_size";
    case FindingKind::damaged_object:
      return "damaged_object";
    case FindingKind::damaged_record:
      return "damaged_record";
    case FindingKind::unreadable:
      return "unreadable";
  }
  MERE_CHECK(false);
}

Result<VerifyCounts> verify(Lake& lake, const VerifyOptions& options,
                            const std::function<void(const Finding&)>& on_finding,
                            const std::function<bool(const VerifyCounts&)>& progress) {
  VerifyCounts counts;
  const auto scrub = [&](const version::Repository& repository) {
    ++counts.repositories;
    return Scrub(lake, repository, options, counts, on_finding, progress).run();
  };
  if (!options.repository.empty()) {
    ASSIGN_OR_RETURN(const version::Repository repository,
                     lake.engine.repositories.get(version::RepositoryName(options.repository)));
    RETURN_IF_ERROR(scrub(repository));
    return counts;
  }
  version::PageRequest page{.amount = kPage};
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(const auto found, lake.engine.repositories.list(page, ""));
    for (const version::Repository& repository : found.items) {
      RETURN_IF_ERROR(scrub(repository));
      page.after = repository.name.str();
    }
    more = found.has_more;
  }
  return counts;
}

}  // namespace mere::lake
