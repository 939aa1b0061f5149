// Bodies of requests.
#include <gtest/gtest.h>

#include <string>

#include "http/test_client.h"
#include "http/test_handlers.h"

namespace mere::http {
namespace {

using testing::Answer;
using testing::content;
using testing::echo;
using testing::ignore_body;
using testing::RawClient;
using testing::RunningServer;
using testing::text;

constexpr std::string_view kGet = "GET /next HTTP/1.1\r\nHost: x\r\n\r\n";

std::string put(std::string_view fields, std::string_view body = "") {
  return "PUT /x HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n\r\n" + std::string(body);
}

TEST(RequestBody, OfKnownLengthIsReadWhole) {
  RunningServer server({}, echo);
  RawClient client(server.port());
  const std::string body = content(3'000'000);
  std::thread sender([&] { client.send(put("Content-Length: " + std::to_string(body.size()), body)); });

  EXPECT_EQ(client.read().body, "PUT /x\n" + body);
  EXPECT_EQ(client.ask(kGet).body, "GET /next");
  sender.join();
}

TEST(RequestBody, InChunksIsReadWhole) {
  RunningServer server({}, echo);
  RawClient client(server.port());
  const std::string body = content(3'000'000);
  std::string chunks;
  std::size_t size = 1;
  for (std::size_t at = 0; at < body.size(); at += size, size = size * 3 % 100'003 + 1) {
    const std::string_view chunk = std::string_view(body).substr(at, size);
    char line[32];
    std::snprintf(line, sizeof line, "%zx;x=y\r\n", chunk.size());
    chunks += line + std::string(chunk) + "\r\n";
    size = chunk.size();
  }
  chunks += "0\r\nTrailer: x\r\n\r\n";
  std::thread sender([&] { client.send(put("Transfer-Encoding: chunked", chunks) + std::string(kGet)); });

  EXPECT_EQ(client.read().body, "PUT /x\n" + body);
  EXPECT_EQ(client.read().body, "GET /next");
  sender.join();
}

TEST(RequestBody, OfLengthZeroIsNone) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    co_return text(std::string(request.body ? "body" : "none") + " " +
                   std::to_string(request.content_length.value_or(99)));
  });
  RawClient client(server.port());

  EXPECT_EQ(client.ask(put("Content-Length: 0")).body, "none 0");
  EXPECT_EQ(client.ask(put("X: y")).body, "none 99");
  EXPECT_EQ(client.ask(put("Transfer-Encoding: chunked", "0\r\n\r\n")).body, "body 99");
  EXPECT_EQ(client.ask(put("Content-Length: 3", "abc")).body, "body 3");
}

TEST(RequestBody, ContinueIsSentWhenTheHandlerReads) {
  RunningServer server({}, echo);
  RawClient client(server.port());

  const Answer interim = client.ask(put("Content-Length: 5\r\nExpect: 100-continue"));
  const Answer answer = client.ask("hello");

  EXPECT_EQ(interim.status, 100);
  EXPECT_EQ(answer.body, "PUT /x\nhello");
  EXPECT_EQ(client.ask(kGet).body, "GET /next");
}

TEST(RequestBody, ContinueIsNotSentWhenTheHandlerAnswersWithoutReading) {
  RunningServer server({}, ignore_body);
  RawClient client(server.port());

  const Answer answer = client.ask(put("Content-Length: 5\r\nExpect: 100-continue"));

  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(5)));
}

TEST(RequestBody, ContinueIsNotSentWhenTheBodyIsAlreadyHere) {
  RunningServer server({}, echo);
  RawClient client(server.port());

  EXPECT_EQ(client.ask(put("Content-Length: 5\r\nExpect: 100-continue", "hello")).status, 200);
}

TEST(RequestBody, LeftUnreadIsReadOverIfItIsSmall) {
  RunningServer server({}, ignore_body);
  RawClient client(server.port());

  EXPECT_EQ(client.ask(put("Content-Length: 100000", std::string(100'000, 'x'))).body, "ignored /x");
  EXPECT_EQ(client.ask(put("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")).body, "ignored /x");
  EXPECT_EQ(client.ask(kGet).body, "ignored /next");
}

TEST(RequestBody, LeftUnreadClosesIfItIsLarge) {
  RunningServer server({}, ignore_body);
  RawClient client(server.port());
  client.send(put("Content-Length: 3000000"));
  std::thread sender([&] { client.send(std::string(3'000'000, 'x')); });

  const Answer answer = client.read();

  EXPECT_EQ(answer.body, "ignored /x");
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(10)));
  sender.join();
}

TEST(RequestBody, LeftUnreadInEndlessChunksCloses) {
  RunningServer server({}, ignore_body);
  RawClient client(server.port());
  client.send(put("Transfer-Encoding: chunked"));
  std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  std::thread sender([&] {
    while (client.send(chunk)) {
    }
  });

  const Answer answer = client.read();

  EXPECT_EQ(answer.body, "ignored /x");
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(10)));
  sender.join();
}

