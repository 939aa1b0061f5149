#include "block/gcs_service.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/encoding.h"
#include "base/xml.h"
#include "block/json_object.h"

namespace mere::block {
namespace {

namespace json = boost::json;

// {"error": {"code": 404, "message": "…", "errors": [{"reason": "notFound"}]}}
void read_json(const std::string& body, RemoteFault& fault) {
  json::error_code failure;
  const json::value value = json::parse(body, failure);
  if (failure || !value.is_object()) return;
  const json::value* error = value.as_object().if_contains("error");
  if (error == nullptr || !error->is_object()) return;
  fault.message = text_at(error->as_object(), "message");
  const json::value* errors = error->as_object().if_contains("errors");
  if (errors == nullptr || !errors->is_array() || errors->as_array().empty()) return;
  const json::value& first = errors->as_array().front();
  if (first.is_object()) fault.code = text_at(first.as_object(), "reason");
}

}  // namespace

Status GcsService::prepare(const RemoteRequest& request, RemoteMessage& message) {
  message.origin = origin_;
  message.request.path = request.key;
  std::string& query = message.request.query;
  for (const auto& [name, value] : request.query) {
    if (!query.empty()) query += '&';
    query += percent_encode(name) + "=" + percent_encode(value);
  }
  ASSIGN_OR_RETURN(const std::string token, tokens_.get());
  if (!token.empty()) message.request.headers.set("Authorization", "Bearer " + token);
  return {};
}

RemoteFault GcsService::fault_of(const RemoteRequest&, const RemoteAnswer& answer) const {
  RemoteFault fault;
  fault.request_id = answer.headers.get("X-GUploader-UploadID");
  if (answer.body.starts_with('{')) {
    read_json(answer.body, fault);
  } else if (const auto document = parse_xml(answer.body); document && document->name == "Error") {
    fault.code = document->text_of("Code");
    fault.message = document->text_of("Message");
  }
  if (answer.status == 401) {
    fault.meaning = Code::permission_denied;
    fault.remedy = "check the credentials of blockstore.gs";
  }
  if (answer.status == 403) {
    const bool busy = fault.code == "rateLimitExceeded" || fault.code == "userRateLimitExceeded";
    fault.is_transient = busy;
    if (busy) fault.meaning = Code::unavailable;
    if (!busy) fault.remedy = "give the service account the role Storage Object Admin on the bucket";
  }
  return fault;
}

bool GcsService::adapt(const RemoteRequest&, const RemoteAnswer& answer, const RemoteFault&) {
  if (answer.status != 401) return false;
  const auto token = tokens_.get();
  if (!token || token->empty()) return false;
  tokens_.drop(*token);
  return true;
}

}  // namespace mere::block
