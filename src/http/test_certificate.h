// For tests only: what a TLS server shows.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/check.h"
#include "http/server.h"

namespace mere::http::testing {

// A certificate for "localhost" that signs itself, and its key, in a directory that goes with it.
class Certificate {
 public:
  explicit Certificate(std::chrono::seconds from = std::chrono::seconds(-60),
                       std::chrono::seconds until = std::chrono::hours(1)) {
    char name[] = "/tmp/mere_tls_XXXXXX";
    MERE_CHECK(::mkdtemp(name));
    directory_ = name;
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from.count());
    X509_gmtime_adj(X509_getm_notAfter(certificate), until.count());
    X509_set_pubkey(certificate, key);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    MERE_CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
    write(certificate_file(), [&](FILE* file) { return PEM_write_X509(file, certificate); });
    write(key_file(),
          [&](FILE* file) { return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Certificate() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::string certificate_file() const { return directory_ + "/certificate.pem"; }
  std::string key_file() const { return directory_ + "/key.pem"; }

  ServerOptions options() const {
    ServerOptions options;
    options.tls_certificate_file = certificate_file();
    options.tls_key_file = key_file();
    return options;
  }

 private:
  template <class F>
  static void write(const std::string& path, F print) {
    FILE* const file = std::fopen(path.c_str(), "w");
    MERE_CHECK(file && print(file) == 1);
    std::fclose(file);
  }
  std::string directory_;
};

}  // namespace mere::http::testing
