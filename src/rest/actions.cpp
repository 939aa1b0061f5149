// Runs of hooks. No hook runs yet, so no run exists: lists are empty and every run id is unknown.
#include "rest/convert.h"
#include "rest/handlers.h"

namespace mere::rest {

http::Response Handlers::list_repository_runs(Call&, const api::ListRepositoryRunsParams& params) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  if (!params.branch.empty() && !params.commit.empty()) {
    return error_reply(400, "can't use both branchID and MergedCommitID: parameters conflict");
  }
  api::ActionRunList list;
  list.pagination = pagination(false, 0, "");
  return json_reply(200, list);
}

http::Response Handlers::get_run(Call&, const api::GetRunParams& params) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  return error_reply(404, "not found: not found");
}

http::Response Handlers::list_run_hooks(Call&, const api::ListRunHooksParams& params) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  api::HookRunList list;
  list.pagination = pagination(false, 0, "");
  return json_reply(200, list);
}

http::Response Handlers::get_run_hook_output(Call&, const api::GetRunHookOutputParams& params) {
  REPLY_IF_ERROR(find_repository(lake_, params.repository));
  return error_reply(404, "not found");
}

}  // namespace mere::rest
