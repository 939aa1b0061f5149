#include "s3/error.h"

#include <algorithm>
#include <array>

#include "base/log.h"

namespace mere::s3 {
namespace {

struct Row {
  std::string_view code;
  int status;
  std::string_view message;
};

// By code. lakeFS's own words where it has an answer to the code, S3's otherwise.
constexpr std::array kRows = std::to_array<Row>({
    {"AccessControlListNotSupported", 400, "The bucket does not allow ACLs"},
    {"AccessDenied", 403, "Access Denied."},
    {"AccessForbidden", 403, "CORSResponse: This CORS request is not allowed."},
    {"AuthorizationHeaderMalformed", 400,
     "The authorization header is malformed; the region is wrong; expecting 'us-east-1'."},
    {"AuthorizationQueryParametersError", 400,
     "Query-string authentication needs the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, "
     "X-Amz-SignedHeaders, and X-Amz-Expires parameters."},
    {"BadDigest", 400,
     "The Content-MD5 or checksum value that you specified did not match what the server received."},
    {"BadRequest", 400, "400 BadRequest"},
    {"BucketAlreadyExists", 409,
     "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
     "Please select a different name and try again."},
    {"BucketAlreadyOwnedByYou", 409,
     "Your previous request to create the named bucket succeeded and you already own it."},
    {"BucketNotEmpty", 409, "The bucket you tried to delete is not empty."},
    {"ConditionalRequestConflict", 409,
     "A conflicting operation occurred during the request. If there is an ongoing multipart upload, "
     "initiate the upload again and re-upload each part."},
    {"ERRLakeFSNotSupported", 405, "This operation is not supported in LakeFS"},
    {"EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed object size."},
    {"EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed object size."},
    {"ErrDeletingKey", 500, "error deleting object"},
    {"ErrNoSuchBucketPossibleAPIEndpoint", 404,
     "Repository \"api\" not found; this can happen if your endpoint URL mistakenly ends in \"/api/v1\"."},
    {"ErrReadOnlyRepository", 403, "Attempted to write to a read-only repository"},
    {"ErrWriteToProtectedBranch", 403, "Attempted to write to a protected branch"},
    {"IncompleteBody", 400,
     "You did not provide the number of bytes specified by the Content-Length HTTP header."},
    {"InternalError", 500, "We encountered an internal error, please try again."},
    {"InvalidArgument", 400, "Invalid argument."},
    {"InvalidBucketName", 400, "The specified bucket is not valid."},
    {"InvalidBucketState", 409,
     "Object Lock configuration cannot be enabled on existing buckets: a repository keeps every commit."},
    {"InvalidChunkSizeError", 403, "Only the last chunk is allowed to have a size less than 8192 bytes"},
    {"InvalidDigest", 400, "The Content-MD5 or checksum value that you specified is not valid."},
    {"InvalidPart", 400,
     "One or more of the specified parts could not be found. The part might not have been uploaded, or the "
     "specified entity tag might not have matched the part's entity tag."},
    {"InvalidPartNumber", 416, "The requested partnumber is not satisfiable"},
    {"InvalidPartOrder", 400,
     "The list of parts was not in ascending order. The parts list must be specified in order by part "
     "number."},
    {"InvalidPolicyDocument", 400,
     "The content of the form does not meet the conditions specified in the policy document."},
    {"InvalidRange", 416, "The requested range is not satisfiable"},
    {"InvalidRequest", 400, "Invalid Request"},
    {"InvalidTag", 400, "The tag provided was not a valid tag."},
    {"InvalidURI", 400, "The specified URI couldn't be parsed."},
    {"KeyTooLongError", 400, "Your key is too long."},
    {"MalformedACLError", 400,
     "The XML you provided was not well-formed or did not validate against our published schema."},
    {"MalformedDate", 400,
     "Invalid date format header, expected to be in ISO8601, RFC1123 or RFC1123Z time format."},
    {"MalformedPOSTRequest", 400, "The body of your POST request is not well-formed multipart/form-data."},
    {"MalformedTrailerError", 400,
     "The request contained trailing data that was not well-formed or did not conform to our published "
     "schema."},
    {"MalformedXML", 400,
     "The XML you provided was not well-formed or did not validate against our published schema."},
    {"MaxPostPreDataLengthExceeded", 400,
     "Your POST request fields preceding the upload file were too large."},
    {"MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size"},
    {"MethodNotAllowed", 405, "The specified method is not allowed against this resource."},
    {"MissingContentLength", 411, "You must provide the Content-Length HTTP header."},
    {"MissingFields", 400, "Missing fields in request."},
    {"NoSuchBucket", 404, "The specified bucket does not exist"},
    {"NoSuchBucketPolicy", 404, "The bucket policy does not exist"},
    {"NoSuchCORSConfiguration", 404, "The CORS configuration does not exist"},
    {"NoSuchConfiguration", 404, "The specified configuration does not exist."},
    {"NoSuchKey", 404, "The specified key does not exist."},
    {"NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist"},
    {"NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found"},
    {"NoSuchTagSet", 404, "The TagSet does not exist"},
    {"NoSuchUpload", 404,
     "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have "
     "been aborted or completed."},
    {"NoSuchVersion", 404,
     "Indicates that the version ID specified in the request does not match an existing version."},
    {"NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration"},
    {"NotImplemented", 501, "A header you provided implies functionality that is not implemented"},
    {"NotModified", 304, ""},
    {"ObjectLockConfigurationNotFoundError", 404, "Object Lock configuration does not exist for this bucket"},
    {"PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"},
    {"ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found"},
    {"RequestTimeTooSkewed", 403,
     "The difference between the request time and the server's time is too large."},
    {"RequestTimeout", 400,
     "Your socket connection to the server was not read from or written to within the timeout period."},
    {"ServerSideEncryptionConfigurationNotFoundError", 404,
     "The server side encryption configuration was not found"},
    {"ServiceUnavailable", 503, "Please reduce your request rate."},
    {"SignatureDoesNotMatch", 403,
     "The request signature we calculated does not match the signature you provided. Check your key and "
     "signing method."},
    {"SlowDown", 503, "Please reduce your request"},
    {"XAmzContentSHA256Mismatch", 400,
     "The provided 'x-amz-content-sha256' header does not match what was computed."},
});
static_assert(std::ranges::is_sorted(kRows, {}, &Row::code));

// The code alone; the message is the layer's own, which names the thing and the remedy.
std::string_view code_of(Code code) {
  switch (code) {
    case Code::invalid_argument:
      return "InvalidArgument";
    case Code::unauthenticated:
    case Code::permission_denied:
      return "AccessDenied";
    case Code::not_found:
    case Code::gone:
      return "NoSuchKey";
    case Code::already_exists:
    case Code::precondition_failed:
      return "PreconditionFailed";
    case Code::conflict:
      return "ConditionalRequestConflict";
    case Code::range_not_satisfiable:
      return "InvalidRange";
    case Code::too_large:
      return "EntityTooLarge";
    case Code::too_many_requests:
      return "SlowDown";
    case Code::unavailable:
      return "ServiceUnavailable";
    case Code::cancelled:
      return "IncompleteBody";
    case Code::deadline_exceeded:
      return "RequestTimeout";
    case Code::not_implemented:
      return "NotImplemented";
    case Code::no_space:
    case Code::io_error:
    case Code::corrupt:
    case Code::internal:
      break;
  }
  return "InternalError";
}

}  // namespace

S3Error s3_error(std::string_view code) {
  const auto row = std::ranges::lower_bound(kRows, code, {}, &Row::code);
  if (row == kRows.end() || row->code != code) return {400, std::string(code), std::string(code)};
  return {row->status, std::string(row->code), std::string(row->message)};
}

S3Error s3_error(std::string_view code, std::string message) {
  S3Error error = s3_error(code);
  error.message = std::move(message);
  return error;
}

S3Error s3_error(const Error& error) {
  const std::string_view code = code_of(error.code);
  if (code != "InternalError" || error.code == Code::no_space) return s3_error(code, error.message);
  // What broke inside is for the log, not for clients.
  log::error("s3", {{"code", name_of(error.code)}, {"error", error.message}});
  return s3_error(code);
}

}  // namespace mere::s3
