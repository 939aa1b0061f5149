#include "block/gcs_signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/json_writer.h"
#include "base/time_format.h"

namespace mere::block {
namespace {

constexpr std::int64_t kAssertionSeconds = 3600;

// "20261126T120000Z"
std::string compact_time(Timestamp time) {
  time.nanos = 0;
  std::string text = to_rfc3339(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

class RsaSigner final : public GcsUrlSigner {
 public:
  RsaSigner(std::string email, RsaKey key) : email_(std::move(email)), key_(std::move(key)) {}
  std::string_view algorithm() const override { return "GOOG4-RSA-SHA256"; }
  std::string_view signer() const override { return email_; }
  Result<std::string> sign(std::string_view text, std::string_view) const override {
    ASSIGN_OR_RETURN(const std::string signature, key_.sign(text));
    return to_hex(signature);
  }

 private:
  const std::string email_;
  const RsaKey key_;
};

class HmacSigner final : public GcsUrlSigner {
 public:
  HmacSigner(std::string access_id, std::string secret)
      : access_id_(std::move(access_id)), secret_(std::move(secret)) {}
  std::string_view algorithm() const override { return "GOOG4-HMAC-SHA256"; }
  std::string_view signer() const override { return access_id_; }
  Result<std::string> sign(std::string_view text, std::string_view date) const override {
    std::string key = hmac_sha256("GOOG4" + secret_, date);
    for (const std::string_view part : {"auto", "storage", "goog4_request"}) key = hmac_sha256(key, part);
    return to_hex(hmac_sha256(key, text));
  }

 private:
  const std::string access_id_;
  const std::string secret_;
};

}  // namespace

struct RsaKey::Impl {
  explicit Impl(EVP_PKEY* parsed) : key(parsed) {}
  ~Impl() { EVP_PKEY_free(key); }
  Impl(const Impl&) = delete;
  EVP_PKEY* const key;
};

RsaKey::RsaKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RsaKey::RsaKey(RsaKey&&) noexcept = default;
RsaKey& RsaKey::operator=(RsaKey&&) noexcept = default;
RsaKey::~RsaKey() = default;

Result<RsaKey> RsaKey::parse(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), 1u << 20))), BIO_free);
  // No pass phrase: the callback would ask the terminal.
  const auto no_phrase = [](char*, int, int, void*) { return 0; };
  EVP_PKEY* key = bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_phrase, nullptr) : nullptr;
  auto impl = key != nullptr ? std::make_unique<Impl>(key) : nullptr;
  if (!impl || EVP_PKEY_base_id(key) != EVP_PKEY_RSA)
    return Error{Code::invalid_argument, "the private key of the service account is no RSA key in PEM form"};
  return RsaKey(std::move(impl));
}

Result<std::string> RsaKey::sign(std::string_view text) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::string signature;
  const bool done = context &&
                    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, impl_->key) == 1 &&
                    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
  if (done) signature.resize(size);
  if (!done || EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                              text.size()) != 1)
    return Error{Code::internal, "signing with the service account's key failed"};
  signature.resize(size);
  return signature;
}

Result<std::string> sign_gcs_assertion(const RsaKey& key, const GcsAssertion& assertion, Timestamp now) {
  std::string header;
  JsonWriter head(header);
  head.begin_object();
  head.key("alg");
  head.string("RS256");
  head.key("typ");
  head.string("JWT");
  if (!assertion.key_id.empty()) {
    head.key("kid");
    head.string(assertion.key_id);
  }
  head.end_object();
  std::string claims;
  JsonWriter json(claims);
  json.begin_object();
  json.key("iss");
  json.string(assertion.issuer);
  json.key("scope");
  json.string(assertion.scope);
  json.key("aud");
  json.string(assertion.audience);
  json.key("iat");
  json.integer(now.seconds);
  json.key("exp");
  json.integer(now.seconds + kAssertionSeconds);
  json.end_object();
  const std::string text = to_base64url(header) + "." + to_base64url(claims);
  ASSIGN_OR_RETURN(const std::string signature, key.sign(text));
  return text + "." + to_base64url(signature);
}

std::unique_ptr<GcsUrlSigner> make_rsa_signer(std::string email, RsaKey key) {
  return std::make_unique<RsaSigner>(std::move(email), std::move(key));
}

std::unique_ptr<GcsUrlSigner> make_hmac_signer(std::string access_id, std::string secret) {
  return std::make_unique<HmacSigner>(std::move(access_id), std::move(secret));
}

Result<std::string> sign_gcs_url(const GcsUrlSigner& signer, const GcsUrl& url, Timestamp now) {
  const std::string time = compact_time(now);
  const std::string date = time.substr(0, 8);
  const std::string scope = date + "/auto/storage/goog4_request";
  const std::string host = url.origin.substr(url.origin.find("://") + 3);
  const std::string path = percent_encode(url.path, "/");

  auto query = url.query;
  query.emplace_back("X-Goog-Algorithm", signer.algorithm());
  query.emplace_back("X-Goog-Credential", fmt::format("{}/{}", signer.signer(), scope));
  query.emplace_back("X-Goog-Date", time);
  query.emplace_back("X-Goog-Expires", std::to_string(url.expiry.count()));
  query.emplace_back("X-Goog-SignedHeaders", "host");
  std::vector<std::string> encoded;
  for (const auto& [name, value] : query)
    encoded.push_back(percent_encode(name) + "=" + percent_encode(value));
  std::sort(encoded.begin(), encoded.end());
  const std::string canonical_query = fmt::format("{}", fmt::join(encoded, "&"));

  const std::string canonical =
      fmt::format("{}\n{}\n{}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD", url.method, path, canonical_query, host);
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}", signer.algorithm(), time, scope, to_hex(sha256(canonical)));
  ASSIGN_OR_RETURN(const std::string signature, signer.sign(text, date));
  return url.origin + path + "?" + canonical_query + "&X-Goog-Signature=" + signature;
}

}  // namespace mere::block
