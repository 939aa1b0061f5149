// The client against servers that misbehave: what is cut short, late, refused or broken.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "http/client_test_support.h"
#include "http/test_handlers.h"

namespace mere::http {
namespace {

using namespace std::chrono_literals;
using testing::ask;
using testing::MadeUpBody;
using testing::make_client;
using testing::Outcome;
using testing::Peer;
using testing::ScriptedServer;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request with `bytes`, then ends the connection as `end` does.
ScriptedServer::Script answering(std::string bytes, void (Peer::*end)() = &Peer::close) {
  return [bytes = std::move(bytes), end](Peer& peer) {
    if (peer.read_head().empty()) return;
    peer.send(bytes);
    (peer.*end)();
  };
}

class ClientFailure : public testing::BothWays {};
INSTANTIATE_TEST_SUITE_P(Ways, ClientFailure,
                         ::testing::Values(BlockingExecutor::Tasks::many, BlockingExecutor::Tasks::one),
                         testing::name_of_way);

TEST_P(ClientFailure, ABodyCutShortIsAnErrorOfItsReader) {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string cut[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789",
      chunked,
      chunked + "5\r\n12345\r\n",
      chunked + "5\r\n123",
      chunked + "5\r\n12345\r\n0\r\n",
  };
  for (const std::string& bytes : cut) {
    ScriptedServer server(answering(bytes));
    const auto client = make_client();

    const Outcome outcome = ask(*client, server.origin(), "GET", "/");

    EXPECT_EQ(outcome.status, 200) << bytes;
    ASSERT_TRUE(outcome.body_error) << bytes;
    EXPECT_EQ(outcome.body_error->code, Code::unavailable);
    EXPECT_NE(outcome.body_error->message.find("broke off"), std::string::npos)
        << outcome.body_error->message;
  }
}

TEST_P(ClientFailure, ABodyResetInTheMiddleIsAnErrorOfItsReader) {
  ScriptedServer server(answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", &Peer::reset));
  const auto client = make_client();

  const Outcome outcome = ask(*client, server.origin(), "GET", "/");

  // The reset may overtake the head.
  ASSERT_TRUE(outcome.body_error || outcome.error);
  EXPECT_EQ(outcome.error ? outcome.error->error.code : outcome.body_error->code, Code::unavailable);
}

TEST_P(ClientFailure, ABodyWithoutALengthEndsWithItsConnection) {
  ScriptedServer server(answering("HTTP/1.0 200 OK\r\n\r\nall of it"));
  const auto client = make_client();

  const Outcome outcome = ask(*client, server.origin(), "GET", "/");

  EXPECT_EQ(outcome.body, "all of it");
  EXPECT_FALSE(outcome.body_error);
}

TEST_P(ClientFailure, AChunkedBodyHasNoOtherLength) {
  ScriptedServer server(answering(
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n"));
  const auto client = make_client();

  const Outcome outcome = ask(*client, server.origin(), "GET", "/");

  if (GetParam() == BlockingExecutor::Tasks::many) {
    EXPECT_EQ(outcome.body, "12345");
  } else {  // refused, as our own server refuses it: two readers could take two bodies from it
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->error.code, Code::unavailable);
  }
}

TEST_P(ClientFailure, InterimAnswersAreNotTheAnswer) {
  ScriptedServer server(answering(
      "HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: 2\r\n\r\n" + std::string(kOk)));
  const auto client = make_client();

  const Outcome outcome = ask(*client, server.origin(), "GET", "/");

  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.body, "ok");
  EXPECT_FALSE(outcome.headers.contains("X"));
}

TEST_P(ClientFailure, WhatIsNoAnswerIsUnavailable) {
  const std::string answers[] = {
      "",
      "HTTP/1.1 200 OK\r\nContent-Le",
      "nonsense\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
      "HTTP/1.1 200 OK\r\n" +
          []() {
            std::string fields;
            while (fields.size() < (2u << 20)) fields += "X-Filler: " + std::string(1000, 'x') + "\r\n";
            return fields;
          }() +
          "\r\n",
  };
  for (const std::string& bytes : answers) {
    ScriptedServer server(answering(bytes));
    const auto client = make_client();

    const Outcome outcome = ask(*client, server.origin(), "POST", "/");

    ASSERT_TRUE(outcome.error) << bytes.substr(0, 100);
    EXPECT_EQ(outcome.error->error.code, Code::unavailable);
    EXPECT_EQ(outcome.error->reached, Reached::maybe);
  }
}

TEST_P(ClientFailure, AResetBeforeTheAnswerMayHaveReachedTheServer) {
  ScriptedServer server(answering("", &Peer::reset));
  const auto client = make_client();

  const Outcome outcome = ask(*client, server.origin(), "POST", "/");

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::unavailable);
  EXPECT_EQ(outcome.error->reached, Reached::maybe);
}

TEST_P(ClientFailure, AResetDuringAnUploadIsAnErrorAndEndsIt) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    peer.read_bytes(100'000);
    peer.reset();
  });
  const auto client = make_client();

