// Digests (over OpenSSL; MD5 in md5.h where that is faster), and the small non-cryptographic hash that
// stored formats use. Cyclic redundancy checks are in crc.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mere {

// A digest in progress: md5, sha1, sha256. Not thread-safe; movable.
class Digest {
 public:
  static Digest md5();
  static Digest sha1();
  static Digest sha256();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();

  Digest& update(std::string_view bytes);
  Digest& update(std::span<const std::byte> bytes);
  std::string finish();      // raw bytes; once
  std::string finish_hex();  // lower case; once

 private:
  struct Impl;
  explicit Digest(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

std::string md5(std::string_view bytes);     // 16 raw bytes
std::string sha256(std::string_view bytes);  // 32 raw bytes
std::string hmac_sha1(std::string_view key, std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string hmac_sha384(std::string_view key, std::string_view bytes);
std::string hmac_sha512(std::string_view key, std::string_view bytes);

// Compares in time that depends on the lengths only.
bool equal_secrets(std::string_view a, std::string_view b);

std::uint64_t fnv1a_64(std::string_view bytes);

}  // namespace mere
