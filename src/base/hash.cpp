#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <utility>
#include <variant>

#include "base/check.h"
#include "base/encoding.h"
#include "base/md5.h"

namespace mere {
namespace {

// EVP_get_digestbyname and EVP_sha256() look the implementation up at every use in OpenSSL 3; a fetched
// one is free. Never freed: digests are used until the process ends.
struct Algorithms {
  const EVP_MD* md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  const EVP_MD* sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  const EVP_MD* sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  const EVP_MD* sha384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
  const EVP_MD* sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
};

const Algorithms& algorithms() {
  static const Algorithms& fetched = *new Algorithms;
  return fetched;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void begin(EVP_MD_CTX* context, const EVP_MD* algorithm) {
  MERE_CHECK(algorithm != nullptr);
  MERE_CHECK(EVP_DigestInit_ex(context, algorithm, nullptr) == 1);
}

void add(EVP_MD_CTX* context, const void* data, std::size_t size) {
  MERE_CHECK(EVP_DigestUpdate(context, data, size) == 1);
}

std::string end(EVP_MD_CTX* context) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  MERE_CHECK(EVP_DigestFinal_ex(context, digest.data(), &size) == 1);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// One context a thread: making one costs as much as hashing a kilobyte.
EVP_MD_CTX* thread_context() {
  thread_local const Context context(EVP_MD_CTX_new());
  MERE_CHECK(context != nullptr);
  return context.get();
}

std::string digest_of(const EVP_MD* algorithm, std::string_view a, std::string_view b = {}) {
  EVP_MD_CTX* context = thread_context();
  begin(context, algorithm);
  add(context, a.data(), a.size());
  add(context, b.data(), b.size());
  return end(context);
}

// RFC 2104. By hand over Digest because OpenSSL 3's one-shot fetches the algorithm anew each time.
std::string hmac(const EVP_MD* algorithm, std::string_view key, std::string_view bytes) {
  const auto block_size = static_cast<std::size_t>(EVP_MD_get_block_size(algorithm));
  std::string padded = key.size() > block_size ? digest_of(algorithm, key) : std::string(key);
  padded.resize(block_size, '\0');
  std::string outer = padded;
  for (char& c : padded) c ^= 0x36;
  for (char& c : outer) c ^= 0x5c;
  std::string result = digest_of(algorithm, outer, digest_of(algorithm, padded, bytes));
  OPENSSL_cleanse(padded.data(), padded.size());
  OPENSSL_cleanse(outer.data(), outer.size());
  return result;
}

}  // namespace

struct Digest::Impl {
  std::variant<Context, VectorMd5> state;
  bool finished = false;

  static std::unique_ptr<Impl> of(const EVP_MD* algorithm) {
    Context context(EVP_MD_CTX_new());
    MERE_CHECK(context != nullptr);
    begin(context.get(), algorithm);
    return std::unique_ptr<Impl>(new Impl{std::move(context)});
  }
};

Digest Digest::md5() {
  if (VectorMd5::is_faster()) return Digest(std::unique_ptr<Impl>(new Impl{VectorMd5()}));
  return Digest(Impl::of(algorithms().md5));
}
Digest Digest::sha1() {
  return Digest(Impl::of(algorithms().sha1));
}
Digest Digest::sha256() {
  return Digest(Impl::of(algorithms().sha256));
}

Digest::Digest(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

Digest& Digest::update(std::string_view bytes) {
  MERE_CHECK(!impl_->finished);
  if (auto* vector = std::get_if<VectorMd5>(&impl_->state)) {
    vector->update(bytes);
  } else {
    add(std::get<Context>(impl_->state).get(), bytes.data(), bytes.size());
  }
  return *this;
}

Digest& Digest::update(std::span<const std::byte> bytes) {
  return update(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string Digest::finish() {
  MERE_CHECK(!impl_->finished);
  impl_->finished = true;
  if (auto* vector = std::get_if<VectorMd5>(&impl_->state)) return vector->finish();
  return end(std::get<Context>(impl_->state).get());
}

std::string Digest::finish_hex() {
  return to_hex(finish());
}

std::string md5(std::string_view bytes) {
  if (!VectorMd5::is_faster()) return digest_of(algorithms().md5, bytes);
  VectorMd5 digest;
  digest.update(bytes);
  return digest.finish();
}
std::string sha256(std::string_view bytes) {
  return digest_of(algorithms().sha256, bytes);
}

std::string hmac_sha1(std::string_view key, std::string_view bytes) {
  return hmac(algorithms().sha1, key, bytes);
}
std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  return hmac(algorithms().sha256, key, bytes);
}
std::string hmac_sha384(std::string_view key, std::string_view bytes) {
  return hmac(algorithms().sha384, key, bytes);
}
std::string hmac_sha512(std::string_view key, std::string_view bytes) {
  return hmac(algorithms().sha512, key, bytes);
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::uint64_t fnv1a_64(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace mere
