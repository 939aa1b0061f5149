#include "s3/access.h"

#include "base/encoding.h"
#include "s3/conditions.h"
#include "version/names.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kMaxPathBytes = 1024;
constexpr std::string_view kCopySourceNeeded =
    "Copy Source must mention the source bucket and key: sourcebucket/sourcekey.";

// What versionId names: a commit, or with "null" what the ref itself shows.
Outcome<version::RefExpr> ref_of_version(const Call& call, const version::Repository& repository,
                                         const std::string& ref, std::string_view version) {
  if (version.empty() || version == "null") return version::RefExpr(ref);
  if (!version::is_commit_id(version)) return s3_error("NoSuchVersion");
  const auto commit = call.lake().engine.commits.get(repository, version::CommitId(std::string(version)));
  if (!commit && commit.error().code == Code::not_found) return s3_error("NoSuchVersion");
  if (!commit) return commit.error();
  return version::RefExpr(std::string(version));
}

Outcome<tree::Entry> find_entry(const Call& call, const version::Repository& repository,
                                const std::string& ref, const std::string& path, std::string_view version) {
  if (path.size() > kMaxPathBytes) return s3_error("KeyTooLongError");
  if (!version::check_ref_expr(ref)) return s3_error("NoSuchKey");
  const auto at = ref_of_version(call, repository, ref, version);
  if (!at) return at.error();
  auto found = call.lake().engine.entries.find(repository, *at, path);
  if (found) return *std::move(found);
  if (!version.empty() && found.error().code == Code::not_found) return s3_error("NoSuchVersion");
  return read_error(found.error());
}

}  // namespace

S3Error read_error(const Error& error) {
  switch (error.code) {
    case Code::invalid_argument:  // no legal ref names nothing
    case Code::not_found:
      return s3_error("NoSuchKey");
    case Code::gone:
      return s3_error("NoSuchVersion");
    default:
      return s3_error(error);
  }
}

S3Error write_error(const Error& error) {
  switch (error.code) {
    case Code::not_found:
      return s3_error("NoSuchBucket");
    case Code::permission_denied:
      return s3_error(error.message == "read-only repository" ? "ErrReadOnlyRepository"
                                                              : "ErrWriteToProtectedBranch");
    case Code::precondition_failed:
      return s3_error("PreconditionFailed");
    case Code::gone:
      return s3_error("NoSuchVersion");
    default:
      return s3_error(error);
  }
}

Outcome<tree::Entry> find_object(const Call& call) {
  return find_entry(call, call.repository, call.target.ref, call.target.path, call.query.get("versionId"));
}

Outcome<version::BranchName> branch_to_write(const Call& call) {
  if (call.target.path.size() > kMaxPathBytes) return s3_error("KeyTooLongError");
  if (!version::check_branch_argument(call.target.ref)) return s3_error("NoSuchBucket");
  return version::BranchName(call.target.ref);
}

Result<tree::Entry> find_on_branch(const Call& call, const version::BranchName& branch,
                                   std::string_view path) {
  ASSIGN_OR_RETURN(const version::Branch head, call.lake().engine.refs.branch(call.repository, branch));
  const version::Resolved at{.commit = head.commit_id, .branch = head};
  return call.lake().engine.entries.find(call.repository, at, path);
}

Outcome<CopySource> find_copy_source(const Call& call) {
  std::string source(call.header("x-amz-copy-source"));
  std::string version;
  if (const auto question = source.find("?versionId="); question != source.npos) {
    version = source.substr(question + 11);
    source.resize(question);
  }
  if (auto decoded = percent_decode(source, true)) source = *std::move(decoded);
  if (source.starts_with('/')) source.erase(0, 1);
  const auto slash = source.find('/');
  if (slash == source.npos) return s3_error("InvalidArgument", std::string(kCopySourceNeeded));
  const std::string name = source.substr(0, slash);
  const Key key = parse_key(std::string_view(source).substr(slash + 1));
  if (name.empty() || key.ref.empty() || key.path.empty()) {
    return s3_error("InvalidArgument", std::string(kCopySourceNeeded));
  }

  if (!version::check_repository_name(name)) return s3_error("NoSuchKey");
  auto repository = call.lake().engine.repositories.get(version::RepositoryName(name));
  if (!repository) return read_error(repository.error());
  auto entry = find_entry(call, *repository, key.ref, key.path, version);
  if (!entry) return entry.error();
  if (check_conditions(call.request.headers, "x-amz-copy-source-", *entry) != Verdict::holds) {
    return s3_error("PreconditionFailed");
  }
  return CopySource{*std::move(repository), *std::move(entry)};
}

}  // namespace mere::s3
