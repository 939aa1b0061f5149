// What is signed for Google Cloud Storage: assertions that are changed for tokens (RFC 7523), and URLs
// (https://cloud.google.com/storage/docs/access-control/signing-urls-manually).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace mere::block {

// An RSA key of a service account. Any thread.
class RsaKey {
 public:
  // `pem`: "-----BEGIN PRIVATE KEY-----…". Errors: invalid_argument.
  static Result<RsaKey> parse(std::string_view pem);
  RsaKey(RsaKey&&) noexcept;
  RsaKey& operator=(RsaKey&&) noexcept;
  ~RsaKey();
  // RSASSA-PKCS1-v1_5 with SHA-256, raw.
  Result<std::string> sign(std::string_view text) const;

 private:
  struct Impl;
  explicit RsaKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct GcsAssertion {
  std::string issuer;    // the account's e-mail address
  std::string key_id;    // "": not said
  std::string audience;  // the token endpoint
  std::string scope;
};
// A JSON Web Token that is good for an hour.
Result<std::string> sign_gcs_assertion(const RsaKey& key, const GcsAssertion& assertion, Timestamp now);

// Signs URLs. Any thread.
class GcsUrlSigner {
 public:
  virtual ~GcsUrlSigner() = default;
  virtual std::string_view algorithm() const = 0;  // "GOOG4-RSA-SHA256"
  virtual std::string_view signer() const = 0;     // who: an e-mail address, an access id
  // hex. `date`: "20261126".
  virtual Result<std::string> sign(std::string_view text, std::string_view date) const = 0;
};
std::unique_ptr<GcsUrlSigner> make_rsa_signer(std::string email, RsaKey key);
// With an interoperability key (HMAC).
std::unique_ptr<GcsUrlSigner> make_hmac_signer(std::string access_id, std::string secret);

struct GcsUrl {
  std::string method;                                        // "GET"
  std::string origin;                                        // "https://storage.googleapis.com"
  std::string path;                                          // not encoded: "/bucket/key"
  std::vector<std::pair<std::string, std::string>> query{};  // not encoded
  std::chrono::seconds expiry{0};                            // at most seven days
};
Result<std::string> sign_gcs_url(const GcsUrlSigner& signer, const GcsUrl& url, Timestamp now);

}  // namespace mere::block
