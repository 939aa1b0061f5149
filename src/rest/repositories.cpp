#include <algorithm>
#include <string_view>

#include "lake/sample_data.h"
#include "rest/convert.h"
#include "rest/handlers.h"
#include "version/protection.h"

namespace mere::rest {
namespace {

// Clients that join "local://" and "/name" mean a folder below the store's root, as lakeFS takes it; only an
// object's own address can be an absolute path.
std::string below_the_root(std::string_view storage_namespace) {
  constexpr std::string_view kLocal = "local://";
  if (!storage_namespace.starts_with(kLocal)) return std::string(storage_namespace);
  storage_namespace.remove_prefix(kLocal.size());
  storage_namespace.remove_prefix(
      std::min(storage_namespace.find_first_not_of('/'), storage_namespace.size()));
  return std::string(kLocal) + std::string(storage_namespace);
}

}  // namespace

http::Response Handlers::list_repositories(Call&, const api::ListRepositoriesParams& params) {
  ASSIGN_OR_REPLY(
      const auto page,
      engine_.repositories.list(page_request(params.prefix, params.after, params.amount), params.search));
  api::RepositoryList list;
  for (const auto& repository : page.items) list.results.push_back(to_api(lake_.store, repository));
  list.pagination =
      pagination(page.has_more, list.results.size(), list.results.empty() ? "" : list.results.back().id);
  return json_reply(200, list);
}

http::Response Handlers::create_repository(Call& call, const api::CreateRepositoryParams& params,
                                           const api::RepositoryCreation& body) {
  REPLY_IF_ERROR(check_argument("repository", version::check_repository_name(body.name)));
  version::NewRepository wanted;
  wanted.name = RepositoryName(body.name);
  wanted.storage_namespace = {below_the_root(body.storage_namespace)};
  wanted.storage_namespace.storage_id = body.storage_id.value_or("");
  if (body.default_branch && !body.default_branch->empty())
    wanted.default_branch = BranchName(*body.default_branch);
  wanted.bare = params.bare;
  wanted.read_only = body.read_only;
  ASSIGN_OR_REPLY(const auto repository, engine_.repositories.create(wanted));
  if (body.sample_data && !params.bare && !body.read_only) {
    REPLY_IF_ERROR(lake::add_sample_data(lake_, repository, call.principal.user_id));
  }
  api::Repository made = to_api(lake_.store, repository);
  if (params.bare) made.read_only.reset();
  return json_reply(201, made);
}

http::Response Handlers::get_repository(Call&, const api::GetRepositoryParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  return json_reply(200, to_api(lake_.store, repository));
}

http::Response Handlers::delete_repository(Call&, const api::DeleteRepositoryParams& params) {
  REPLY_IF_ERROR(check_argument("repository", version::check_repository_name(params.repository)));
  REPLY_IF_ERROR(engine_.repositories.remove(RepositoryName(params.repository), params.force));
  return empty_reply(204);
}

http::Response Handlers::get_repository_metadata(Call&, const api::GetRepositoryMetadataParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto metadata, engine_.repositories.metadata(repository));
  std::string body;
  JsonWriter json(body);
  json.string_map(metadata);
  return json_text(200, std::move(body));
}

http::Response Handlers::set_repository_metadata(Call&, const api::SetRepositoryMetadataParams& params,
                                                 const api::RepositoryMetadataSet& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(engine_.repositories.update_metadata(repository, body.metadata, {}));
  return empty_reply(204);
}

http::Response Handlers::delete_repository_metadata(Call&, const api::DeleteRepositoryMetadataParams& params,
                                                    const api::RepositoryMetadataKeys& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(engine_.repositories.update_metadata(repository, {}, body.keys));
  return empty_reply(204);
}

}  // namespace mere::rest
