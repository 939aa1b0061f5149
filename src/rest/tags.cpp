#include "rest/convert.h"
#include "rest/handlers.h"

namespace mere::rest {

http::Response Handlers::list_tags(Call&, const api::ListTagsParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto page,
                  engine_.refs.tags(repository, page_request(params.prefix, params.after, params.amount)));
  api::RefList list;
  for (const auto& tag : page.items) list.results.push_back(to_api(tag));
  list.pagination =
      pagination(page.has_more, list.results.size(), list.results.empty() ? "" : list.results.back().id);
  return json_reply(200, list);
}

http::Response Handlers::create_tag(Call&, const api::CreateTagParams& params, const api::TagCreation& body) {
  if (body.id.empty()) return error_reply(400, "argument tagID: required value: validation error");
  REPLY_IF_ERROR(check_argument("tagID", version::check_tag_name(body.id)));
  REPLY_IF_ERROR(check_argument("ref", version::check_ref_expr(body.ref)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto tag,
                  engine_.refs.create_tag(repository, TagName(body.id), RefExpr(body.ref), body.force));
  return json_reply(201, to_api(tag));
}

http::Response Handlers::get_tag(Call&, const api::GetTagParams& params) {
  REPLY_IF_ERROR(check_argument("tagID", version::check_tag_name(params.tag)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto tag, engine_.refs.tag(repository, TagName(params.tag)));
  return json_reply(200, to_api(tag));
}

http::Response Handlers::delete_tag(Call&, const api::DeleteTagParams& params) {
  REPLY_IF_ERROR(check_argument("tagID", version::check_tag_name(params.tag)));
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(engine_.refs.remove_tag(repository, TagName(params.tag), params.force.value_or(false)));
  return empty_reply(204);
}

}  // namespace mere::rest
