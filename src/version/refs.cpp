#include "version/refs.h"

#include <algorithm>
#include <span>
#include <utility>

#include "version/branch_record.h"
#include "version/keys.h"
#include "version/names.h"
#include "version/page.h"
#include "version/records.h"
#include "version/ref_expr.h"
#include "version/staging.h"

namespace mere::version {
namespace {

constexpr int kAttempts = 100;  // of a compare-and-set that others keep winning

Error not_found() {
  return {Code::not_found, "not found"};
}
Error tag_not_found() {
  return {Code::not_found, "tag not found"};
}
Error invalid_ref() {
  return {Code::invalid_argument, "ref: invalid value: validation error"};
}
Error too_many_attempts() {
  return {Code::too_many_requests, "Too many attempts, try again later"};
}

// An error of a lookup that means "there is none" becomes nullopt.
template <class T>
Result<std::optional<T>> if_found(Result<T> result) {
  if (result) return std::optional<T>(*std::move(result));
  if (result.error().code == Code::not_found) return std::optional<T>();
  return std::move(result).error();
}

// What the text before the modifiers names.
struct Base {
  CommitId commit;
  std::optional<Branch> branch;
};

Result<Base> resolve_base(const Refs& refs, const Commits& commits, const Repository& repository,
                          const std::string& text) {
  if (is_commit_id(text)) {
    ASSIGN_OR_RETURN(const auto commit, if_found(commits.get(repository, CommitId(text))));
    if (commit) return Base{(*commit)->id, {}};
  }
  ASSIGN_OR_RETURN(std::optional<Branch> branch, if_found(refs.branch(repository, BranchName(text))));
  if (branch) {
    CommitId head = branch->commit_id;
    return Base{std::move(head), std::move(branch)};
  }
  ASSIGN_OR_RETURN(const std::optional<Tag> tag, if_found(refs.tag(repository, TagName(text))));
  if (tag) return Base{tag->commit_id, {}};
  ASSIGN_OR_RETURN(const std::optional<CommitId> commit, if_found(commits.by_prefix(repository, text)));
  if (commit) return Base{*commit, {}};
  return not_found();
}

Result<CommitId> follow(const Commits& commits, const Repository& repository, CommitId id,
                        const RefModifier& modifier) {
  if (modifier.number == 0) return id;
  const bool ancestor = modifier.kind == RefModifier::Kind::ancestor;
  const std::uint32_t steps = ancestor ? modifier.number : 1;
  const std::size_t parent = ancestor ? 0 : modifier.number - 1;
  for (std::uint32_t step = 0; step < steps; ++step) {
    ASSIGN_OR_RETURN(const auto commit, commits.get(repository, id));
    if (parent >= commit->parents.size()) return ancestor ? not_found() : invalid_ref();
    id = commit->parents[parent];
  }
  return id;
}

Result<Resolved> resolve_parsed(const Commits& commits, const Repository& repository, Base base,
                                const std::vector<RefModifier>& modifiers) {
  Resolved resolved;
  if (modifiers.empty()) {
    resolved.commit = std::move(base.commit);
    resolved.branch = std::move(base.branch);
    return resolved;
  }
  const RefModifier::Kind first = modifiers.front().kind;  // the parser saw to it that @ and $ are alone
  if (first == RefModifier::Kind::committed || first == RefModifier::Kind::staging) {
    if (!base.branch) return invalid_ref();
    resolved.commit = std::move(base.commit);
    resolved.staging = first == RefModifier::Kind::staging;
    if (resolved.staging) resolved.branch = std::move(base.branch);
    return resolved;
  }
  resolved.commit = std::move(base.commit);
  for (const RefModifier& modifier : modifiers) {
    ASSIGN_OR_RETURN(resolved.commit, follow(commits, repository, std::move(resolved.commit), modifier));
  }
  return resolved;
}

// The checks that no commit, and nothing at `key`, has the name that is to be given.
std::vector<kv::Write> name_is_free(const Repository& repository, const std::string& name,
                                    std::string other_key) {
  std::vector<kv::Write> checks{kv::Write::check(std::move(other_key), kv::Condition::absent())};
  if (is_commit_id(name)) {
    checks.push_back(kv::Write::check(keys::commit(repository, name), kv::Condition::absent()));
  }
  return checks;
}

Status check_no_commit(const Commits& commits, const Repository& repository, const std::string& name) {
  ASSIGN_OR_RETURN(const auto commit, if_found(commits.get(repository, CommitId(name))));
  if (commit) return Error{Code::conflict, "commit ID " + name + ": conflict found"};
  return {};
}

}  // namespace

Result<CommitId> commit_of(const Resolved& resolved) {
  if (resolved.staging) {
    return Error{Code::invalid_argument, "ref: invalid value: validation error: should point to a commit"};
  }
  return resolved.commit;
}

Refs::Refs(kv::Store& state, const Commits& commits, const Repositories& repositories, Staging& staging,
           Random& random)
    : state_(state), commits_(commits), repositories_(repositories), staging_(staging), random_(random) {}

Result<Resolved> Refs::resolve(const Repository& repository, const RefExpr& ref) const {
  RETURN_IF_ERROR(check_ref_expr(ref.str()));
  Result<ParsedRef> parsed = parse_ref(ref.str());
  Error refused;
  if (parsed) {
    Result<Base> base = resolve_base(*this, commits_, repository, parsed->base);
    if (base) return resolve_parsed(commits_, repository, *std::move(base), parsed->modifiers);
    if (base.error().code != Code::not_found || parsed->modifiers.empty()) return std::move(base).error();
    refused = std::move(base).error();
  } else {
    refused = std::move(parsed).error();
  }
  // Tags may hold '~', '@' and '$'. What reads as an expression stays one: the whole text is a tag's name
  // only where it would be refused otherwise, so nobody can give "main~1" another meaning by a tag.
  ASSIGN_OR_RETURN(const std::optional<Tag> tag, if_found(this->tag(repository, TagName(ref.str()))));
  if (!tag) return refused;
  Resolved resolved;
  resolved.commit = tag->commit_id;
  return resolved;
}

Result<CommitId> Refs::resolve_commit(const Repository& repository, const RefExpr& ref) const {
  ASSIGN_OR_RETURN(Resolved resolved, resolve(repository, ref));
  if (resolved.staging) {
    return Error{Code::invalid_argument,
                 "reference '" + ref.str() + "': reference to staging area with $ is not a commit"};
  }
  return std::move(resolved.commit);
}

Result<Branch> Refs::branch(const Repository& repository, const BranchName& name) const {
  ASSIGN_OR_RETURN(BranchRecord record, read_branch(state_, repository, name));
  return std::move(record.branch);
}

Result<Page<Branch>> Refs::branches(const Repository& repository, const PageRequest& page,
                                    bool show_hidden) const {
  return read_page<Branch>(state_, keys::of_repository(repository, keys::kBranches), page, decode_branch,
                           [show_hidden](const Branch& branch) { return show_hidden || !branch.hidden; });
}

Result<Branch> Refs::create_branch(const Repository& repository, const BranchName& name,
                                   const RefExpr& source, bool hidden, bool force) {
  RETURN_IF_ERROR(check_writable(repository, force));
  RETURN_IF_ERROR(check_branch_name(name.str()));
  const std::string context = "source reference '" + source.str() + "'";
  Result<Resolved> from = resolve(repository, source);
  if (!from) return with_context(context, std::move(from).error());
  if (from->staging) {
    return Error{Code::invalid_argument, context + ": can't create a branch without commit"};
  }

  Branch branch;
  branch.name = name;
  branch.commit_id = from->commit;
  branch.staging_token = make_staging_token(random_);
  branch.hidden = hidden;
  const std::string key = keys::branch(repository, name);
  const std::string tag_key = keys::tag(repository, TagName(name.str()));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(kv::Write exists, while_it_exists(state_, repository));
    ASSIGN_OR_RETURN(const std::optional<std::string> taken, state_.get(key));
    if (taken) return Error{Code::already_exists, "branch already exists: not unique"};
    ASSIGN_OR_RETURN(const std::optional<std::string> tag, state_.get(tag_key));
    if (tag) return Error{Code::conflict, "tag ID " + name.str() + ": conflict found"};
    RETURN_IF_ERROR(check_no_commit(commits_, repository, name.str()));

    std::vector<kv::Write> writes = name_is_free(repository, name.str(), tag_key);
    writes.push_back(std::move(exists));
    writes.push_back(kv::Write::put(key, encode_branch(branch), kv::Condition::absent()));
    Status written = state_.write(writes);
    if (written) return branch;
    if (written.error().code != Code::conflict) return std::move(written).error();
  }
  return too_many_attempts();
}

