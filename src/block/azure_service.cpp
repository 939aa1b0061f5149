#include "block/azure_service.h"

#include <utility>

#include "base/encoding.h"
#include "base/time_format.h"
#include "base/xml.h"

namespace mere::block {
namespace {

struct Meaning {
  std::string_view code;
  Code means;
  std::string_view remedy;
};

// Azure's own words (https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes), where
// the status does not say enough.
constexpr Meaning kMeanings[] = {
    {"ContainerNotFound", Code::not_found, "create the container, or correct its name"},
    {"BlobAlreadyExists", Code::already_exists, ""},
    {"AuthenticationFailed", Code::permission_denied,
     "check blockstore.azure.storage_account and storage_access_key, and this machine's clock"},
    {"KeyBasedAuthenticationNotPermitted", Code::permission_denied,
     "allow shared keys for the storage account"},
    {"AuthorizationPermissionMismatch", Code::permission_denied,
     "give this identity the role Storage Blob Data Contributor on the container"},
    {"InvalidAuthenticationInfo", Code::permission_denied, "the access token is not one for this account"},
    {"NoAuthenticationInformation", Code::permission_denied, ""},
    {"AccountIsDisabled", Code::permission_denied, "enable the storage account"},
    {"BlobArchived", Code::permission_denied, "bring the blob back from the archive tier first"},
    {"InvalidBlockList", Code::conflict, "another write to this address dropped the blocks of this one"},
    {"InvalidBlobOrBlock", Code::conflict, "another write to this address dropped the blocks of this one"},
    {"LeaseIdMissing", Code::conflict, "somebody holds a lease on the blob"},
    {"RequestBodyTooLarge", Code::too_large, ""},
    {"Md5Mismatch", Code::unavailable, "the bytes were damaged on their way"},
    {"ContainerBeingDeleted", Code::not_found, "the container is being deleted"},
};

bool is_transient_code(std::string_view code) {
  return code == "ServerBusy" || code == "InternalError" || code == "OperationTimedOut" ||
         code == "Md5Mismatch";
}

}  // namespace

AzureService::AzureService(AzureEndpoint endpoint, AzureIdentity identity, const Clock& clock)
    : endpoint_(std::move(endpoint)), identity_(std::move(identity)), clock_(clock) {}

std::string AzureService::path_of(std::string_view container, std::string_view blob) const {
  std::string path = endpoint_.path + "/" + std::string(container);  // neither: of the service itself
  if (!blob.empty()) path += "/" + percent_encode(blob, "/");
  return path;
}

std::string AzureService::url_of(std::string_view container, std::string_view blob) const {
  return endpoint_.origin + path_of(container, blob);
}

Status AzureService::prepare(const RemoteRequest& request, RemoteMessage& message) {
  message.origin = endpoint_.origin;
  message.request.path = path_of(request.bucket, request.key);
  message.request.query = encode_azure_query(request.query);
  http::Headers& headers = message.request.headers;
  headers.set("x-ms-version", std::string(kAzureVersion));
  const AzureKey& key = identity_.key;
  if (key.key.empty() && !identity_.sas.empty()) {
    if (!message.request.query.empty()) message.request.query += '&';
    message.request.query += identity_.sas;
    return {};
  }
  headers.set("x-ms-date", to_http_date(clock_.now()));
  if (key.key.empty()) {
    ASSIGN_OR_RETURN(const std::string token, identity_.tokens->get());
    headers.set("Authorization", "Bearer " + token);
    return {};
  }
  headers.set("Authorization", azure_authorization(key, message.request.method, message.request.path,
                                                   request.query, headers, message.request.content_length));
  return {};
}

RemoteFault AzureService::fault_of(const RemoteRequest&, const RemoteAnswer& answer) const {
  RemoteFault fault;
  fault.code = answer.headers.get("x-ms-error-code");
  fault.request_id = answer.headers.get("x-ms-request-id");
  if (const auto document = parse_xml(answer.body); document && document->name == "Error") {
    if (fault.code.empty()) fault.code = document->text_of("Code");
    fault.message = document->text_of("Message");
    // The message ends in the request's id and time, a line each.
    fault.message.resize(std::min(fault.message.find('\n'), fault.message.size()));
  }
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code != fault.code) continue;
    fault.meaning = meaning.means;
    fault.remedy = meaning.remedy;
  }
  fault.is_transient = is_transient_code(fault.code);
  return fault;
}

bool AzureService::adapt(const RemoteRequest&, const RemoteAnswer& answer, const RemoteFault&) {
  if (answer.status != 401 || identity_.tokens == nullptr) return false;
  const auto token = identity_.tokens->get();
  if (!token) return false;
  identity_.tokens->drop(*token);
  return true;
}

}  // namespace mere::block
