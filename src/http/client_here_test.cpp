// Requests that are waited for on the thread that asks: what ends the wait, and whose connection it is.
#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <span>
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
using testing::Sent;
using Tasks = BlockingExecutor::Tasks;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Outcome ask_here(Client& client, const std::string& origin, SendOptions options = {}, Waiting waiting = {},
                 const char* method = "GET") {
  BlockingExecutor executor(Tasks::one, std::move(waiting));
  return executor.run(ask_within(client, origin, make_request(executor, method, "/"), std::move(options)));
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

// Reads from the body of `sent` until `count` bytes have come.
Task<std::size_t> read_at_least(const Sent& sent, std::size_t count) {
  BodyReader& reader = *std::get<StreamBody>(std::get<Response>(sent).body).reader;
  std::string into(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const Result<std::size_t> read =
        co_await reader.read(std::as_writable_bytes(std::span(into)).subspan(filled));
    if (!read || *read == 0) break;
    filled += *read;
  }
  co_return filled;
}

TEST(ClientHere, WhatCameOfALargeBodyIsReadThoughMoreDoesNotCome) {
  constexpr std::size_t kSize = 2u << 20, kFirst = 1000;
  Event body_is_waited_for, first_is_read;
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
    body_is_waited_for.wait();
    peer.send(std::string(kFirst, 'a'));
    first_is_read.wait();
    peer.send(std::string(kSize - kFirst, 'b'));
    peer.wait_for_end();
  });
  const auto client = make_client();
  bool has_head = false;
  BlockingExecutor executor(Tasks::one, {1ms, [&] {
                                           if (has_head) body_is_waited_for.set();
                                         }});

  const Sent sent = executor.run(client->send(server.origin(), make_request(executor, "GET", "/"), {}));
  has_head = true;
  const std::size_t first = executor.run(read_at_least(sent, kFirst));
  first_is_read.set();
  const std::size_t rest = executor.run(read_at_least(sent, kSize - kFirst));

  EXPECT_EQ(first, kFirst);
  EXPECT_EQ(rest, kSize - kFirst);
}

TEST(ClientHere, WhatComesAfterALargeBodySpoilsItsConnection) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2097152\r\n\r\n");
    peer.send(std::string(2u << 20, 'a') + kOk);
    peer.wait_for_end();
  });
  const auto client = make_client();

  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ask_here(*client, server.origin(), {}, {}, "POST").body.size(), 2u << 20);
  }
}

}  // namespace
}  // namespace mere::http
