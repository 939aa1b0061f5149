#include "client/reference.h"

#include <utility>

namespace mere::client {
namespace {

constexpr std::int64_t kPage = 1000;  // the longest there is

}  // namespace

Listing<api::ObjectStats> Reference::objects(ListOptions options) const {
  api::ListObjectsParams params;
  params.repository = repository_;
  params.ref = id_;
  params.user_metadata = options.with_metadata;
  params.amount = kPage;
  params.delimiter = std::move(options.delimiter);
  params.prefix = std::move(options.prefix);
  return listing_of<api::ObjectStats>(
      [api = api_, params = std::move(params), uri = uri()](const std::string& after) {
        api::ListObjectsParams page = params;
        page.after = after;
        return about(uri, api.list_objects(page));
      },
      std::move(options.after));
}

Result<api::Commit> Reference::commit_record() const {
  return about(uri(), api_.get_commit({.repository = repository_, .commit_id = id_}));
}

Listing<api::Commit> Reference::log(LogOptions options) const {
  api::LogCommitsParams params;
  params.repository = repository_;
  params.ref = id_;
  params.amount = kPage;
  params.objects = std::move(options.objects);
  params.prefixes = std::move(options.prefixes);
  if (options.first_parent) params.first_parent = true;
  params.since = options.since;
  return listing_of<api::Commit>(
      [api = api_, params = std::move(params), uri = uri()](const std::string& after) {
        api::LogCommitsParams page = params;
        page.after = after;
        return about(uri, api.log_commits(page));
      });
}

Listing<api::Diff> Reference::diff(const Reference& other, DiffOptions options) const {
  api::DiffRefsParams params;
  params.repository = repository_;
  params.left_ref = id_;
  params.right_ref = other.id_;
  params.amount = kPage;
  params.prefix = std::move(options.prefix);
  params.delimiter = std::move(options.delimiter);
  params.type = options.type;
  return listing_of<api::Diff>(
      [api = api_, params = std::move(params), uri = uri()](const std::string& after) {
        api::DiffRefsParams page = params;
        page.after = after;
        return about(uri + ".." + params.right_ref, api.diff_refs(page));
      },
      std::move(options.after));
}

Result<std::string> Reference::merge_into(const Reference& branch, const MergeOptions& options) const {
  api::Merge merge;
  if (!options.message.empty()) merge.message = options.message;
  if (!options.metadata.empty()) merge.metadata = options.metadata;
  if (!options.strategy.empty()) merge.strategy = options.strategy;
  merge.squash_merge = options.squash;
  merge.allow_empty = options.allow_empty;
  merge.force = options.force;
  ASSIGN_OR_RETURN(
      api::MergeResult merged,
      about(uri() + " into " + branch.id_,
            api_.merge_into_branch(
                {.repository = repository_, .source_ref = id_, .destination_branch = branch.id_}, merge)));
  return std::move(merged.reference);
}

Status Tag::create(const Reference& commit) const {
  api::TagCreation creation;
  creation.id = id_;
  creation.ref = commit.id();
  const auto made = about(uri(), api_.create_tag({.repository = repository_}, creation));
  if (!made) return made.error();
  return {};
}

Status Tag::remove() const {
  return about(uri(), api_.delete_tag({.repository = repository_, .tag = id_}));
}

}  // namespace mere::client