Status Refs::remove_branch(const Repository& repository, const BranchName& name, bool force) {
  RETURN_IF_ERROR(check_writable(repository, force));
  if (name == repository.default_branch) {
    return Error{Code::permission_denied, "cannot delete repository default branch"};
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(BranchRecord record, read_branch(state_, repository, name));
    std::vector<kv::Write> writes{
        kv::Write::erase(keys::branch(repository, name), kv::Condition::equals(std::move(record.bytes)))};
    const std::vector<StagingToken> dropped = tokens_of(record.branch);
    for (const StagingToken& token : dropped) writes.push_back(Staging::mark_dropped(token));
    Status written = state_.write(writes);
    staging_.note_dropped(dropped, written);
    if (written || written.error().code != Code::conflict) return written;
  }
  return too_many_attempts();
}

Result<Tag> Refs::tag(const Repository& repository, const TagName& name) const {
  if (name.str().size() > kMaxNameBytes) return tag_not_found();
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, state_.get(keys::tag(repository, name)));
  if (!bytes) return tag_not_found();
  return decode_tag(*bytes);
}

Result<Page<Tag>> Refs::tags(const Repository& repository, const PageRequest& page) const {
  return read_page<Tag>(state_, keys::of_repository(repository, keys::kTags), page, decode_tag,
                        [](const Tag&) { return true; });
}