  const Outcome outcome = ask(*client, server.origin(), "PUT", "/", {},
                              std::make_unique<MadeUpBody>(50'000'000, 1u << 20), 50'000'000);

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::unavailable);
  EXPECT_EQ(outcome.error->reached, Reached::maybe);
}

TEST_P(ClientFailure, ARefusedConnectionSentNothing) {
  std::string origin;
  {
    ScriptedServer gone([](Peer&) {});
    origin = gone.origin();
  }
  const auto client = make_client();

  const Outcome outcome = ask(*client, origin, "POST", "/");

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::unavailable);
  EXPECT_EQ(outcome.error->reached, Reached::not_sent);
  EXPECT_FALSE(outcome.error->is_lasting);
  EXPECT_NE(outcome.error->error.message.find("connection refused"), std::string::npos)
      << outcome.error->error.message;
}

TEST_P(ClientFailure, ANameWithoutAnAddressSentNothing) {
  const auto client = make_client();

  const Outcome outcome = ask(*client, "http://no-such-host.invalid:1", "POST", "/");

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::unavailable);
  EXPECT_EQ(outcome.error->reached, Reached::not_sent);
  EXPECT_FALSE(outcome.error->is_lasting);  // it may be the name server that is away
}

TEST_P(ClientFailure, AnExpectationRefusedIsTheAnswer) {
  ScriptedServer server([](Peer& peer) {
    const bool asked = peer.read_head().find("Expect: 100-continue") != std::string::npos;
    EXPECT_TRUE(asked);
    peer.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
    while (!peer.read_head().empty()) peer.send(kOk);
  });
  const auto client = make_client();

  const Outcome outcome = ask(*client, server.origin(), "PUT", "/", {},
                              std::make_unique<MadeUpBody>(5'000'000, 100'000), 5'000'000);

  EXPECT_EQ(outcome.status, 417);
  EXPECT_EQ(outcome.body, "");
}

// An answer may end while the body it refuses never does.
TEST_P(ClientFailure, ARefusalIsWholeThoughTheUploadsReaderIsStuck) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n");
    peer.wait_for_end();
  });
  const auto client = make_client();
  testing::TestExecutor executor;
  testing::Gate gate(executor);
  Request request = testing::make_request(executor, "POST", "/");
  request.body = gate.body();

  testing::Running<Outcome> asked(testing::ask_within(*client, server.origin(), std::move(request), {}));
  executor.run_until([&] { return asked.done(); });

  EXPECT_EQ(asked->status, 403);
  EXPECT_EQ(asked->body, "no");
  EXPECT_FALSE(asked->body_error);
  gate.open();
  executor.run_posted();  // the upload's reader goes
}

// ---- Proxies ----

