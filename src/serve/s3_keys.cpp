// The keys blockstore.s3.*.
#include "serve/s3_keys.h"

#include <utility>

#include "serve/setters.h"

namespace mere::serve {
namespace {

using block::AwsCredentialOptions;
using block::RemoteOptions;
using block::S3Options;

using S3Setter = Setter<S3Options>;

std::function<Status(StoreConfig&, const std::string&)> s3(S3Setter set) {
  return within(&StoreConfig::s3, std::move(set));
}
std::function<Status(StoreConfig&, const std::string&)> urls(Setter<lake::PresignSettings> set) {
  return within(&StoreConfig::s3_urls, std::move(set));
}
S3Setter credentials(Setter<AwsCredentialOptions> set) {
  return within(&S3Options::credentials, std::move(set));
}
S3Setter requests(Setter<RemoteOptions> set) {
  return within(&S3Options::requests, std::move(set));
}

}  // namespace

std::vector<StoreKey> s3_keys() {
  return {
      {"blockstore.s3.endpoint", "the service's address; none: AWS", s3(text(&S3Options::endpoint))},
      {"blockstore.s3.region", "region of the buckets", s3(text(&S3Options::region))},
      {"blockstore.s3.discover_bucket_region", "follow buckets to regions of their own",
       s3(flag("blockstore.s3.discover_bucket_region", &S3Options::discover_bucket_region))},
      {"blockstore.s3.force_path_style", "the bucket in the path of addresses, not in the host's name",
       s3(flag("blockstore.s3.force_path_style", &S3Options::force_path_style))},
      {"blockstore.s3.credentials.access_key_id", "key id; none: where AWS's own tools look",
       s3(credentials(text(&AwsCredentialOptions::access_key_id)))},
      {"blockstore.s3.credentials.secret_access_key", "its secret",
       s3(credentials(text(&AwsCredentialOptions::secret_access_key)))},
      {"blockstore.s3.credentials.session_token", "its session token",
       s3(credentials(text(&AwsCredentialOptions::session_token)))},
      {"blockstore.s3.credentials_file", "file of profiles instead of ~/.aws/credentials",
       s3(credentials(text(&AwsCredentialOptions::credentials_file)))},
      {"blockstore.s3.profile", "profile of the AWS files",
       s3(credentials(text(&AwsCredentialOptions::profile)))},
      {"blockstore.s3.web_identity.session_duration", "how long a role's session lasts; 0: as the role says",
       s3(credentials(duration("blockstore.s3.web_identity.session_duration",
                               &AwsCredentialOptions::web_identity_duration)))},
      {"blockstore.s3.web_identity.session_expiry_window",
       "credentials are renewed so long before they expire",
       s3(credentials(duration("blockstore.s3.web_identity.session_expiry_window",
                               &AwsCredentialOptions::expiry_window)))},
      {"blockstore.s3.max_retries", "how often a request is repeated",
       s3(requests(number<int>("blockstore.s3.max_retries", &RemoteOptions::max_retries, 0, 100)))},
      {"blockstore.s3.client_log_request", "log each request, at debug level",
       s3(requests(flag("blockstore.s3.client_log_request", &RemoteOptions::log_requests)))},
      {"blockstore.s3.client_log_retries", "log each repetition",
       s3(requests(flag("blockstore.s3.client_log_retries", &RemoteOptions::log_retries)))},
      {"blockstore.s3.server_side_encryption", "AES256 or aws:kms; none: as the bucket is set",
       s3(text(&S3Options::server_side_encryption))},
      {"blockstore.s3.server_side_encryption_kms_key_id", "id of the KMS key",
       s3(text(&S3Options::server_side_encryption_kms_key_id))},
      {"blockstore.s3.pre_signed_endpoint", "where pre-signed URLs lead, if not to the endpoint",
       s3(text(&S3Options::presign_endpoint))},
      {"blockstore.s3.pre_signed_expiry", "how long pre-signed URLs live",
       urls(duration("blockstore.s3.pre_signed_expiry", &lake::PresignSettings::expiry))},
      {"blockstore.s3.disable_pre_signed", "hand out no pre-signed URLs",
       s3(switch_off("blockstore.s3.disable_pre_signed", &S3Options::presign))},
      {"blockstore.s3.disable_pre_signed_ui", "none to the web pages",
       urls(switch_off("blockstore.s3.disable_pre_signed_ui", &lake::PresignSettings::in_ui))},
      {"blockstore.s3.disable_pre_signed_multipart", "none for the parts of uploads",
       s3(switch_off("blockstore.s3.disable_pre_signed_multipart", &S3Options::presign_multipart))},
      {"blockstore.s3.ca_file",
       "PEM file of the authorities that sign the service's certificate, instead of the system's",
       s3(within(&S3Options::http, text(&http::ClientOptions::ca_file)))},
      {"blockstore.s3.skip_verify_certificate_test_only", "do not check the service's certificate",
       s3(within(&S3Options::http, switch_off("blockstore.s3.skip_verify_certificate_test_only",
                                              &http::ClientOptions::verify_tls)))},
  };
}

}  // namespace mere::serve
