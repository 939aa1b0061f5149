#include "http/client_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace mere::http {
namespace {

// What a peer means by ending TLS. A connection that breaks in the middle of TLS means nothing.
enum class Refusal { none, no_tls, other_tls, certificate };

// `said` holds an error of OpenSSL's: "error:0A00010B:SSL routines::wrong version number"
// (ERR_error_string(3)).
Refusal refusal_of(std::string_view said) {
  constexpr std::string_view kMark = "error:";
  const std::size_t mark = said.rfind(kMark);
  if (mark == said.npos) return Refusal::none;
  const std::string_view digits = said.substr(mark + kMark.size());
  unsigned long number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (problem != std::errc() || ERR_GET_LIB(number) != ERR_LIB_SSL) return Refusal::none;
  switch (ERR_GET_REASON(number)) {
    case SSL_R_WRONG_VERSION_NUMBER:  // its first bytes are no record's of TLS
      return Refusal::no_tls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    case SSL_R_TLSV1_UNRECOGNIZED_NAME:
      return Refusal::other_tls;
    case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return Refusal::certificate;
    default:  // the other alerts tell of the moment
      return Refusal::none;
  }
}

// `what` failed for the reason that `said` tells.
SendError describe_tls(const std::string& what, const std::string& said, Reached reached) {
  const auto because = [&](const char* remedy) {
    return SendError{{Code::unavailable, what + ": " + said + remedy}, reached, true};
  };
  switch (refusal_of(said)) {
    case Refusal::no_tls:
      return because("; it does not speak HTTPS there: write http:// in place of https://, or another port");
    case Refusal::other_tls:
      return because("; it speaks no version of TLS that this client does, or does not know that name");
    case Refusal::certificate:
      return because("; it wants to be shown a certificate that it trusts: cert_file and key_file");
    case Refusal::none:
      break;
  }
  return {{Code::unavailable, what + ": " + said}, reached};
}

// What can be done about a certificate that is not believed.
std::string remedy_of_certificate(CURL* easy) {
  long verified = X509_V_OK;
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verified);
  switch (verified) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its owner has to renew it, if this machine's clock is right";
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:  // what curl begins with, and leaves where it looks at the name itself
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "use a name in the URL that the certificate has";
    default:
      return "if it is the right server, name the PEM file of its certificate's authority: ca_file, "
             "in Python ssl_ca_cert";
  }
}

}  // namespace

SendError describe_break(const std::string& origin, const std::string& said) {
  return describe_tls("the connection to " + origin + " broke", said, Reached::maybe);
}

SendError describe_failure(CURLcode code, CURL* easy, const OutgoingRequest& request, const char* message,
                           Reached reached) {
  const std::string& origin = request.origin;
  const std::string said = message[0] ? message : curl_easy_strerror(code);
  const auto passing = [&](Code meaning, std::string text) {
    return SendError{{meaning, std::move(text)}, reached};
  };
  const auto lasting = [&](std::string text) {
    return SendError{{Code::unavailable, std::move(text)}, reached, true};
  };
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:  // after the request: of HTTP/0.9, which is to say no head at all
      if (reached == Reached::maybe)
        return passing(Code::unavailable, origin + " does not answer in HTTP: " + said);
      [[fallthrough]];
    case CURLE_URL_MALFORMAT:
      return passing(Code::invalid_argument, "\"" + request.url + "\" is no URL: " + said);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return passing(Code::unavailable, "cannot connect to " + origin + ": " + said + "; is the name right?");
    case CURLE_COULDNT_CONNECT: {
      long number = 0;
      curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
      const std::string why = number == ECONNREFUSED ? "connection refused" : said;
      return passing(Code::unavailable,
                     "cannot connect to " + origin + ": " + why + "; is the server running?");
    }
    case CURLE_OPERATION_TIMEDOUT:
      return passing(Code::deadline_exceeded, "no connection to " + origin + " within " +
                                                  std::to_string(request.connect_timeout.count()) +
                                                  " ms; is the server reachable?");
    case CURLE_PEER_FAILED_VERIFICATION:
      return lasting("cannot trust " + origin + ": " + said + "; " + remedy_of_certificate(easy));
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return lasting("no TLS connection to " + origin + ": " + said + "; is the file PEM?");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CLIENTCERT:
      return describe_tls("no TLS connection to " + origin, said, reached);
    case CURLE_PARTIAL_FILE:
      return passing(Code::unavailable, "the body from " + origin + " broke off: " + said);
    default:
      return describe_tls("the connection to " + origin + " broke", said, reached);
  }
}

}  // namespace mere::http