TEST_P(ClientFailure, AProxyIsToldTheWholeUrl) {
  std::string head;
  ScriptedServer proxy([&](Peer& peer) {
    head = peer.read_head();
    peer.send(kOk);
  });
  ClientOptions options;
  options.proxy = proxy.origin();
  const auto client = make_client(options);

  const Outcome outcome = ask(*client, "http://elsewhere.invalid:8000", "GET", "/x");

  EXPECT_EQ(outcome.body, "ok");
  EXPECT_TRUE(head.starts_with("GET http://elsewhere.invalid:8000/x HTTP/1.1\r\n")) << head;
}

TEST_P(ClientFailure, AProxyThatOpensNoTunnelSentNothing) {
  ScriptedServer proxy(answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"));
  ClientOptions options;
  options.proxy = proxy.origin();
  const auto client = make_client(options);

  const Outcome outcome = ask(*client, "https://elsewhere.invalid:8000", "POST", "/x");

  ASSERT_TRUE(outcome.error) << outcome.status;
  EXPECT_EQ(outcome.error->error.code, Code::unavailable);
  EXPECT_EQ(outcome.error->reached, Reached::not_sent);
}

// ---- Time ----

TEST_P(ClientFailure, AHeadThatNeverComesTimesOut) {
  ScriptedServer server([](Peer& peer) { peer.wait_for_end(); });
  const auto client = make_client();
  SendOptions options;
  options.timeout = 100ms;

  const Outcome outcome = ask(*client, server.origin(), "GET", "/", options);

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::deadline_exceeded);
  EXPECT_EQ(outcome.error->reached, Reached::maybe);
}

TEST_P(ClientFailure, TheTimeoutIsForTheHeadOnly) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
    std::this_thread::sleep_for(300ms);
    peer.send("k");
  });
  const auto client = make_client();
  SendOptions options;
  options.timeout = 200ms;

  EXPECT_EQ(ask(*client, server.origin(), "GET", "/", options).body, "ok");
}

TEST_P(ClientFailure, ATimeoutInTheQueueSentNothing) {
  ScriptedServer server([](Peer& peer) { peer.wait_for_end(); });
  ClientOptions one_connection;
  one_connection.max_connections = 1;
  const auto client = make_client(one_connection);
  testing::TestExecutor executor;
  SendOptions options;
  options.timeout = 100ms;

  testing::Running<Outcome> first(
      testing::ask_within(*client, server.origin(), testing::make_request(executor, "GET", "/"), {}));
  testing::Running<Outcome> queued(
      testing::ask_within(*client, server.origin(), testing::make_request(executor, "POST", "/"), options));
  executor.run_until([&] { return queued.done(); });

  ASSERT_TRUE(queued->error);
  EXPECT_EQ(queued->error->error.code, Code::deadline_exceeded);
  EXPECT_EQ(queued->error->reached, Reached::not_sent);
}

TEST_P(ClientFailure, AHandshakeThatNeverEndsTimesOutUnsent) {
  ScriptedServer server([](Peer& peer) { peer.wait_for_end(); });
  const auto client = make_client();
  SendOptions options;
  options.connect_timeout = 100ms;

  const Outcome outcome =
      ask(*client, "https://127.0.0.1:" + std::to_string(server.port()), "POST", "/", options);

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::deadline_exceeded);
  EXPECT_EQ(outcome.error->reached, Reached::not_sent);
}

ClientOptions impatient() {
  ClientOptions options;
  options.idle_timeout = 100ms;
  return options;
}

TEST_P(ClientFailure, ABodyThatStallsTimesOut) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123");
    peer.wait_for_end();
  });
  const auto client = make_client(impatient());

  const Outcome outcome = ask(*client, server.origin(), "GET", "/");

  EXPECT_EQ(outcome.body, "123");
  ASSERT_TRUE(outcome.body_error);
  EXPECT_EQ(outcome.body_error->code, Code::deadline_exceeded);
}

