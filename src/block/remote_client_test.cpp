#include "block/remote_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_format.h"
#include "block/remote_retry.h"
#include "block/remote_test_support.h"
#include "http/test_certificate.h"

namespace mere::block {
namespace {

using http::testing::Peer;
using http::testing::RunningServer;
using http::testing::ScriptedServer;
using http::testing::text;
using std::chrono::milliseconds;
using testing::get_request;
using testing::origin_of;
using testing::Remote;

// Answers with the next of `statuses` (the last one for ever), the status as the body.
class Statuses {
 public:
  explicit Statuses(std::vector<int> statuses, http::Headers headers = {})
      : statuses_(std::move(statuses)),
        headers_(std::move(headers)),
        server_({}, [this](http::Request request) { return answer(std::move(request)); }) {}
  std::string origin() const { return origin_of(server_); }
  int requests() const { return next_; }

 private:
  Task<http::Response> answer(http::Request request) {
    const auto read = co_await http::read_all(request.body.get(), 1u << 20);
    const std::size_t at = std::min<std::size_t>(next_++, statuses_.size() - 1);
    http::Response response = text("Status" + std::to_string(statuses_[at]), statuses_[at]);
    for (const auto& [name, value] : headers_) response.headers.add(name, value);
    co_return response;
  }
  const std::vector<int> statuses_;
  const http::Headers headers_;
  std::atomic<int> next_{0};
  RunningServer server_;
};

RemoteRequest put_request(std::string bytes) {
  RemoteRequest request = get_request();
  request.method = "PUT";
  request.what = "write test://bucket/key";
  request.payload = make_payload(std::move(bytes));
  return request;
}

TEST(RemoteClient, RepeatsWhatABusyServiceTurnsAway) {
  for (const int status : {503, 500, 502, 504, 429, 408}) {
    Statuses server({status, status, 200});
    Remote remote(server.origin());

    auto answer = remote.client().require(put_request("text"));

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(server.requests(), 3);
    EXPECT_EQ(remote.service().prepared, 3);  // signed anew each time
    EXPECT_EQ(answer->was_repeated, status != 503 && status != 429);
  }
}

TEST(RemoteClient, DoesNotRepeatARefusal) {
  for (const int status : {400, 403, 404, 409, 412, 501}) {
    Statuses server({status});
    Remote remote(server.origin());

    auto answer = remote.client().send(get_request());

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(server.requests(), 1);
  }
}

TEST(RemoteClient, GivesUpAfterSoManyRetries) {
  Statuses server({503});
  Remote remote(server.origin(), {.max_retries = 3});

  auto answer = remote.client().require(get_request());

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unavailable);
  EXPECT_EQ(server.requests(), 4);
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("503 Status503"));
}

TEST(RemoteClient, WaitsLongerEachTime) {
  Statuses server({503});
  Remote remote(server.origin(),
                {.max_retries = 4, .first_delay = milliseconds(100), .longest_delay = milliseconds(500)});

  EXPECT_FALSE(remote.client().require(get_request()));

  const auto pauses = remote.pauses();
  ASSERT_EQ(pauses.size(), 4u);
  const int longest[] = {100, 200, 400, 500};
  for (int i = 0; i < 4; ++i) {
    EXPECT_GE(pauses[i], milliseconds(longest[i] / 2));
    EXPECT_LE(pauses[i], milliseconds(longest[i]));
  }
}

TEST(RemoteClient, WaitsAsLongAsTheServiceAsks) {
  http::Headers headers;
  headers.add("Retry-After", "7");
  Statuses server({503, 200}, headers);
  Remote remote(server.origin());

  ASSERT_TRUE(remote.client().require(get_request()));

  EXPECT_THAT(remote.pauses(), ::testing::ElementsAre(milliseconds(7000)));
}

TEST(RemoteClient, StartsNoAttemptAfterItsTime) {
  http::Headers headers;
  headers.add("Retry-After", "3600");
  Statuses server({503}, headers);
  Remote remote(server.origin(), {.longest_delay = milliseconds(10'000), .total_time = milliseconds(9'000)});

  EXPECT_FALSE(remote.client().require(get_request()));

  EXPECT_EQ(server.requests(), 1);
}

TEST(RemoteClient, RepeatsARequestWhoseConnectionBroke) {
  ScriptedServer server([](Peer& peer) {
    const std::string head = peer.read_head();
    if (head.empty()) return;
    if (peer.number() < 2) return peer.reset();
    peer.read_bytes(4);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    peer.wait_for_end();
  });
  Remote remote(server.origin());

  auto answer = remote.client().require(put_request("text"));

  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "ok");
  EXPECT_TRUE(answer->was_repeated);
}

TEST(RemoteClient, RepeatsAnAnswerWhoseBodyBreaksOff) {
  ScriptedServer server([](Peer& peer) {
    if (peer.read_head().empty()) return;
    peer.send(peer.number() == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
                                 : "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
    if (peer.number() > 0) peer.wait_for_end();
  });
  Remote remote(server.origin());

  auto answer = remote.client().require(get_request());

  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "0123456789");
}

TEST(RemoteClient, RepeatsARequestThatIsNotAnsweredInTime) {
  ScriptedServer server([](Peer& peer) {
    if (peer.read_head().empty()) return;
    if (peer.number() > 0) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    peer.wait_for_end();
  });
  Remote remote(server.origin(), {.attempt_time = milliseconds(200)});

  auto answer = remote.client().require(get_request());

  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "ok");
}

