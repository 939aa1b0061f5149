#include "rest/async_reply.h"
#include "rest/convert.h"
#include "rest/handlers.h"

namespace mere::rest {

http::Response Handlers::import_start(Call& call, const api::ImportStartParams& params,
                                      const api::ImportCreation& body) {
  REPLY_IF_ERROR(check_argument("branch", version::check_branch_argument(params.branch)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  lake::ImportStart import;
  for (const api::ImportLocation& path : body.paths) {
    lake::ImportLocation location;
    location.type = path.type == api::ImportLocationType::object ? lake::ImportLocation::Type::object
                                                                 : lake::ImportLocation::Type::common_prefix;
    location.path = path.path;
    location.destination = path.destination;
    import.locations.push_back(std::move(location));
  }
  import.commit.committer = call.principal.user_id;
  import.commit.message = body.commit.message;
  import.commit.metadata = body.commit.metadata.value_or(version::Metadata());
  import.commit.date = body.commit.date;
  import.commit.allow_empty = body.commit.allow_empty;
  import.commit.force = body.force;
  ASSIGN_OR_REPLY(const auto id, lake_.imports.start(repository, BranchName(params.branch), import));
  return task_started_reply(id);
}

http::Response Handlers::import_status(Call&, const api::ImportStatusParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto state, lake_.imports.state(repository, params.id));
  api::ImportStatus status;
  status.completed = state.completed;
  status.update_time = state.update_time;
  status.ingested_objects = state.ingested_objects;
  if (state.completed) status.metarange_id = state.metarange_id;
  if (state.commit) status.commit = to_api(*state.commit);
  if (state.error) {
    status.error.emplace();
    status.error->message = state.error->message;
  }
  return json_reply(200, status);
}

http::Response Handlers::import_cancel(Call&, const api::ImportCancelParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(lake_.imports.cancel(repository, params.id));
  return empty_reply(204);
}

}  // namespace mere::rest