TEST(RequestBody, LeftUnreadInChunksThatAreNotAllHereClosesAndSaysSo) {
  RunningServer server({}, ignore_body);
  RawClient client(server.port());

  const Answer answer = client.ask(put("Transfer-Encoding: chunked", "5\r\nhello\r\n5\r\nwo"));

  EXPECT_EQ(answer.body, "ignored /x");
  EXPECT_TRUE(answer.has("Connection: close"));
}

TEST(RequestBody, InChunksBeyondTheHandlersLimitClosesAndSaysSo) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    const auto body = co_await read_all(request.body.get(), 10);
    co_return text("refused", body ? 200 : 413);
  });
  RawClient client(server.port());
  client.send(put("Transfer-Encoding: chunked"));
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  std::thread sender([&] {
    while (client.send(chunk)) {
    }
  });

  const Answer answer = client.read();

  EXPECT_EQ(answer.status, 413);
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(10)));
  sender.join();
}

TEST(RequestBody, InChunksThatIsRefusedAfterMuchOfItAnnouncesTheEnd) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    const auto read = co_await read_all(request.body.get(), 1'000'000);
    co_return text(read ? "whole" : "too much", 413);
  });
  RawClient client(server.port());
  std::thread sender([&] {
    const std::string chunk = "186a0\r\n" + content(100'000) + "\r\n";
    std::string chunks;
    for (int i = 0; i < 12; ++i) chunks += chunk;
    client.send(put("Transfer-Encoding: chunked", chunks));
  });

  const Answer answer = client.read();

  EXPECT_EQ(answer.status, 413);
  EXPECT_TRUE(answer.has("Connection: close"));
  sender.join();
}

TEST(RequestBody, MalformedChunksAreAnErrorAndClose) {
  for (const char* chunks : {"x\r\n", "5\r\nhello!!!!", "5\nhello", "3\r\nabc\r\n-1\r\n"}) {
    RunningServer server({}, echo);
    RawClient client(server.port());

    const Answer answer = client.ask(put("Transfer-Encoding: chunked", chunks));

    EXPECT_EQ(answer.body, "invalid_argument") << chunks;
    EXPECT_TRUE(answer.has("Connection: close"));
    EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(5)));
  }
}

TEST(RequestBody, ThatEndsEarlyIsCancelled) {
  RunningServer server({}, echo);
  RawClient known(server.port());
  RawClient chunked(server.port());
  known.send(put("Content-Length: 10", "hello"));
  known.end_writing();
  chunked.send(put("Transfer-Encoding: chunked", "5\r\nhello\r\n"));
  chunked.end_writing();

  EXPECT_EQ(known.read().body, "cancelled");
  EXPECT_EQ(chunked.read().body, "cancelled");
}

TEST(RequestBody, InChunksBeyondTheLimitIsTooLarge) {
  ServerOptions options;
  options.max_body_bytes = 10;
  RunningServer server(options, echo);
  RawClient client(server.port());

  EXPECT_EQ(client.ask(put("Transfer-Encoding: chunked", "A\r\n0123456789\r\n0\r\n\r\n")).body,
            "PUT /x\n0123456789");
  EXPECT_EQ(client.ask(put("Transfer-Encoding: chunked", "5\r\n01234\r\n6\r\n012345\r\n0\r\n\r\n")).body,
            "too_large");
}

TEST(RequestBody, ThatStopsComingTimesOut) {
  ServerOptions options;
  options.body_timeout = std::chrono::seconds(1);
  RunningServer server(options, echo);
  RawClient client(server.port());

  const Answer answer = client.ask(put("Content-Length: 10", "hello"));

  EXPECT_EQ(answer.status, 408);
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(5)));
}

// Sends a byte of a body every `pause` until the server answers.
Answer trickle(RawClient& client, std::string_view framing, std::string_view piece,
               std::chrono::milliseconds pause) {
  client.send(put(framing));
  for (int i = 0; i < 200 && !client.receive(pause); ++i) client.send(piece);
  return client.read();
}

