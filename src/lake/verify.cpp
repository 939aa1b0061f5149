#include "lake/verify.h"

#include "lake/changes_page.h"
#include "lake/every_ref.h"
#include "lake/lake.h"
#include "lake/object_verifier.h"
#include "lake/quarantine.h"
#include "lake/read_pace.h"
#include "lake/referrer.h"
#include "tree/verify.h"

namespace mere::lake {
namespace {

constexpr std::size_t kPage = 1000;

// One repository's scrub.
class Scrub {
 public:
  Scrub(Lake& lake, const version::Repository& repository, const VerifyOptions& options, VerifyCounts& counts,
        ReadPace& pace, const std::function<void(const Finding&)>& on_finding,
        const std::function<bool()>& still_wanted)
      : lake_(lake),
        repository_(repository),
        options_(options),
        counts_(counts),
        pace_(pace),
        on_finding_(on_finding),
        still_wanted_(still_wanted),
        calls_{[this](Finding finding) { tell(std::move(finding)); }, still_wanted,
               [this](const Referrer& referrer, std::string_view path, const block::Address& address) {
                 const auto is = is_still_an_object(lake_, repository_, referrer, path, address);
                 return !is || *is;
               }},
        tables_(
            lake.store, lake.prefix, [this](std::uint64_t size_bytes) { return before_table(size_bytes); },
            options.remembered),
        objects_(lake.store, repository, options, counts, pace, calls_) {}

  // What is reachable comes first, so that its tables are read with their objects; then the rest.
  Status run() {
    const version::Engine& engine = lake_.engine;
    RETURN_IF_ERROR(
        for_each_branch(engine, repository_, [this](const version::Branch& branch) -> Result<bool> {
          RETURN_IF_ERROR(verify_branch(branch));
          return true;
        }));
    RETURN_IF_ERROR(for_each_tag(engine, repository_, [this](const version::Tag& tag) -> Result<bool> {
      RETURN_IF_ERROR(head({Referrer::Kind::tag, tag.name.str()}, tag.commit_id));
      return true;
    }));
    RETURN_IF_ERROR(all_commits());
    objects_.flush();
    return check_wanted();
  }

 private:
  // Some changes at a time, each time with the trees that the branch has then: a change that is committed
  // between two times is in the tree of the second. So no cursor is held while bytes are read, and nothing
  // escapes.
  Status verify_branch(version::Branch branch) {
    const Referrer of_tree{Referrer::Kind::branch, branch.name.str()};
    const Referrer of_changes{Referrer::Kind::changes, branch.name.str()};
    ChangesPage changes;
    do {
      ASSIGN_OR_RETURN(changes,
                       changes_after(lake_.state, lake_.engine.staging, repository_, branch, changes.last));
      RETURN_IF_ERROR(head(of_tree, branch.commit_id));
      if (branch.compacted) RETURN_IF_ERROR(tree(of_tree, *branch.compacted, /*with_objects=*/true));
      for (const ChangesPage::Change& change : changes.entries)
        entry(of_changes, {.key = change.path, .identity = change.identity, .data = change.data});
      RETURN_IF_ERROR(check_wanted());
      if (changes.has_more) {
        auto now = lake_.engine.refs.branch(repository_, branch.name);
        if (!now && now.error().code == Code::not_found) return {};  // deleted meanwhile
        if (!now) return std::move(now).error();
        branch = *std::move(now);
      }
    } while (changes.has_more);
    return {};
  }

  Status head(const Referrer& referrer, const version::CommitId& id) {
    ASSIGN_OR_RETURN(const auto commit, find_commit(id));
    if (!commit) {
      damaged_record(where_of(referrer), "its commit " + id.str() + ": " + problem_);
      return {};
    }
    return tree(referrer, commit->meta_range_id, /*with_objects=*/true);
  }

  // Null if there is none or it is damaged: `problem_` says what it is.
  Result<std::shared_ptr<const version::Commit>> find_commit(const version::CommitId& id) {
    auto commit = lake_.engine.commits.get(repository_, id);
    if (commit) return commit;
    if (commit.error().code != Code::not_found && commit.error().code != Code::corrupt) return commit;
    problem_ = commit.error().message;
    return std::shared_ptr<const version::Commit>();
  }

  Status all_commits() {
    std::string after;
    for (;;) {
      ASSIGN_OR_RETURN(const auto ids, lake_.engine.commits.ids_after(repository_, after, kPage));
      if (ids.empty()) return {};
      for (const version::CommitId& id : ids) RETURN_IF_ERROR(verify_commit(id));
      after = ids.back().str();
    }
  }

