#include "rest/service.h"

#include <algorithm>

#include "api/dispatch.h"
#include "api/document.h"
#include "api/routes.h"
#include "auth/header_credentials.h"
#include "rest/convert.h"
#include "rest/session_cookie.h"
#include "rest/upload.h"

namespace mere::rest {
namespace {

using api::Operation;

constexpr std::size_t kStrangersBytes = 64u << 10;  // of a body, before it is known who sends it

Error unauthenticated() {
  return {Code::unauthenticated, "error authenticating request"};
}

// Reads that touch a few blocks of metadata, mostly in memory.
bool is_quick_read(Operation operation) {
  switch (operation) {
    case Operation::stat_object:
    case Operation::head_object:
    case Operation::get_object:
    case Operation::list_objects:
    case Operation::get_branch:
    case Operation::list_branches:
    case Operation::get_tag:
    case Operation::list_tags:
    case Operation::get_commit:
    case Operation::get_repository:
    case Operation::list_repositories:
    case Operation::get_current_user:
    case Operation::get_config:
    case Operation::get_lake_fs_version:
    case Operation::get_storage_config:
    case Operation::get_setup_state:
    case Operation::health_check:
      return true;
    default:
      return false;
  }
}

http::Response redirect(const std::string& location) {
  http::Response response = empty_reply(307);
  response.headers.add("Location", location);
  return response;
}

}  // namespace

Service::Service(Context context)
    : context_(std::move(context)), handlers_(context_), metrics_(context_.metrics) {}

Task<http::Response> Service::handle(http::Request request) {
  const auto began = context_.lake.clock.steady();
  metrics_.began();
  const std::string_view target = request.path;
  const api::OperationInfo* operation = nullptr;
  std::string request_id;
  http::Response response;
  if (target.starts_with(api::kBasePath)) {
    const std::string_view path = target.substr(api::kBasePath.size());
    if (const auto match = api::match_route(request.method, path)) {
      operation = &api::info_of(match->operation);
      request_id = random_uuid(context_.request_ids);
      context_.lake.usage.count();
      response = co_await answer_operation(request, *match);
      response.headers.add("X-Request-Id", request_id);
    } else {
      response = error_reply(404, "invalid API endpoint");
    }
  } else {
    response = answer_beside_the_api(request);
  }

  const auto took = context_.lake.clock.steady() - began;
  metrics_.ended(operation, request.method, response.status, took);
  if (log::enabled(context_.settings.audit_level)) {
    log::write(context_.settings.audit_level, "HTTP call ended",
               {{"operation_id", operation != nullptr ? operation->id : std::string_view("-")},
                {"method", request.method},
                {"path", request.path},
                {"status_code", response.status},
                {"took_us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()},
                {"host", request.headers.get("Host")},
                {"source_ip", request.peer},
                {"request_id", request_id}});
  }
  co_return response;
}

Task<http::Response> Service::answer_operation(http::Request& request, const api::RouteMatch& match) {
  const api::OperationInfo& info = api::info_of(match.operation);
  const api::RawParams raw(match.path(), request.query, request.headers);
  Call call{request, {}};

  // Asked between validation and operation.
  const auto admit = [&]() -> Status {
    auto principal = auth::check_header_credentials(request.headers.get("Authorization"),
                                                    request.headers.get("Cookie"), context_.auth);
    if (!principal) {
      if (info.needs_credentials || match.operation == Operation::get_current_user) return principal.error();
      return {};
    }
    if (*principal) call.principal = std::move(**principal);
    if (info.needs_credentials && call.principal.user_id.empty() &&
        match.operation != Operation::get_current_user) {
      return unauthenticated();
    }
    return {};
  };

  if (match.operation == Operation::upload_object) {
    auto params = api::parse_params<api::UploadObjectParams>(raw);
    if (!params) co_return error_reply(params.error());
    if (const Status admitted = admit(); !admitted) co_return error_reply(admitted.error());
    co_return co_await upload_object(context_, request, std::move(call.principal), *std::move(params));
  }

  std::string text;
  MemoryShare memory(request.memory);  // of `text`
  if (info.body != api::BodyKind::none && request.body) {
    // What is wrong with a body is said before who sends it is looked at, but nobody's memory is a
    // stranger's.
    std::size_t limit = context_.settings.max_json_body_bytes;
    if (!request.content_length || *request.content_length > kStrangersBytes) {
      if (const Status admitted = admit(); !admitted) co_return error_reply(admitted.error());
      if (call.principal.user_id.empty()) limit = std::min(limit, kStrangersBytes);
    }
    auto read = co_await http::read_all(request.body.get(), limit, memory);
    if (!read) co_return error_reply(read.error());
    text = *std::move(read);
  }
  const api::RawBody body{request.headers.get("Content-Type"), text};
  auto work = [&]() -> http::Response {
    try {
      auto answered = api::dispatch(handlers_, call, match.operation, raw, body, admit);
      return answered ? *std::move(answered) : error_reply(answered.error());
    } catch (const std::exception& problem) {  // out of memory, or a library's; the server goes on
      log::error("operation failed", {{"operation_id", info.id}, {"error", problem.what()}});
      return error_reply(500, "internal error");
    }
  };
  if (context_.settings.inline_reads && is_quick_read(match.operation)) co_return work();
  co_return co_await offload(context_.workers, *request.executor, work);
}

http::Response Service::answer_beside_the_api(const http::Request& request) {
  if (request.path == "/_health") {
    const auto installation = context_.auth.installation_id();
    if (!installation) return error_reply(installation.error());
    return text_reply(200, "alive! " + *installation);
  }
  if (request.path == "/metrics") {
    http::Response response;
    response.headers.add("Content-Type", std::string(metrics::Metrics::kContentType));
    response.body = context_.metrics.text();
    return response;
  }
  if (request.path == "/openapi.json") return json_text(200, std::string(api::openapi_json()));
  http::Response response = redirect(context_.settings.logout_redirect_url);
  response.headers.add("Set-Cookie", cleared_session_cookie());
  return response;
}

}  // namespace mere::rest
