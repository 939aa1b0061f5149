// The rules of a bucket for cross-origin requests, kept as a setting of the repository; what browsers ask
// before they send such a request; and what they are told with its answer.
#include "s3/bucket_cors.h"

#include "s3/access.h"
#include "s3/operations.h"
#include "s3/reply.h"
#include "version/names.h"

namespace mere::s3 {
namespace {

constexpr std::string_view kSetting = "s3_cors";

S3Error not_allowed(std::string why) {
  return s3_error("AccessForbidden", "CORSResponse: " + std::move(why));
}

}  // namespace

http::Response get_bucket_cors(Call& call) {
  ASSIGN_OR_REPLY(call, const auto setting,
                  call.lake().engine.repositories.setting(call.repository, kSetting));
  if (setting.bytes.empty()) return error_reply(call, "NoSuchCORSConfiguration");
  return xml_reply(setting.bytes);
}

http::Response put_bucket_cors(Call& call) {
  ASSIGN_OR_REPLY(call, const CorsRules rules, parse_cors(call.document));
  REPLY_IF_ERROR(call, version::check_writable(call.repository, /*force=*/false));
  const auto kept = call.lake().engine.repositories.set_setting(call.repository, kSetting, to_xml(rules), {});
  if (!kept) return error_reply(call, write_error(kept.error()));
  return empty_reply(200);
}

http::Response delete_bucket_cors(Call& call) {
  const auto erased =
      call.lake().engine.repositories.set_setting(call.repository, kSetting, std::nullopt, {});
  if (!erased) return error_reply(call, write_error(erased.error()));
  return empty_reply(204);
}

bool is_preflight(const http::Request& request) {
  return request.method == "OPTIONS" && request.headers.contains("Origin") &&
         request.headers.contains("Access-Control-Request-Method") && !request.path.starts_with("/api/");
}

Result<CorsRules> cors_rules(const lake::Lake& lake, std::string_view repository) {
  if (!version::check_repository_name(repository)) return CorsRules();
  const auto found = lake.engine.repositories.get(version::RepositoryName(std::string(repository)));
  if (!found && (found.error().code == Code::not_found || found.error().code == Code::gone)) {
    return CorsRules();
  }
  if (!found) return found.error();
  ASSIGN_OR_RETURN(const auto setting, lake.engine.repositories.setting(*found, kSetting));
  if (setting.bytes.empty()) return CorsRules();
  const auto rules = parse_cors(setting.bytes);
  if (!rules) return Error{Code::corrupt, "the stored rules for cross-origin requests cannot be read"};
  return *rules;
}

std::variant<http::Response, S3Error> answer_preflight(const http::Headers& asked, const CorsRules& rules) {
  const std::string_view origin = asked.get("Origin");
  const std::string_view method = asked.get("Access-Control-Request-Method");
  if (origin.empty()) {
    return s3_error("BadRequest", "Insufficient information. Origin request header needed.");
  }
  if (method.empty()) return s3_error("BadRequest", "Invalid Access-Control-Request-Method: null");
  if (rules.empty()) return not_allowed("CORS is not enabled for this bucket.");
  const std::string_view headers = asked.get("Access-Control-Request-Headers");
  const CorsRule* rule = find_rule(rules, origin, method, headers);
  if (rule == nullptr) {
    return not_allowed(
        "This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
        "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the "
        "resource's CORS spec.");
  }
  http::Response response = empty_reply(200);
  add_cors_headers(response.headers, *rule, origin, headers);
  return response;
}

}  // namespace mere::s3
