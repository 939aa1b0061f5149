#include "block/s3_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/time_format.h"
#include "base/xml.h"

namespace mere::block {
namespace {

constexpr std::size_t kMaxBuckets = 10'000;  // whose regions are kept

std::string encode_query(const std::vector<std::pair<std::string, std::string>>& query) {
  std::string encoded;
  for (const auto& [name, value] : query) {
    if (!encoded.empty()) encoded += '&';
    encoded += percent_encode(name) + "=" + percent_encode(value);
  }
  return encoded;
}

bool is_region(std::string_view text) {
  return !text.empty() && text.size() < 64 &&
         std::all_of(
             text.begin(), text.end(),
             [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_expired(const RemoteFault& fault) {
  return fault.code == "ExpiredToken" || fault.code == "ExpiredTokenException" ||
         fault.code == "TokenRefreshRequired" || fault.code == "RequestExpired";
}

struct Meaning {
  std::string_view code;
  Code means;
  std::string_view remedy;
};

// S3's own words (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html), where the status does
// not say enough.
constexpr Meaning kMeanings[] = {
    {"NoSuchBucket", Code::not_found, "create the bucket, or correct its name"},
    {"NoSuchKey", Code::not_found, ""},
    {"NoSuchUpload", Code::not_found, ""},
    {"AccessDenied", Code::permission_denied, "check that the policies of these credentials allow it"},
    {"AllAccessDisabled", Code::permission_denied, "check that the policies of these credentials allow it"},
    {"InvalidAccessKeyId", Code::permission_denied, "check blockstore.s3.credentials.access_key_id"},
    {"SignatureDoesNotMatch", Code::permission_denied,
     "check blockstore.s3.credentials.secret_access_key and the region"},
    {"InvalidToken", Code::permission_denied, "check the session token of the credentials"},
    {"ExpiredToken", Code::permission_denied, "the credentials have expired: renew them"},
    {"RequestTimeTooSkewed", Code::permission_denied, "set this machine's clock"},
    {"InvalidPart", Code::invalid_argument, ""},
    {"InvalidPartOrder", Code::invalid_argument, ""},
    {"EntityTooSmall", Code::invalid_argument, "every part but the last must have at least 5 MiB"},
    {"EntityTooLarge", Code::too_large, ""},
    {"BadDigest", Code::unavailable, "the bytes were damaged on their way"},
    {"KeyTooLongError", Code::invalid_argument, ""},
    {"InvalidObjectState", Code::permission_denied, "restore the object from its archive first"},
    {"ConditionalRequestConflict", Code::conflict, ""},
    {"QuotaExceeded", Code::no_space, "the bucket's quota is used up"},
    {"PermanentRedirect", Code::invalid_argument, "check blockstore.s3.endpoint and blockstore.s3.region"},
    {"AuthorizationHeaderMalformed", Code::invalid_argument, "check blockstore.s3.region"},
};

bool is_transient_code(std::string_view code) {
  return code == "RequestTimeout" || code == "SlowDown" || code == "InternalError" ||
         code == "ServiceUnavailable" || code == "BadDigest" || code == "ConditionalRequestConflict" ||
         code == "OperationAborted" || code == "Throttling" || code == "ThrottlingException" ||
         code == "RequestLimitExceeded";
}

}  // namespace

S3Service::S3Service(S3Endpoint endpoint, std::string region, bool discover,
                     AwsCredentialProvider& credentials, const Clock& clock)
    : endpoint_(std::move(endpoint)),
      region_(std::move(region)),
      discover_(discover),
      credentials_(credentials),
      clock_(clock) {}

Status S3Service::prepare(const RemoteRequest& request, RemoteMessage& message) {
  ASSIGN_OR_RETURN(const http::AwsKeys keys, credentials_.get());
  const std::string region = region_of(request.bucket);
  const S3Target target = s3_target(endpoint_, region, request.bucket, request.key);
  message.origin = target.origin;
  message.request.path = percent_encode(target.path, "/");
  message.request.query = encode_query(request.query);
  // Bodies are covered by their MD5, which is signed with the other headers.
  http::sign_request(message.request, target.host, keys, region, "s3", http::kUnsignedPayload, now(),
                     signing_keys_);
  return {};
}

RemoteFault S3Service::fault_of(const RemoteRequest&, const RemoteAnswer& answer) const {
  RemoteFault fault;
  fault.request_id = answer.headers.get("x-amz-request-id");
  if (const auto document = parse_xml(answer.body); document && document->name == "Error") {
    fault.code = document->text_of("Code");
    fault.message = document->text_of("Message");
    if (fault.request_id.empty()) fault.request_id = document->text_of("RequestId");
  }
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code != fault.code) continue;
    fault.meaning = meaning.means;
    fault.remedy = meaning.remedy;
  }
  fault.is_transient = is_transient_code(fault.code);
  if (fault.is_transient && answer.is_success()) fault.meaning = Code::unavailable;
  return fault;
}

bool S3Service::is_failure_in_success(const RemoteRequest& request, const RemoteAnswer& answer) const {
  if (request.method == "GET" || request.method == "HEAD" || answer.body.size() < 7) return false;
  const std::size_t begin = answer.body.find("<Error>");
  return begin != std::string::npos && begin < 256;
}

bool S3Service::adapt(const RemoteRequest& request, const RemoteAnswer& answer, const RemoteFault& fault) {
  if (learn_region(request.bucket, answer, fault)) return true;
  if (is_expired(fault)) {
    const auto keys = credentials_.get();
    return keys && credentials_.renew(*keys);
  }
  if (fault.code == "RequestTimeTooSkewed") {
    const auto theirs = from_http_date(answer.headers.get("Date"));
    if (!theirs) return false;
    const std::chrono::nanoseconds skew = *theirs - clock_.now();
    std::lock_guard lock(mutex_);
    const std::chrono::nanoseconds change = skew - skew_;
    skew_ = skew;
    return change > std::chrono::minutes(1) || change < -std::chrono::minutes(1);
  }
  return false;
}

bool S3Service::learn_region(const std::string& bucket, const RemoteAnswer& answer,
                             const RemoteFault& fault) {
  if (!discover_ || bucket.empty()) return false;
  const bool elsewhere = answer.status == 301 || answer.status == 307 || fault.code == "PermanentRedirect" ||
                         fault.code == "TemporaryRedirect" || fault.code == "AuthorizationHeaderMalformed" ||
                         fault.code == "IllegalLocationConstraintException" ||
                         (answer.status == 400 && answer.body.empty());
  if (!elsewhere) return false;
  std::string region(answer.headers.get("x-amz-bucket-region"));
  if (region.empty()) {
    if (const auto document = parse_xml(answer.body)) region = document->text_of("Region");
  }
  if (!is_region(region) || region == region_of(bucket)) return false;
  std::lock_guard lock(mutex_);
  if (regions_.size() >= kMaxBuckets) regions_.clear();
  regions_[bucket] = region;
  return true;
}

bool S3Service::knows_region(const std::string& bucket) const {
  if (!discover_) return true;
  std::lock_guard lock(mutex_);
  return regions_.contains(bucket);
}

void S3Service::note_region(const std::string& bucket) {
  std::lock_guard lock(mutex_);
  if (regions_.size() >= kMaxBuckets) regions_.clear();
  regions_.try_emplace(bucket, region_);
}

std::string S3Service::region_of(const std::string& bucket) const {
  std::lock_guard lock(mutex_);
  const auto found = regions_.find(bucket);
  return found == regions_.end() ? region_ : found->second;
}

Timestamp S3Service::now() const {
  std::lock_guard lock(mutex_);
  return clock_.now() + skew_;
}

Result<std::string> S3Service::presign(const S3Endpoint& endpoint, std::string_view method,
                                       const S3Address& address,
                                       std::vector<std::pair<std::string, std::string>> query,
                                       std::chrono::seconds expiry) {
  ASSIGN_OR_RETURN(const http::AwsKeys keys, credentials_.get());
  const std::string region = region_of(address.bucket);
  const S3Target target = s3_target(endpoint, region, address.bucket, address.key);
  return http::presign_url(method, target.scheme, target.host, target.path, std::move(query), keys, region,
                           "s3", expiry, now(), signing_keys_);
}

}  // namespace mere::block
