#include "s3/post_form.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/text.h"
#include "http/aws_signature.h"
#include "s3/signature_v4.h"
#include "version/names.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kMaxFieldBytes = 64u << 10;  // of all, with their names
constexpr std::string_view kFilename = "${filename}";

S3Error form_error(const Error& error) {
  if (error.code == Code::invalid_argument) {
    return s3_error("MalformedPOSTRequest");
  }
  if (error.code == Code::too_large) {
    return s3_error("MaxPostPreDataLengthExceeded");
  }
  return s3_error(error);
}

S3Error missing(const std::string& field) {
  return s3_error("InvalidArgument", "Bucket POST must contain a field named '" + field +
                                         "'.  If it is specified, please check the order of the fields.");
}

// Browsers send the whole path of a file now and then.
std::string_view base_name(std::string_view filename) {
  const auto slash = filename.find_last_of("/\\");
  return slash == filename.npos ? filename : filename.substr(slash + 1);
}

Outcome<auth::Credentials> credentials_of(const auth::Auth& auth, const std::string& access_key_id) {
  auto found = auth.credentials(access_key_id);
  if (found) return *std::move(found);
  return found.error().code == Code::not_found ? s3_error("AccessDenied") : s3_error(found.error());
}

// The base64 text as it was sent is what is signed.
Outcome<auth::Principal> verify_v4_policy(const FormFields& fields, const std::string& policy,
                                          const auth::Auth& auth) {
  for (const std::string field : {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"}) {
    if (find_field(fields, field) == nullptr) return missing(field);
  }
  const auto claim = parse_v4_credential(*find_field(fields, "x-amz-credential"));
  const std::string& date = *find_field(fields, "x-amz-date");
  if (*find_field(fields, "x-amz-algorithm") != "AWS4-HMAC-SHA256" || !claim) {
    return s3_error("InvalidArgument", "x-amz-algorithm or x-amz-credential cannot be read.");
  }
  if (!http::parse_aws_time(date) || !date.starts_with(claim->scope.date)) return s3_error("MalformedDate");
  const auto key = credentials_of(auth, claim->access_key_id);
  if (!key) return key.error();
  const auto signing_key = http::AwsSigningKeys().get(key->secret_access_key, claim->scope);
  const std::string expected =
      to_hex(hmac_sha256({reinterpret_cast<const char*>(signing_key.data()), signing_key.size()}, policy));
  if (!equal_secrets(expected, *find_field(fields, "x-amz-signature"))) {
    return s3_error("SignatureDoesNotMatch");
  }
  return auth::Principal{key->user_id, key->access_key_id};
}

Outcome<auth::Principal> verify_v2_policy(const FormFields& fields, const std::string& policy,
                                          const auth::Auth& auth) {
  const std::string* access_key_id = find_field(fields, "awsaccesskeyid");
  const std::string* signature = find_field(fields, "signature");
  if (access_key_id == nullptr) return missing("AWSAccessKeyId");
  if (signature == nullptr) return missing("signature");
  const auto key = credentials_of(auth, *access_key_id);
  if (!key) return key.error();
  if (!equal_secrets(to_base64(hmac_sha1(key->secret_access_key, policy)), *signature)) {
    return s3_error("SignatureDoesNotMatch");
  }
  return auth::Principal{key->user_id, key->access_key_id};
}

}  // namespace

bool is_form_upload(const http::Request& request) {
  return request.method == "POST" && !request.headers.contains("Authorization") && request.query.empty() &&
         http::multipart_boundary(request.headers.get("Content-Type")).has_value();
}

bool names_bucket_alone(std::string_view encoded_path) {
  if (encoded_path.starts_with('/')) encoded_path.remove_prefix(1);
  if (encoded_path.ends_with('/')) encoded_path.remove_suffix(1);
  return version::check_repository_name(encoded_path).has_value();
}

Task<Outcome<PostForm>> read_post_form(http::MultipartForm& form) {
  PostForm read;
  std::size_t bytes = 0;
  while (true) {
    auto part = co_await form.next();
    if (!part) co_return form_error(part.error());
    if (!*part) co_return s3_error("InvalidArgument", "POST requires exactly one file upload per request.");
    std::string name = ascii_lower((*part)->name);
    if (name == "file") {
      read.file = std::move((*part)->body);
      const std::string filename((*part)->filename ? base_name(*(*part)->filename) : std::string_view());
      const auto key = std::ranges::find(read.fields, "key", &FormFields::value_type::first);
      if (key == read.fields.end() || key->second.empty()) co_return missing("key");
      if (const auto at = key->second.find(kFilename); at != std::string::npos) {
        key->second.replace(at, kFilename.size(), filename);
      }
      co_return std::move(read);
    }
    bytes += name.size();
    if (bytes > kMaxFieldBytes) co_return form_error({Code::too_large, ""});
    auto value = co_await http::read_all((*part)->body.get(), kMaxFieldBytes - bytes);
    if (!value) co_return form_error(value.error());
    bytes += value->size();
    read.fields.emplace_back(std::move(name), *std::move(value));
  }
}

Outcome<auth::Principal> verify_post_policy(const FormFields& fields, const auth::Auth& auth) {
  const std::string* policy = find_field(fields, "policy");
  if (policy == nullptr) return s3_error("AccessDenied");
  const bool is_v4 =
      find_field(fields, "x-amz-signature") != nullptr || find_field(fields, "x-amz-credential") != nullptr;
  return is_v4 ? verify_v4_policy(fields, *policy, auth) : verify_v2_policy(fields, *policy, auth);
}

}  // namespace mere::s3
