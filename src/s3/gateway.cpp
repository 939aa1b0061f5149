#include "s3/gateway.h"

#include "s3/authentication.h"
#include "s3/bucket_cors.h"
#include "s3/fallback.h"
#include "s3/operations.h"
#include "s3/post_form.h"
#include "s3/reply.h"
#include "s3/request_metrics.h"
#include "version/names.h"

namespace mere::s3 {
namespace {

// What a request was, for its metrics and its line in the log.
struct Outline {
  std::string request_id;
  std::string_view operation;  // "": none was found
  std::string user_id;
};

Result<version::Repository> find_repository(const Call& call) {
  if (!version::check_repository_name(call.target.repository)) {
    return Error{Code::not_found, "repository not found"};
  }
  return call.lake().engine.repositories.get(version::RepositoryName(call.target.repository));
}

http::Response no_repository(const Call& call, const Error& error) {
  if (error.code != Code::not_found && error.code != Code::gone) return error_reply(call, error);
  if (call.request.path.starts_with("/api/v1")) {
    return error_reply(call, s3_error("ErrNoSuchBucketPossibleAPIEndpoint"), Told::nothing);
  }
  return error_reply(call, s3_error("NoSuchBucket"), Told::nothing);
}

// Headers only, and of an error not even its length.
void drop_body(http::Response& response) {
  if (!response.content_length_without_body) {
    response.headers.erase("Content-Type");
    response.content_length_without_body = 0;
  }
  response.body = std::monostate();
}

}  // namespace

struct Gateway::Impl {
  explicit Impl(Parts all)
      : parts(std::move(all)),
        authentication(parts.auth, parts.lake.clock, {.domain_names = parts.settings.domain_names}),
        metrics(parts.metrics) {}

  Task<http::Response> answer(http::Request& request, Outline& outline);
  Task<http::Response> run(Call& call, const Operation& operation);
  Task<CorsRules> cors_rules_of(const http::Request& request);
  Task<http::Response> send_on(Call& call, std::unique_ptr<http::BodyReader> body);

