// Objects in Google Cloud Storage: "gs://bucket/key".
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "block/gcs_credentials.h"
#include "block/remote_client.h"
#include "block/remote_writer.h"
#include "block/store.h"
#include "http/client.h"

namespace mere::block {

struct GcsOptions {
  std::string endpoint = "https://storage.googleapis.com";
  // Where pre-signed URLs lead; "": the endpoint.
  std::string presign_endpoint;
  GcsCredentialOptions credentials;
  // Another account for the data: for all whose key has no folder `metadata_folder` in it, and for URLs to
  // it, which it signs itself if it can. Only its `file`, `json` and `environment` count; neither of the two:
  // the one above does it all.
  GcsCredentialOptions data_credentials;
  std::string metadata_folder = "_lakefs";
  std::string customer_key;  // of encryption, 64 hex digits; "": none
  std::string kms_key_id;    // "": the bucket's
  bool presign = true;
  RemoteOptions requests;
  RemoteWriteLimits writes;
  http::ClientOptions http{.max_connections = 1024, .idle_timeout = std::chrono::seconds(30)};
};

// Asks the service for nothing yet. Errors: `invalid_argument` (credentials that are none, an endpoint that
// is no URL, a key that is no key). `clock` and `random` are borrowed.
Result<std::unique_ptr<Store>> open_gcs_store(const GcsOptions& options, const Clock& clock, Random& random);

}  // namespace mere::block
