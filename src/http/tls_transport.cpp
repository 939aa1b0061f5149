#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cstring>

#include "http/transport.h"

namespace mere::http {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};

std::string last_error() {
  char text[256] = "unknown error";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(Socket& socket, std::unique_ptr<SSL, FreeSession> session)
      : socket_(socket), session_(std::move(session)) {}

  ~TlsTransport() override { ERR_clear_error(); }

  Progress handshake() override {
    ERR_clear_error();
    const int outcome = SSL_accept(session_.get());
    if (outcome == 1) return {Progress::State::moved, 0};
    const Progress progress = failed(outcome);
    if (progress.state == Progress::State::broken && spoke_http_) {
      // Nothing was encrypted yet, so a browser or curl that forgot the "s" is told so in its own words.
      constexpr std::string_view kAnswer =
          "HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\nThis port speaks HTTPS, not HTTP.\n";
      [[maybe_unused]] const auto sent = ::send(socket_.fd(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    }
    return progress;
  }

  Progress read(std::span<std::byte> into) override {
    ERR_clear_error();
    std::size_t count = 0;
    const int outcome = SSL_read_ex(session_.get(), into.data(), into.size(), &count);
    return outcome == 1 ? Progress{Progress::State::moved, count} : failed(outcome);
  }

  Progress write(std::span<const std::string_view> pieces, bool) override {
    // A record a piece; callers hand over a small response as one piece.
    Progress progress;
    for (const std::string_view piece : pieces) {
      if (piece.empty()) continue;
      ERR_clear_error();
      std::size_t count = 0;
      const int outcome = SSL_write_ex(session_.get(), piece.data(), piece.size(), &count);
      if (outcome != 1) {
        const Progress failure = failed(outcome);
        return progress.bytes > 0 && failure.state != Progress::State::broken ? progress : failure;
      }
      progress.bytes += count;
      if (count < piece.size()) break;
    }
    return progress;
  }

  bool sends_files() const override { return false; }
  Progress send_file(int, std::uint64_t, std::size_t) override { return {Progress::State::broken, 0}; }

  void end_writing() override {
    if (!broken_ && SSL_is_init_finished(session_.get())) {
      ERR_clear_error();
      SSL_shutdown(session_.get());  // close_notify, as far as the socket takes it
    }
    ::shutdown(socket_.fd(), SHUT_WR);
  }

 private:
  Progress failed(int outcome) {
    switch (SSL_get_error(session_.get(), outcome)) {
      case SSL_ERROR_WANT_READ:
        socket_.blocked(Socket::kRead);
        return {Progress::State::blocked_read, 0};
      case SSL_ERROR_WANT_WRITE:
        socket_.blocked(Socket::kWrite);
        return {Progress::State::blocked_write, 0};
      case SSL_ERROR_ZERO_RETURN:
        return {Progress::State::ended, 0};
      default:
        spoke_http_ = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
        broken_ = true;  // after such an error the session must not be used again, not even to end it
        return {Progress::State::broken, 0};
    }
  }

  Socket& socket_;
  std::unique_ptr<SSL, FreeSession> session_;
  bool broken_ = false;
  bool spoke_http_ = false;
};

// Of the protocols a client offers, HTTP/1.1 is the one spoken here.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned int in_length, void*) {
  constexpr std::string_view kHttp11 = "http/1.1";
  for (unsigned int i = 0; i < in_length; i += in[i] + 1u) {
    if (in[i] == kHttp11.size() && i + 1 + in[i] <= in_length &&
        std::memcmp(in + i + 1, kHttp11.data(), kHttp11.size()) == 0) {
      *out = in + i + 1;
      *out_length = in[i];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

class OpenSslIdentity final : public TlsIdentity {
 public:
  explicit OpenSslIdentity(std::unique_ptr<SSL_CTX, FreeContext> context) : context_(std::move(context)) {}

  std::unique_ptr<Transport> make_transport(Socket& socket) override {
    std::unique_ptr<SSL, FreeSession> session(SSL_new(context_.get()));
    if (!session || SSL_set_fd(session.get(), socket.fd()) != 1) {
      ERR_clear_error();
      return nullptr;
    }
    return std::make_unique<TlsTransport>(socket, std::move(session));
  }

 private:
  std::unique_ptr<SSL_CTX, FreeContext> context_;
};

}  // namespace

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::load(const std::string& certificate_file,
                                                       const std::string& key_file) {
  std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_server_method()));
  if (!context) return Error{Code::internal, "TLS cannot be set up: " + last_error()};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Released buffers: an idle connection keeps no 32 KiB. Partial and moving writes: write() may be
  // repeated with what is left, wherever that lies by then.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A key with a passphrase is an error, not a question on the terminal.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return 0; });
  SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return Error{Code::invalid_argument,
                 "the TLS certificate " + certificate_file + " cannot be used: " + last_error()};
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return Error{Code::invalid_argument,
                 "the TLS key " + key_file + " cannot be used with its certificate: " + last_error()};
  }
  return std::unique_ptr<TlsIdentity>(std::make_unique<OpenSslIdentity>(std::move(context)));
}

}  // namespace mere::http