TEST_P(ClientFailure, AnUploadThatStallsTimesOut) {
  testing::Event timed_out;
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    timed_out.wait();  // reads nothing
  });
  const auto client = make_client(impatient());

  const Outcome outcome = ask(*client, server.origin(), "PUT", "/", {},
                              std::make_unique<MadeUpBody>(200'000'000, 1u << 20), 200'000'000);
  timed_out.set();

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::deadline_exceeded);
  EXPECT_EQ(outcome.error->reached, Reached::maybe);
}

TEST_P(ClientFailure, AServerAtWorkIsNotIdle) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.read_bytes(5);
    std::this_thread::sleep_for(500ms);  // the time-out five times over
    peer.send(kOk);
  });
  const auto client = make_client(impatient());

  const Outcome outcome = ask(*client, server.origin(), "PUT", "/", {}, make_string_body("12345"), 5);

  EXPECT_EQ(outcome.body, "ok") << (outcome.error ? outcome.error->error.message : "");
}

// Made to wait for something else than its peer.
class SlowBody final : public BodyReader {
 public:
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    if (std::exchange(done_, true)) co_return 0u;
    std::this_thread::sleep_for(500ms);
    into[0] = std::byte('x');
    co_return 1u;
  }

 private:
  bool done_ = false;
};

TEST_P(ClientFailure, AReaderOfOursThatIsSlowIsNotThePeersSilence) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.read_bytes(6);  // 1, CRLF, x, CRLF
    peer.read_bytes(5);
    peer.send(kOk);
  });
  const auto client = make_client(impatient());

  const Outcome outcome = ask(*client, server.origin(), "PUT", "/", {}, std::make_unique<SlowBody>());

  EXPECT_EQ(outcome.body, "ok") << (outcome.error ? outcome.error->error.message : "");
}

// ---- Kept connections that are none ----

TEST_P(ClientFailure, AConnectionClosedBetweenRequestsIsReplaced) {
  testing::Event closed;
  ScriptedServer server([&](Peer& peer) {
    while (!peer.read_head().empty()) {
      peer.send(kOk);
      if (peer.number() == 0) break;
    }
    peer.close();
    closed.set();
  });
  const auto client = make_client();

  EXPECT_EQ(ask(*client, server.origin(), "GET", "/").body, "ok");
  closed.wait();
  const Outcome second = ask(*client, server.origin(), "POST", "/");

  EXPECT_EQ(second.body, "ok") << (second.error ? second.error->error.message : "");
}

// The server closes just as the second request arrives.
ScriptedServer::Script closing_on_the_second() {
  return [](Peer& peer) {
    if (peer.number() > 0) {
      while (!peer.read_head().empty()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain");
      return;
    }
    peer.read_head();
    peer.send(kOk);
    peer.read_head();
  };
}

TEST_P(ClientFailure, AnIdempotentRequestOnAConnectionJustClosedIsRepeated) {
  ScriptedServer server(closing_on_the_second());
  const auto client = make_client();

  ask(*client, server.origin(), "GET", "/");
  const Outcome second = ask(*client, server.origin(), "GET", "/");

  EXPECT_EQ(second.body, "again") << (second.error ? second.error->error.message : "");
}

TEST_P(ClientFailure, APostOnAConnectionJustClosedIsNotRepeated) {
  ScriptedServer server(closing_on_the_second());
  const auto client = make_client();

  ask(*client, server.origin(), "GET", "/");
  const Outcome second = ask(*client, server.origin(), "POST", "/");

  ASSERT_TRUE(second.error);
  EXPECT_EQ(second.error->error.code, Code::unavailable);
  EXPECT_EQ(second.error->reached, Reached::maybe);
}

TEST_P(ClientFailure, AnUploadOnAConnectionJustClosedIsNotRepeatedFromItsMiddle) {
  ScriptedServer server(closing_on_the_second());
  const auto client = make_client();

  ask(*client, server.origin(), "GET", "/");
  const Outcome second = ask(*client, server.origin(), "PUT", "/", {}, make_string_body("12345"), 5);

  ASSERT_TRUE(second.error);
  EXPECT_EQ(second.error->reached, Reached::maybe);
}

}  // namespace
}  // namespace mere::http
