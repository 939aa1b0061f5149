// The client and TLS: whom it trusts, and what it says of those with whom it cannot talk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "http/client_test_support.h"
#include "http/test_certificate.h"
#include "http/test_client.h"
#include "http/test_handlers.h"

namespace mere::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::chrono_literals;
using testing::ask;
using testing::Certificate;
using testing::content;
using testing::echo;
using testing::MadeUpBody;
using testing::make_client;
using testing::Outcome;
using testing::Peer;
using testing::RunningServer;
using testing::ScriptedServer;

ClientOptions trusting(const Certificate& certificate) {
  ClientOptions options;
  options.ca_file = certificate.certificate_file();
  return options;
}

// A failure that stays, before anything was sent.
void expect_lasting(const Outcome& outcome, const ::testing::Matcher<std::string>& says) {
  ASSERT_TRUE(outcome.error) << outcome.status;
  EXPECT_EQ(outcome.error->error.code, Code::unavailable);
  EXPECT_EQ(outcome.error->reached, Reached::not_sent);
  EXPECT_TRUE(outcome.error->is_lasting);
  EXPECT_THAT(outcome.error->error.message, says);
}

class ClientTls : public testing::BothWays {
 protected:
  Certificate certificate_;
  RunningServer server_{certificate_.options(), echo};

  std::string origin(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(server_.port());
  }
};

INSTANTIATE_TEST_SUITE_P(Ways, ClientTls,
                         ::testing::Values(BlockingExecutor::Tasks::many, BlockingExecutor::Tasks::one),
                         testing::name_of_way);

TEST_P(ClientTls, TrustsTheAuthorityItWasGiven) {
  ClientOptions options;
  options.ca_file = certificate_.certificate_file();
  const auto client = make_client(options);

  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = ask(*client, origin("localhost"), "PUT", "/", {},
                                std::make_unique<MadeUpBody>(3'000'000, 100'000), 3'000'000);
    EXPECT_TRUE(outcome.body == "PUT /\n" + content(3'000'000))
        << (outcome.error ? outcome.error->error.message : "");
  }
  EXPECT_EQ(server_.server().statistics().connections_total, 1u);
}

TEST_P(ClientTls, ACertificateThatIsNotTrustedStaysSo) {
  const auto client = make_client();

  const Outcome outcome = ask(*client, origin("localhost"), "POST", "/");

  expect_lasting(outcome,
                 AllOf(HasSubstr("cannot trust " + origin("localhost") + ": "),
                       HasSubstr("self-signed certificate"), HasSubstr("ca_file"), HasSubstr("ssl_ca_cert")));
  EXPECT_EQ(server_.server().statistics().requests_total, 0u);
}

TEST_P(ClientTls, ACertificateOfAnotherNameStaysSo) {
  const auto client = make_client(trusting(certificate_));

  const Outcome outcome = ask(*client, origin("127.0.0.1"), "GET", "/");

  expect_lasting(outcome, AllOf(HasSubstr("cannot trust " + origin("127.0.0.1") + ": "),
                                HasSubstr("use a name in the URL that the certificate has")));
}

TEST_P(ClientTls, ACertificateOutOfDateStaysSo) {
  const Certificate expired(-2h, -1h);
  RunningServer server(expired.options(), echo);
  const auto client = make_client(trusting(expired));
  const std::string origin = "https://localhost:" + std::to_string(server.port());

  const Outcome outcome = ask(*client, origin, "GET", "/");

  expect_lasting(outcome, AllOf(HasSubstr("cannot trust " + origin + ": "),
                                HasSubstr("certificate has expired"), HasSubstr("renew it")));
}

TEST_P(ClientTls, VerifiesTheNameItWasToldTo) {
  ClientOptions options;
  options.ca_file = certificate_.certificate_file();
  options.tls_server_name = "localhost";
  const auto client = make_client(options);

  EXPECT_EQ(ask(*client, origin("127.0.0.1"), "GET", "/name").body, "GET /name");
}

TEST_P(ClientTls, VerifiesNothingIfToldSo) {
  ClientOptions options;
  options.verify_tls = false;
  const auto client = make_client(options);

  EXPECT_EQ(ask(*client, origin("127.0.0.1"), "GET", "/any").body, "GET /any");
}

TEST_P(ClientTls, AServerThatDoesNotSpeakTlsStaysSo) {
  RunningServer server({}, echo);
  const auto client = make_client();
  const std::string origin = "https://127.0.0.1:" + std::to_string(server.port());

  const Outcome outcome = ask(*client, origin, "POST", "/");

  expect_lasting(outcome,
                 AllOf(HasSubstr("no TLS connection to " + origin + ": "), HasSubstr("wrong version number"),
                       HasSubstr("http:// in place of https://")));
}

// A fatal alert of TLS 1.2, in clear: RFC 8446, section 6 and appendix B.2.
ScriptedServer::Script alerting(char alert) {
  return [alert](Peer& peer) {
    peer.read_bytes(5);
    peer.send(std::string{0x15, 0x03, 0x03, 0x00, 0x02, 0x02, alert});
    peer.wait_for_end();
  };
}

TEST_P(ClientTls, ARefusalOfOurTlsStaysSo) {
  const std::pair<char, const char*> alerts[] = {{40, "no version of TLS"},         // handshake_failure
                                                 {70, "no version of TLS"},         // protocol_version
                                                 {48, "cert_file and key_file"},    // unknown_ca
                                                 {116, "cert_file and key_file"}};  // certificate_required
  for (const auto& [alert, remedy] : alerts) {
    ScriptedServer server(alerting(alert));
    const auto client = make_client();

    const Outcome outcome = ask(*client, "https://127.0.0.1:" + std::to_string(server.port()), "POST", "/");

    expect_lasting(outcome, AllOf(HasSubstr("alert"), HasSubstr(remedy)));
  }
}

TEST_P(ClientTls, AHandshakeThatBreaksOffMayGoBetterNextTime) {
  const ScriptedServer::Script scripts[] = {alerting(80),  // internal_error
                                            [](Peer& peer) { peer.read_bytes(5); },
                                            [](Peer& peer) {
                                              peer.read_bytes(5);
                                              peer.reset();
                                            }};
  for (const auto& script : scripts) {
    ScriptedServer server(script);
    const auto client = make_client();

    const Outcome outcome = ask(*client, "https://127.0.0.1:" + std::to_string(server.port()), "POST", "/");

    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->error.code, Code::unavailable);
    EXPECT_EQ(outcome.error->reached, Reached::not_sent);
    EXPECT_FALSE(outcome.error->is_lasting) << outcome.error->error.message;
  }
}

TEST_P(ClientTls, AFileThatHoldsNoCertificatesStaysSo) {
  ClientOptions options;
  options.ca_file = certificate_.key_file();
  const auto client = make_client(options);

  const Outcome outcome = ask(*client, origin("localhost"), "GET", "/");

  expect_lasting(outcome, AllOf(HasSubstr(options.ca_file), HasSubstr("PEM")));
}

}  // namespace
}  // namespace mere::http