TEST(RequestBody, ThatTricklesTimesOut) {
  ServerOptions options;
  options.body_timeout = std::chrono::seconds(1);
  RunningServer server(options, echo);
  RawClient with_length(server.port());
  RawClient in_chunks(server.port());

  const Answer length = trickle(with_length, "Content-Length: 1000", "x", std::chrono::milliseconds(100));
  const Answer chunks =
      trickle(in_chunks, "Transfer-Encoding: chunked", "1\r\nx\r\n", std::chrono::milliseconds(100));

  EXPECT_EQ(length.status, 408);
  EXPECT_EQ(chunks.status, 408);
  EXPECT_TRUE(with_length.is_closed_within(std::chrono::seconds(5)));
}

TEST(RequestBody, MayTrickleWhereThatIsAllowed) {
  ServerOptions options;
  options.body_timeout = std::chrono::seconds(1);
  options.min_body_rate = 0;
  RunningServer server(options, echo);
  RawClient client(server.port());

  const Answer answer = trickle(client, "Content-Length: 25", "x", std::chrono::milliseconds(100));

  EXPECT_EQ(answer.body, "PUT /x\n" + std::string(25, 'x'));
}

TEST(RequestBody, OfAHandlerThatTakesItsTimeIsNotLate) {
  const auto pool = make_thread_pool(1, 16);
  ServerOptions options;
  options.body_timeout = std::chrono::seconds(1);
  RunningServer server(options, [&](Request request) -> Task<Response> {
    Executor& executor = *request.executor;
    auto sleep = [] {
      std::this_thread::sleep_for(std::chrono::milliseconds(600));
      return 0;
    };
    std::size_t total = 0;
    for (int i = 0; i < 3; ++i) {
      co_await offload(*pool, executor, sleep);
      std::byte some[1];
      const auto count = co_await request.body->read(some);
      if (!count) co_return text(std::string(name_of(count.error().code)), 400);
      total += *count;
    }
    co_return text(std::to_string(total));
  });
  RawClient client(server.port());

  EXPECT_EQ(client.ask(put("Content-Length: 3", "abc")).body, "3");
}

TEST(RequestBody, MayBeSentBackAsItArrives) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    Response response;
    response.body = StreamBody{std::move(request.body), request.content_length};
    co_return response;
  });
  RawClient client(server.port());
  const std::string body = content(5'000'000);
  std::thread sender([&] { client.send(put("Content-Length: " + std::to_string(body.size()), body)); });

  EXPECT_EQ(client.read().body, body);
  EXPECT_EQ(client.ask(put("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")).body, "hello");
  EXPECT_EQ(client.ask(put("Content-Length: 5\r\nExpect: 100-continue")).status, 100);
  EXPECT_EQ(client.ask("hello").body, "hello");
  sender.join();
}

TEST(RequestBody, MayBeReadFromAnotherThread) {
  const auto pool = make_thread_pool(2, 16);
  RunningServer server({}, [&](Request request) -> Task<Response> {
    struct Elsewhere {
      WorkQueue& queue;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> awaiter) {
        queue.submit([awaiter] { awaiter.resume(); });
      }
      void await_resume() const {}
    };
    Elsewhere elsewhere{*pool};
    co_await elsewhere;
    Result<std::string> body = co_await read_all(request.body.get(), 10u << 20);
    std::string answer = body ? *std::move(body) : std::string(name_of(body.error().code));
    co_await elsewhere;
    co_return text(std::move(answer));
  });
  RawClient client(server.port());
  const std::string body = content(1'000'000);

  for (int i = 0; i < 5; ++i) {
    std::thread sender([&] { client.send(put("Content-Length: " + std::to_string(body.size()), body)); });
    EXPECT_EQ(client.read().body, body);
    sender.join();
  }
}

TEST(RequestBody, KeptBeyondItsRequestIsOver) {
  std::shared_ptr<BodyReader> kept;
  RunningServer server({}, [&](Request request) -> Task<Response> {
    if (request.body) {
      kept = std::move(request.body);
      co_return text("kept");
    }
    std::byte one[1];
    const auto count = co_await kept->read(one);
    co_return text(count ? "read" : std::string(name_of(count.error().code)));
  });
  RawClient client(server.port());

  EXPECT_EQ(client.ask(put("Content-Length: 3", "abc")).body, "kept");
  EXPECT_EQ(client.ask(kGet).body, "cancelled");
}

}  // namespace
}  // namespace mere::http