TEST(RemoteClient, DoesNotRepeatWhatMayHaveHappenedOnce) {
  ScriptedServer server([](Peer& peer) {
    if (!peer.read_head().empty()) peer.reset();
  });
  Remote remote(server.origin());
  RemoteRequest request = put_request("text");
  request.repeatable = false;

  auto answer = remote.client().require(request);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unavailable);
  EXPECT_TRUE(remote.pauses().empty());
}

TEST(RemoteClient, RepeatsWhatNeverLeft) {
  std::string origin;
  {
    const ScriptedServer gone([](Peer&) {});
    origin = gone.origin();
  }
  Remote remote(origin, {.max_retries = 2});
  RemoteRequest request = put_request("text");
  request.repeatable = false;

  auto answer = remote.client().require(request);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unavailable);
  EXPECT_EQ(remote.pauses().size(), 2u);
  EXPECT_THAT(answer.error().message, ::testing::AllOf(::testing::HasSubstr("write test://bucket/key"),
                                                       ::testing::HasSubstr("tried 3 times")));
}

TEST(RemoteClient, TellsAFailureThatLastsAtOnce) {
  const http::testing::Certificate certificate;
  RunningServer untrusted(certificate.options(), http::testing::echo);
  RunningServer plain({}, http::testing::echo);
  for (const RunningServer* server : {&untrusted, &plain}) {
    const std::string origin = "https://localhost:" + std::to_string(server->port());
    Remote remote(origin);

    auto answer = remote.client().send(get_request());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::unavailable);
    EXPECT_EQ(remote.service().prepared, 1);
    EXPECT_THAT(answer.error().message, ::testing::HasSubstr("cannot read test://bucket/key: "));
    EXPECT_THAT(answer.error().message, ::testing::HasSubstr(origin));
  }
}

TEST(RemoteClient, SendsAgainAtOnceWhatTheServiceAdaptedTo) {
  ScriptedServer server([](Peer& peer) {
    for (int i = 0; !peer.read_head().empty(); ++i)
      peer.send(i < 2 ? "HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\nMoved"
                      : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  Remote remote(server.origin());

  ASSERT_TRUE(remote.client().require(get_request()));

  EXPECT_EQ(remote.service().adapted, 2);
  EXPECT_TRUE(remote.pauses().empty());
}

TEST(RemoteClient, AdaptsOnlySoOften) {
  ScriptedServer server([](Peer& peer) {
    while (!peer.read_head().empty()) peer.send("HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\nMoved");
  });
  Remote remote(server.origin());

  EXPECT_FALSE(remote.client().require(get_request()));

  EXPECT_EQ(remote.service().adapted, 3);
}

TEST(RemoteClient, SaysWhatItMeans) {
  const std::pair<int, Code> meanings[] = {{400, Code::invalid_argument},
                                           {401, Code::permission_denied},
                                           {403, Code::permission_denied},
                                           {404, Code::not_found},
                                           {409, Code::conflict},
                                           {410, Code::gone},
                                           {412, Code::precondition_failed},
                                           {416, Code::range_not_satisfiable},
                                           {301, Code::internal},
                                           {507, Code::no_space},
                                           {501, Code::not_implemented}};
  for (const auto& [status, code] : meanings) {
    http::Headers headers;
    headers.add("x-id", "R7");
    Statuses server({status}, headers);
    Remote remote(server.origin(), {.service_name = "Test at here"});

    auto answer = remote.client().require(get_request());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, code) << status;
    EXPECT_THAT(answer.error().message,
                ::testing::StartsWith("cannot read test://bucket/key: Test at here answered " +
                                      std::to_string(status) + " Status" + std::to_string(status) +
                                      " (request id R7)"));
  }
}

TEST(RemoteClient, BoundsAnAnswer) {
  RunningServer server({},
                       [](http::Request) -> Task<http::Response> { co_return text(std::string(2000, 'x')); });
  Remote remote(origin_of(server));
  RemoteRequest request = get_request();
  request.answer_limit = 1000;

  auto answer = remote.client().require(request);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::too_large);
}

TEST(RemoteClient, StreamsABody) {
  RunningServer server({}, [](http::Request) -> Task<http::Response> {
    http::Response response;
    response.body =
        http::StreamBody{std::make_unique<http::testing::MadeUpBody>(5'000'000, 70'000), 5'000'000};
    co_return response;
  });
  Remote remote(origin_of(server));

  auto stream = remote.client().open(get_request());

  ASSERT_TRUE(stream);
  EXPECT_EQ((*stream)->head().content_length, 5'000'000u);
  std::string bytes;
  std::vector<std::byte> piece(100'000);
  for (;;) {
    auto count = (*stream)->read(piece);
    ASSERT_TRUE(count);
    if (*count == 0) break;
    bytes.append(reinterpret_cast<const char*>(piece.data()), *count);
  }
  EXPECT_EQ(bytes, http::testing::content(5'000'000));
}

TEST(RemoteRetry, ReadsRetryAfter) {
  const Timestamp now = *from_http_date("Thu, 26 Nov 2026 12:00:00 GMT");

  EXPECT_EQ(parse_retry_after("5", now), std::chrono::seconds(5));
  EXPECT_EQ(parse_retry_after("Thu, 26 Nov 2026 12:00:30 GMT", now), std::chrono::seconds(30));
  EXPECT_EQ(parse_retry_after("Thu, 26 Nov 2026 11:00:00 GMT", now), milliseconds(0));
  for (const char* bad : {"", "soon", "-1", "5s", "99999999999999"})
    EXPECT_FALSE(parse_retry_after(bad, now));
}

}  // namespace
}  // namespace mere::block