Result<Tag> Refs::create_tag(const Repository& repository, const TagName& name, const RefExpr& target,
                             bool force) {
  RETURN_IF_ERROR(check_writable(repository, force));
  RETURN_IF_ERROR(check_tag_name(name.str()));
  const std::string key = keys::tag(repository, name);
  const std::string branch_key = keys::branch(repository, BranchName(name.str()));
  const Error branch_has_it{Code::conflict, "branch name " + name.str() + ": conflict found"};
  // What is wrong with the name is said before what is wrong with the target.
  ASSIGN_OR_RETURN(const std::optional<std::string> namesake, state_.get(branch_key));
  if (namesake) return branch_has_it;
  ASSIGN_OR_RETURN(const Resolved at, resolve(repository, target));
  Tag tag;
  tag.name = name;
  ASSIGN_OR_RETURN(tag.commit_id, commit_of(at));

  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(kv::Write exists, while_it_exists(state_, repository));
    ASSIGN_OR_RETURN(const std::optional<std::string> taken, state_.get(key));
    if (taken) return Error{Code::already_exists, "tag already exists: not unique"};
    ASSIGN_OR_RETURN(const std::optional<std::string> branch, state_.get(branch_key));
    if (branch) return branch_has_it;
    RETURN_IF_ERROR(check_no_commit(commits_, repository, name.str()));

    std::vector<kv::Write> writes = name_is_free(repository, name.str(), branch_key);
    writes.push_back(std::move(exists));
    writes.push_back(kv::Write::put(key, encode_tag(tag), kv::Condition::absent()));
    Status written = state_.write(writes);
    if (written) return tag;
    if (written.error().code != Code::conflict) return std::move(written).error();
  }
  return too_many_attempts();
}

Status Refs::remove_tag(const Repository& repository, const TagName& name, bool force) {
  RETURN_IF_ERROR(check_writable(repository, force));
  if (name.str().size() > kMaxNameBytes) return tag_not_found();
  const std::string key = keys::tag(repository, name);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(std::optional<std::string> bytes, state_.get(key));
    if (!bytes) return tag_not_found();
    Status written = kv::erase(state_, key, kv::Condition::equals(*std::move(bytes)));
    if (written || written.error().code != Code::conflict) return written;
  }
  return too_many_attempts();
}

}  // namespace mere::version
