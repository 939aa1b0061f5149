#include "rest/convert.h"
#include "rest/diff_reply.h"
#include "rest/handlers.h"

namespace mere::rest {

http::Response Handlers::list_branches(Call&, const api::ListBranchesParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto page,
                  engine_.refs.branches(repository, page_request(params.prefix, params.after, params.amount),
                                        params.show_hidden));
  api::RefList list;
  for (const auto& branch : page.items) list.results.push_back(to_api(branch));
  list.pagination =
      pagination(page.has_more, list.results.size(), list.results.empty() ? "" : list.results.back().id);
  return json_reply(200, list);
}

http::Response Handlers::create_branch(Call&, const api::CreateBranchParams& params,
                                       const api::BranchCreation& body) {
  if (body.name.empty()) return error_reply(400, "argument branch: required value: validation error");
  if (body.source.empty()) return error_reply(400, "argument ref: required value: validation error");
  REPLY_IF_ERROR(check_argument("branch", version::check_branch_name(body.name)));
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(body.source)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto branch,
                  engine_.refs.create_branch(repository, BranchName(body.name), RefExpr(body.source),
                                             body.hidden, body.force));
  return text_reply(201, branch.commit_id.str());
}

http::Response Handlers::get_branch(Call&, const api::GetBranchParams& params) {
  REPLY_IF_ERROR(check_argument("branch", version::check_branch_argument(params.branch)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto branch, engine_.refs.branch(repository, BranchName(params.branch)));
  return json_reply(200, to_api(branch));
}

http::Response Handlers::delete_branch(Call&, const api::DeleteBranchParams& params) {
  REPLY_IF_ERROR(check_argument("name", version::check_branch_argument(params.branch)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(engine_.refs.remove_branch(repository, BranchName(params.branch), params.force));
  return empty_reply(204);
}

http::Response Handlers::reset_branch(Call&, const api::ResetBranchParams& params,
                                      const api::ResetCreation& body) {
  REPLY_IF_ERROR(check_argument("branch", version::check_branch_argument(params.branch)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const BranchName branch(params.branch);
  const std::string path = body.path.value_or("");
  switch (body.type) {
    case api::ResetCreationType::reset:
      REPLY_IF_ERROR(engine_.updates.reset(repository, branch, body.force));
      break;
    case api::ResetCreationType::common_prefix:
      REPLY_IF_ERROR(engine_.updates.reset_prefix(repository, branch, path, body.force));
      break;
    case api::ResetCreationType::object:
      if (path.empty())
        return error_reply(400, "argument path: missing path: required value: validation error");
      REPLY_IF_ERROR(engine_.updates.reset_path(repository, branch, path, body.force));
      break;
  }
  return empty_reply(204);
}

http::Response Handlers::hard_reset_branch(Call&, const api::HardResetBranchParams& params) {
  REPLY_IF_ERROR(check_argument("branch", version::check_branch_argument(params.branch)));
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(params.ref)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(
      engine_.updates.hard_reset(repository, BranchName(params.branch), RefExpr(params.ref), params.force));
  return empty_reply(204);
}

http::Response Handlers::diff_branch(Call&, const api::DiffBranchParams& params) {
  REPLY_IF_ERROR(check_argument("branch", version::check_branch_argument(params.branch)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  const version::DiffRequest request{params.prefix, params.after, params.delimiter, page_size(params.amount)};
  DiffReply reply(DiffReply::RightStats::no, DiffReply::Removed::empty);
  ASSIGN_OR_REPLY(const bool has_more, engine_.entries.diff_branch(repository, BranchName(params.branch),
                                                                   request, reply.visitor()));
  return std::move(reply).finish(has_more);
}

}  // namespace mere::rest