  Status verify_commit(const version::CommitId& id) {
    ++counts_.commits;
    const Referrer referrer{Referrer::Kind::commit, id.str()};
    ASSIGN_OR_RETURN(const auto commit, find_commit(id));
    if (!commit) {
      damaged_record(where_of(referrer), problem_);
      return {};
    }
    if (const version::CommitId found = version::id_of(*commit); found != id)
      damaged_record(where_of(referrer), "its fields are those of commit " + found.str());
    for (const version::CommitId& parent : commit->parents) {
      ASSIGN_OR_RETURN(const auto found, find_commit(parent));
      if (!found) damaged_record(where_of(referrer), "its parent " + parent.str() + ": " + problem_);
    }
    return tree(referrer, commit->meta_range_id, options_.all_commits);
  }

  Status tree(const Referrer& referrer, const tree::MetaRangeId& id, bool with_objects) {
    const auto on_problem = [&](const tree::TableProblem& problem) {
      Finding finding{kind_of(problem.error.code), repository_.name,     where_of(referrer), "",
                      problem.address.uri,         problem.error.message};
      tell(std::move(finding));
    };
    const auto on_record = [&](const tree::Record& record) -> Status {
      if (with_objects) entry(referrer, record);
      return {};
    };
    RETURN_IF_ERROR(tables_.verify(repository_.storage_namespace, id, on_problem, on_record));
    counts_.tables += tables_.tables() - tables_counted_;
    tables_counted_ = tables_.tables();
    return check_wanted();
  }

  Status before_table(std::uint64_t size_bytes) {
    if (pace_.wait(size_bytes, still_wanted_)) return check_wanted();
    return check_stopped();
  }

  static FindingKind kind_of(Code code) {
    if (code == Code::gone) return FindingKind::missing_table;
    return code == Code::corrupt ? FindingKind::damaged_table : FindingKind::unreadable;
  }

  void entry(const Referrer& referrer, const tree::Record& record) {
    const auto decoded = tree::decode_entry(record.data);
    if (!decoded) {
      return tell({FindingKind::damaged_record, repository_.name, where_of(referrer), std::string(record.key),
                   "", decoded.error().message});
    }
    if (tree::identity_of(*decoded) != record.identity) {
      return tell({FindingKind::damaged_record, repository_.name, where_of(referrer), std::string(record.key),
                   "", "its identity is not that of its entry"});
    }
    objects_.add(referrer, record.key, *decoded);
  }

  void damaged_record(const std::string& where, std::string detail) {
    tell({FindingKind::damaged_record, repository_.name, where, "", "", std::move(detail)});
  }

  // Once, also where a table or an object that was forgotten is met again. What a deletion takes away is
  // nothing that is missing.
  void tell(Finding finding) {
    const std::string bytes = finding.address.empty() ? finding.where + '\0' + finding.path : finding.address;
    if (is_deleted(lake_, repository_) || !told_.insert(bytes + '\0' + std::string(name_of(finding.kind))))
      return;
    ++counts_.findings;
    if (options_.quarantine) move_to_quarantine(lake_.store, repository_, finding);
    on_finding_(finding);
  }

  Status check_wanted() const {
    if (still_wanted_()) return {};
    return check_stopped();
  }

  Lake& lake_;
  const version::Repository& repository_;
  const VerifyOptions& options_;
  VerifyCounts& counts_;
  ReadPace& pace_;
  const std::function<void(const Finding&)>& on_finding_;
  const std::function<bool()>& still_wanted_;
  const ObjectVerifier::Calls calls_;
  tree::TableVerifier tables_;
  std::uint64_t tables_counted_ = 0;
  ObjectVerifier objects_;
  SeenNames told_;
  std::string problem_;  // of the commit that was looked for last
};

}  // namespace

Error check_stopped() {
  return {Code::cancelled, "the check was stopped"};
}

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

std::optional<FindingKind> finding_kind_named(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(kLastFindingKind); ++number) {
    const auto kind = static_cast<FindingKind>(number);
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

Result<VerifyCounts> verify(Lake& lake, const VerifyOptions& options,
                            const std::function<void(const Finding&)>& on_finding,
                            const std::function<bool(const VerifyCounts&)>& progress) {
  VerifyCounts counts;
  ReadPace pace(options.max_bytes_per_second);
  bool wanted = true;
  const std::function<bool()> still_wanted = [&] { return wanted = wanted && progress(counts); };
  const auto scrub = [&](const version::Repository& repository) -> Status {
    ++counts.repositories;
    Status done = Scrub(lake, repository, options, counts, pace, on_finding, still_wanted).run();
    if (!done && done.error().code != Code::cancelled && is_deleted(lake, repository))
      return Error{Code::not_found, "repository '" + repository.name.str() + "' was deleted meanwhile"};
    return done;
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
      if (Status done = scrub(repository); !done && done.error().code != Code::not_found)
        return std::move(done).error();
      page.after = repository.name.str();
    }
    more = found.has_more;
  }
  return counts;
}

}  // namespace mere::lake
