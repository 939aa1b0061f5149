#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/mman.h>

#include <csignal>
#include <string>

#include "http/test_certificate.h"
#include "http/test_client.h"
#include "http/test_handlers.h"

namespace mere::http {
namespace {

using testing::Answer;
using testing::Certificate;
using testing::content;
using testing::echo;
using testing::MadeUpBody;
using testing::RawClient;
using testing::RunningServer;
using testing::text;

class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port)
      : raw_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
    const unsigned char protocols[] = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(ssl_, protocols, sizeof protocols - 1);
    SSL_set_fd(ssl_, raw_.fd());
    connected_ = SSL_connect(ssl_) == 1;
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ERR_clear_error();
  }

  bool connected() const { return connected_; }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(ssl_, &name, &length);
    return {reinterpret_cast<const char*>(name), length};
  }
  bool send(std::string_view bytes) {
    return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
  }

  // Everything until the server closes; `orderly` if it said so.
  std::string read_to_end() {
    std::string all;
    char buffer[65536];
    int count = 0;
    while ((count = SSL_read(ssl_, buffer, sizeof buffer)) > 0)
      all.append(buffer, static_cast<std::size_t>(count));
    orderly_ = SSL_get_error(ssl_, count) == SSL_ERROR_ZERO_RETURN;
    return all;
  }
  bool orderly() const { return orderly_; }
  // Until the bytes received end with `end`.
  std::string read_until(std::string_view end) {
    std::string all;
    char buffer[65536];
    while (!all.ends_with(end)) {
      const int count = SSL_read(ssl_, buffer, sizeof buffer);
      if (count <= 0) break;
      all.append(buffer, static_cast<std::size_t>(count));
    }
    return all;
  }

 private:
  RawClient raw_;
  SSL_CTX* context_;
  SSL* ssl_;
  bool connected_ = false;
  bool orderly_ = false;
};

std::string body_of(const std::string& answer) {
  return answer.substr(std::min(answer.size(), answer.find("\r\n\r\n") + 4));
}

// The test itself writes to sockets that the server has closed.
class ServerTls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ::signal(SIGPIPE, SIG_IGN); }
  Certificate certificate_;
};

TEST_F(ServerTls, AnswersAndKeepsTheConnection) {
  RunningServer server(certificate_.options(), [](Request request) -> Task<Response> {
    if (!request.secure) co_return text("not secure");
    co_return co_await echo(std::move(request));
  });
  TlsClient client(server.port());
  ASSERT_TRUE(client.connected());

  client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string first = client.read_until("GET /1");
  client.send("POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");

  EXPECT_EQ(body_of(first), "GET /1");
  EXPECT_EQ(body_of(client.read_to_end()), "POST /2\nhello");
  EXPECT_TRUE(client.orderly());
  EXPECT_EQ(client.protocol(), "http/1.1");
}

TEST_F(ServerTls, MovesLargeBodiesBothWays) {
  RunningServer server(certificate_.options(), echo);
  TlsClient client(server.port());
  const std::string body = content(5'000'000);

  client.send("PUT /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n");
  client.send(body);

  EXPECT_TRUE(body_of(client.read_to_end()) == "PUT /x\n" + body);
}

TEST_F(ServerTls, SendsFilesAndStreams) {
  const std::string bytes = content(8u << 20);
  const auto file = std::make_shared<const Fd>(::memfd_create("content", MFD_CLOEXEC));
  ASSERT_EQ(::write(file->get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  RunningServer server(certificate_.options(), [&](Request request) -> Task<Response> {
    Response response;
    if (request.path == "/file") {
      response.body = FileBody{file, 1000, bytes.size() - 1000};
    } else {
      response.body = StreamBody{std::make_unique<MadeUpBody>(bytes.size(), 12'345), bytes.size()};
    }
    co_return response;
  });
  TlsClient for_file(server.port());
  TlsClient for_stream(server.port());

  for_file.send("GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  for_stream.send("GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_TRUE(body_of(for_file.read_to_end()) == bytes.substr(1000));
  EXPECT_TRUE(body_of(for_stream.read_to_end()) == bytes);
}

TEST_F(ServerTls, AStreamThatFailsDoesNotEndOrderly) {
  RunningServer server(certificate_.options(), [&](Request) -> Task<Response> {
    Response response;
    response.body = StreamBody{std::make_unique<MadeUpBody>(100'000, 1000, 50'000), std::nullopt};
    co_return response;
  });
  TlsClient client(server.port());

  client.send("GET / HTTP/1.0\r\n\r\n");
  client.read_to_end();

  EXPECT_FALSE(client.orderly());
}

TEST_F(ServerTls, TellsAClientThatForgotTheS) {
  RunningServer server(certificate_.options(), echo);
  RawClient client(server.port());

  const Answer answer = client.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "This port speaks HTTPS, not HTTP.\n");
}

TEST_F(ServerTls, AHandshakeThatStopsIsGivenUp) {
  ServerOptions options = certificate_.options();
  options.header_timeout = std::chrono::seconds(1);
  RunningServer server(options, echo);
  RawClient silent(server.port());
  RawClient nonsense(server.port());
  nonsense.send(std::string("\x16\x03\x01\x00\x05hello", 10));

  EXPECT_TRUE(silent.is_closed_within(std::chrono::seconds(5)));
  EXPECT_TRUE(nonsense.is_closed_within(std::chrono::seconds(5)));
}

TEST_F(ServerTls, ServesManyConnectionsAndDisconnects) {
  RunningServer server(certificate_.options(),
                       [](Request) -> Task<Response> { co_return text(std::string(300'000, 'x')); });

  for (int i = 0; i < 40; ++i) {
    TlsClient client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    if (i % 2 == 0) {
      EXPECT_EQ(body_of(client.read_until(std::string(300'000, 'x'))).size(), 300'000u);
    }
  }
  for (int i = 0; i < 1000 && server.server().statistics().connections_open > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(server.server().statistics().connections_open, 0u);
}

TEST_F(ServerTls, BadCertificatesAreNamed) {
  testing::FunctionHandler handler(echo);
  ServerOptions missing = certificate_.options();
  missing.tls_certificate_file = "/nowhere/certificate.pem";
  ServerOptions swapped = certificate_.options();
  std::swap(swapped.tls_certificate_file, swapped.tls_key_file);
  ServerOptions half = certificate_.options();
  half.tls_key_file.clear();

  for (const ServerOptions& options : {missing, swapped, half}) {
    const auto server = Server::listen(options, handler);

    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().code, Code::invalid_argument);
  }
  EXPECT_NE(Server::listen(missing, handler).error().message.find("/nowhere/certificate.pem"),
            std::string::npos);
}

}  // namespace
}  // namespace mere::http
