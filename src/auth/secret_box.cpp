#include "auth/secret_box.h"

#include <openssl/evp.h>

#include <memory>

#include "base/check.h"
#include "base/hash.h"

namespace mere::auth {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kKeyBytes = 32;

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string derive_key(std::string_view secret, std::string_view purpose) {
  const std::string zero_salt(32, '\0');
  const std::string extracted = hmac_sha256(zero_salt, secret);
  return hmac_sha256(extracted, std::string(purpose) + '\x01');  // one block is all of 32 bytes
}

std::string seal(std::string_view key, std::string_view context, std::string_view plain, Random& random) {
  MERE_CHECK(key.size() == kKeyBytes);
  std::string nonce(kNonceBytes, '\0');
  random.fill(std::as_writable_bytes(std::span(nonce)));
  std::string cipher(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');

  // Nothing here depends on outside bytes, so a failure is a broken library.
  CipherContext aes(EVP_CIPHER_CTX_new());
  MERE_CHECK(aes != nullptr);
  int written = 0;
  MERE_CHECK(EVP_EncryptInit_ex(aes.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) == 1);
  MERE_CHECK(EVP_EncryptUpdate(aes.get(), nullptr, &written, bytes_of(context),
                               static_cast<int>(context.size())) == 1);
  MERE_CHECK(EVP_EncryptUpdate(aes.get(), bytes_of(cipher), &written, bytes_of(plain),
                               static_cast<int>(plain.size())) == 1);
  unsigned char rest[kTagBytes];
  MERE_CHECK(EVP_EncryptFinal_ex(aes.get(), rest, &written) == 1);
  MERE_CHECK(EVP_CIPHER_CTX_ctrl(aes.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1);
  return kVersion + nonce + cipher + tag;
}

Result<std::string> open_sealed(std::string_view key, std::string_view context, std::string_view box) {
  MERE_CHECK(key.size() == kKeyBytes);
  const Error wrong{
      Code::corrupt,
      "a stored secret cannot be decrypted: is auth.encrypt.secret_key still the one it was stored with?"};
  if (box.size() < 1 + kNonceBytes + kTagBytes || box[0] != kVersion) return wrong;
  const std::string_view nonce = box.substr(1, kNonceBytes);
  const std::string_view cipher = box.substr(1 + kNonceBytes, box.size() - 1 - kNonceBytes - kTagBytes);
  std::string tag(box.substr(box.size() - kTagBytes));
  std::string plain(cipher.size(), '\0');

  CipherContext aes(EVP_CIPHER_CTX_new());
  MERE_CHECK(aes != nullptr);
  int written = 0;
  unsigned char rest[kTagBytes];
  const bool opened =
      EVP_DecryptInit_ex(aes.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) == 1 &&
      EVP_DecryptUpdate(aes.get(), nullptr, &written, bytes_of(context), static_cast<int>(context.size())) ==
          1 &&
      EVP_DecryptUpdate(aes.get(), bytes_of(plain), &written, bytes_of(cipher),
                        static_cast<int>(cipher.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(aes.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(aes.get(), rest, &written) == 1;
  if (!opened) return wrong;
  return plain;
}

}  // namespace mere::auth
