// Who we are for Google Cloud Storage: tokens for requests, and what signs URLs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "block/access_tokens.h"
#include "block/gcs_signature.h"
#include "block/remote_client.h"
#include "http/client.h"

namespace mere::block {

struct GcsCredentialOptions {
  // One of them, or neither: then what GOOGLE_APPLICATION_CREDENTIALS names, what `gcloud auth
  // application-default login` wrote, or the machine's own account by the metadata server.
  std::string file;
  std::string json;
  bool anonymous = false;  // with neither: no tokens at all, for an emulator
  // An interoperability key, which signs URLs where the credentials cannot.
  std::string hmac_access_id;
  std::string hmac_secret;
  std::string metadata_origin = "http://metadata.google.internal";
  // Tests give their own environment.
  std::function<std::string(const char* name)> environment;
};

struct GcsCredentials {
  std::unique_ptr<AccessTokens> tokens;
  std::unique_ptr<GcsUrlSigner> signer;  // null: these credentials sign no URLs
};

// Asks nobody yet. Errors: `invalid_argument` (a file that cannot be read, or is no credentials).
// All but `options` are borrowed by what is answered.
Result<GcsCredentials> make_gcs_credentials(const GcsCredentialOptions& options, http::Client& http,
                                            const RemoteOptions& requests, const Clock& clock,
                                            Random& random);

}  // namespace mere::block
