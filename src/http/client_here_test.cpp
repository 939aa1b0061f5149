// Requests that are waited for on the thread that asks: what ends the wait, and whose connection it is.
#include <gtest/gtest.h>

#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "http/client_test_support.h"

namespace mere::http {
namespace {

using namespace std::chrono_literals;
using testing::ask_within;
using testing::Event;
using testing::make_client;
using testing::make_request;
using testing::Outcome;
using testing::Peer;
using testing::ScriptedServer;
using Tasks = BlockingExecutor::Tasks;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Outcome ask_here(Client& client, const std::string& origin, SendOptions options = {}, Waiting waiting = {}) {
  BlockingExecutor executor(Tasks::one, std::move(waiting));
  return executor.run(ask_within(client, origin, make_request(executor, "GET", "/"), std::move(options)));
}

TEST(ClientHere, WhoWaitsMayStopMeanwhile) {
  Event closed;
  ScriptedServer server([&](Peer& peer) {
    peer.wait_for_end();
    closed.set();
  });
  const auto client = make_client();
  std::stop_source stop;
  SendOptions options;
  options.stop = stop.get_token();

  const Outcome outcome = ask_here(*client, server.origin(), options, {1ms, [&] { stop.request_stop(); }});
  closed.wait();

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::cancelled);
  EXPECT_EQ(outcome.error->reached, Reached::maybe);
}

TEST(ClientHere, ABodyMayBeStoppedInItsMiddle) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    peer.wait_for_end();
  });
  const auto client = make_client();
  std::stop_source stop;
  SendOptions options;
  options.stop = stop.get_token();

  const Outcome outcome = ask_here(*client, server.origin(), options, {1ms, [&] { stop.request_stop(); }});

  // The stop may come before the head.
  const auto& error = outcome.error ? std::optional(outcome.error->error) : outcome.body_error;
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Code::cancelled);
}

TEST(ClientHere, TheClientsEndEndsWhatIsWaitedFor) {
  Event asked;
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    asked.set();
    peer.wait_for_end();
  });
  auto client = make_client();
  Outcome outcome;
  std::thread asking([&, raw = client.get()] { outcome = ask_here(*raw, server.origin()); });
  asked.wait();

  client.reset();
  asking.join();

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::cancelled);
}

TEST(ClientHere, NoMoreConnectionsThanAllowed) {
  Event first_is_here, may_answer;
  ScriptedServer server([&](Peer& peer) {
    EXPECT_EQ(peer.number(), 0);
    for (bool first = true; !peer.read_head().empty(); first = false) {
      first_is_here.set();
      if (first) may_answer.wait();
      peer.send(kOk);
    }
  });
  ClientOptions one_connection;
  one_connection.max_connections = 1;
  const auto client = make_client(one_connection);
  Outcome first;
  std::thread asking([&] { first = ask_here(*client, server.origin()); });
  first_is_here.wait();
  SendOptions short_of_time;
  short_of_time.timeout = 1ms;

  const Outcome queued = ask_here(*client, server.origin(), short_of_time);
  may_answer.set();
  const Outcome third = ask_here(*client, server.origin());
  asking.join();

  ASSERT_TRUE(queued.error);
  EXPECT_EQ(queued.error->error.code, Code::deadline_exceeded);
  EXPECT_EQ(queued.error->reached, Reached::not_sent);
  EXPECT_EQ(first.body, "ok");
  EXPECT_EQ(third.body, "ok");
}

TEST(ClientHere, WhatComesAfterAnAnswerSpoilsItsConnection) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send(std::string(kOk) + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
    peer.wait_for_end();
  });
  const auto client = make_client();

  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask_here(*client, server.origin()).body, "ok");
}

TEST(ClientHere, AnAnswerInPiecesIsRead) {
  const std::string whole =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\n12345\r\n3;x=y\r\n678\r\n0\r\nX-Trailer: no\r\n\r\n";
  ScriptedServer server([&](Peer& peer) {
    while (!peer.read_head().empty()) {
      for (const char byte : whole) peer.send({&byte, 1});
    }
  });
  const auto client = make_client();

  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = ask_here(*client, server.origin());
    EXPECT_EQ(outcome.body, "12345678");
    EXPECT_EQ(outcome.headers.get("X-A"), "1");
    EXPECT_EQ(outcome.headers.size(), 1u);
    EXPECT_FALSE(outcome.body_error);
  }
}

}  // namespace
}  // namespace mere::http