  const Parts parts;
  const Authentication authentication;
  RequestMetrics metrics;
  ListingCache listings{kListingCacheBytes};
};

Gateway::Gateway(Parts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}

Gateway::~Gateway() = default;

bool Gateway::claims(const http::Request& request) const {
  return is_s3_request(request, impl_->parts.settings.domain_names) ||
         (is_form_upload(request) && names_bucket_alone(request.path)) || is_preflight(request);
}

Task<http::Response> Gateway::handle(http::Request request) {
  const Parts& parts = impl_->parts;
  const auto began = parts.lake.clock.steady();
  Outline outline{random_uuid(parts.request_ids), {}, {}};
  const std::string origin(request.headers.get("Origin"));
  std::string asked_method(request.headers.get("Access-Control-Request-Method"));
  http::Response response = co_await impl_->answer(request, outline);
  if (!origin.empty() && request.method != "OPTIONS") {
    if (asked_method.empty()) asked_method = request.method;
    const auto rules = co_await impl_->cors_rules_of(request);
    const CorsRule* rule = find_rule(rules, origin, asked_method, "");
    if (rule != nullptr) add_cors_headers(response.headers, *rule, origin, "");
  }
  response.headers.add("x-amz-request-id", outline.request_id);
  if (request.method == "HEAD") drop_body(response);

  const auto took = parts.lake.clock.steady() - began;
  impl_->metrics.ended(outline.operation, response.status, took);
  if (log::enabled(parts.settings.audit_level)) {
    log::write(parts.settings.audit_level, "S3 call ended",
               {{"operation_id", outline.operation.empty() ? std::string_view("-") : outline.operation},
                {"method", request.method},
                {"path", request.path},
                {"status_code", response.status},
                {"took_us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()},
                {"host", request.headers.get("Host")},
                {"source_ip", request.peer},
                {"user", outline.user_id},
                {"request_id", outline.request_id}});
  }
  co_return response;
}

Task<http::Response> Gateway::Impl::answer(http::Request& request, Outline& outline) {
  const Settings& settings = parts.settings;
  const auto refuse = [&](const S3Error& error) {
    return error_reply(error, settings.region, outline.request_id);
  };
  auto target = parse_target(request.headers.get("Host"), request.path, settings.domain_names);
  auto query = Query::parse(request.query);
  if (!target || !query) co_return refuse(s3_error("InvalidURI"));

  if (request.method == "OPTIONS" && target->level != Level::service) {
    outline.operation = "preflight";
    const auto rules = co_await cors_rules_of(request);
    auto answered = answer_preflight(request.headers, rules);
    if (const auto* error = std::get_if<S3Error>(&answered)) co_return refuse(*error);
    co_return std::move(std::get<http::Response>(answered));
  }

  // As it came, for the fallback: what is checked is read through it.
  std::unique_ptr<http::BodyReader> raw_body;
  if (parts.fallback != nullptr && request.body) {
    raw_body = std::move(request.body);
    request.body = borrow_body(*raw_body);
  }
  // A form's signature is inside it: its operation, and no other, checks it.
  const bool is_form = target->level == Level::bucket && is_form_upload(request);
  Authenticated who{};
  if (!is_form) {
    auto checked = authentication.check(request, target->in_host ? target->repository : std::string_view());
    if (const auto* error = std::get_if<S3Error>(&checked)) co_return refuse(*error);
    who = std::move(std::get<Authenticated>(checked));
    outline.user_id = who.principal.user_id;
  }

  Call call{parts,
            listings,
            request,
            *std::move(target),
            *std::move(query),
            outline.request_id,
            std::move(who.principal),
            std::move(who.body),
            who.payload_bytes,
            {},
            {}};
  const Operation* operation = is_form ? &form_upload_operation()
                                       : find_operation(request.method, call.target.level, call.query,
                                                        request.headers, settings.verify_unsupported);
  if (operation == nullptr) co_return empty_reply(404);
  outline.operation = operation->name;
  parts.lake.usage.count();
  if (parts.fallback != nullptr && operation->needs_repository && call.target.level != Level::service) {
    const auto found = find_repository(call);
    if (!found && found.error().code == Code::not_found) {
      co_return co_await send_on(call, std::move(raw_body));
    }
  }
  http::Response response = co_await run(call, *operation);
  outline.user_id = call.principal.user_id;
  co_return response;
}

// Of the repository that the request names; none if they cannot be read.
Task<CorsRules> Gateway::Impl::cors_rules_of(const http::Request& request) {
  const auto target = parse_target(request.headers.get("Host"), request.path, parts.settings.domain_names);
  if (!target) co_return CorsRules();
  const auto look = [&]() -> CorsRules {
    auto rules = cors_rules(parts.lake, target->repository);
    if (rules) return *std::move(rules);
    log::error("rules for cross-origin requests could not be read",
               {{"repository", target->repository}, {"error", rules.error().message}});
    return {};
  };
  if (parts.settings.inline_reads) co_return look();
  co_return co_await offload(parts.workers, *request.executor, look);
}

Task<http::Response> Gateway::Impl::send_on(Call& call, std::unique_ptr<http::BodyReader> body) {
  call.body.reset();  // reads from the other
  http::Request request;
  request.method = call.request.method;
  request.path = call.request.path;
  request.query = call.request.query;
  request.headers = call.request.headers;
  request.content_length = call.request.content_length;
  request.body = std::move(body);
  request.executor = call.request.executor;
  auto answer = co_await send_to_fallback(*parts.fallback, parts.settings.fallback_url, call.target,
                                          std::move(request));
  if (!answer) co_return error_reply(call, "ServiceUnavailable");
  answer->headers.erase("x-amz-request-id");
  co_return *std::move(answer);
}

Task<http::Response> Gateway::Impl::run(Call& call, const Operation& operation) {
  WorkQueue& workers = parts.workers;
  Executor& executor = *call.request.executor;
  const bool needs_repository = operation.needs_repository && call.target.level != Level::service;
  const auto open = [&]() -> std::optional<http::Response> {
    if (!needs_repository) return std::nullopt;
    auto found = find_repository(call);
    if (!found) return no_repository(call, found.error());
    call.repository = *std::move(found);
    return std::nullopt;
  };

  if (operation.stream != nullptr) {
    auto refused = parts.settings.inline_reads ? open() : co_await offload(workers, executor, open);
    if (refused) co_return *std::move(refused);
    co_return co_await operation.stream(call);
  }

  MemoryShare memory(call.request.memory);  // of the document, until it is answered
  if (operation.document_bytes > 0 && call.body) {
    auto read = co_await http::read_all(call.body.get(), operation.document_bytes, memory);
    if (!read) {
      if (const S3Error* failure = call.body->failure()) co_return error_reply(call, *failure);
      if (read.error().code == Code::too_large) co_return error_reply(call, "MalformedXML");
      co_return error_reply(call, read.error());
    }
    call.document = *std::move(read);
  }
  auto work = [&]() -> http::Response {
    try {
      if (auto refused = open()) return *std::move(refused);
      return operation.answer(call);
    } catch (const std::exception& problem) {  // out of memory, or a library's; the server goes on
      log::error("operation failed", {{"operation_id", operation.name}, {"error", problem.what()}});
      return error_reply(call, "InternalError");
    }
  };
  if (parts.settings.inline_reads && operation.is_quick) co_return work();
  co_return co_await offload(workers, executor, work);
}

}  // namespace mere::s3
