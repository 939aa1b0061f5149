#include "http/server.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/test_client.h"
#include "http/test_handlers.h"

namespace mere::http {
namespace {

using testing::Answer;
using testing::echo;
using testing::RawClient;
using testing::RunningServer;
using testing::text;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(Server, AnswersAGet) {
  RunningServer server({}, echo);
  RawClient client(server.port());

  const Answer answer = client.ask("GET /a/b?c=d HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /a/b?c=d");
  EXPECT_TRUE(answer.has("Content-Type: text/plain"));
  EXPECT_TRUE(answer.has("Content-Length: 12"));
  EXPECT_NE(answer.head.find("\r\nDate: "), std::string::npos);
  EXPECT_NE(answer.head.find(" GMT\r\n"), std::string::npos);
}

TEST(Server, TellsTheHandlerWhoAsks) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    co_return text(request.peer + (request.secure ? " secure" : " plain") +
                   (request.executor ? "" : " lost"));
  });
  RawClient client(server.port());
  sockaddr_in local{};
  socklen_t size = sizeof local;
  ASSERT_EQ(::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&local), &size), 0);

  EXPECT_EQ(client.ask(kGet).body, "127.0.0.1:" + std::to_string(ntohs(local.sin_port)) + " plain");
}

TEST(Server, AnswersAPostAndKeepsTheConnection) {
  RunningServer server({}, echo);
  RawClient client(server.port());

  const Answer first = client.ask("POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  const Answer second = client.ask("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_EQ(first.body, "POST /1\nhello");
  EXPECT_EQ(second.body, "GET /2");
  EXPECT_EQ(server.server().statistics().connections_total, 1u);
  EXPECT_EQ(server.server().statistics().requests_total, 2u);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  RunningServer server({}, echo);
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 1000; ++i) {
    requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  }

  std::thread sender([&] { client.send(requests); });

  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.read().body, "POST /" + std::to_string(i) + "\nabc");
  sender.join();
}

TEST(Server, TakesARequestByteByByte) {
  RunningServer server({}, echo);
  RawClient client(server.port());
  const std::string request =
      "POST /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

  for (const char c : request) {
    ASSERT_TRUE(client.send({&c, 1}));
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }

  EXPECT_EQ(client.read().body, "POST /slow\nabc");
}

TEST(Server, ClosesWhenTheClientAsksForIt) {
  RunningServer server({}, echo);
  RawClient client(server.port());

  const Answer answer = client.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(5)));
  EXPECT_FALSE(client.was_reset());
}

TEST(Server, Http10ClosesUnlessItAsksToStay) {
  RunningServer server({}, echo);
  RawClient closing(server.port());
  RawClient staying(server.port());

  const Answer last = closing.ask("GET / HTTP/1.0\r\n\r\n");
  const Answer first = staying.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const Answer second = staying.ask("GET /2 HTTP/1.0\r\n\r\n");

  EXPECT_TRUE(last.has("Connection: close"));
  EXPECT_TRUE(closing.is_closed_within(std::chrono::seconds(5)));
  EXPECT_TRUE(first.has("Connection: keep-alive"));
  EXPECT_EQ(second.body, "GET /2");
}

TEST(Server, AClientThatStopsSendingStillGetsItsAnswer) {
  RunningServer server({}, echo);
  RawClient client(server.port());

  client.send(kGet);
  client.end_writing();

  EXPECT_EQ(client.read().body, "GET /");
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(5)));
}

TEST(Server, HeadHasTheLengthAndNoBody) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    Response response = text("12345");
    if (request.path == "/said") {
      response.body = {};
      response.content_length_without_body = 77;
    }
    co_return response;
  });
  RawClient client(server.port());

  EXPECT_TRUE(client.ask("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").has("Content-Length: 5"));
  EXPECT_TRUE(client.ask("HEAD /said HTTP/1.1\r\nHost: x\r\n\r\n").has("Content-Length: 77"));
  EXPECT_EQ(client.ask(kGet).body, "12345");
}

TEST(Server, NoContentAndNotModifiedHaveNoBody) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    Response response = text("a body by mistake", request.path == "/204" ? 204 : 304);
    if (request.path == "/304") response.content_length_without_body = 9;
    co_return response;
  });
  RawClient client(server.port());

  const Answer no_content = client.ask("GET /204 HTTP/1.1\r\nHost: x\r\n\r\n");
  const Answer not_modified = client.ask("GET /304 HTTP/1.1\r\nHost: x\r\n\r\n");
  client.ask(kGet);

  EXPECT_EQ(no_content.head.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(not_modified.has("Content-Length: 9"));
  EXPECT_EQ(client.buffer(), "");
}

TEST(Server, AHandlerThatThrowsOrAnswersNonsenseIsA500) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    if (request.path == "/throw") throw std::runtime_error("bug");
    co_return text("", 42);
  });
  RawClient client(server.port());

  const Answer thrown = client.ask("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(thrown.status, 500);
  EXPECT_TRUE(thrown.body.starts_with("{\"message\":")) << thrown.body;
  EXPECT_EQ(client.ask(kGet).status, 500);
}

TEST(Server, RefusesWhatIsNotARequestAndCloses) {
  RunningServer server({}, echo);
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400},
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505},
      {"POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417},
      {"GET /" + std::string(40'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(5'000'000, 'a'), 431},
      {"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999999999\r\n\r\n", 413},
  };
  for (const auto& [request, status] : cases) {
    RawClient client(server.port());
    std::thread sender([&] { client.send(request); });

    const Answer answer = client.read();

    EXPECT_EQ(answer.status, status) << request.substr(0, 100);
    EXPECT_TRUE(answer.has("Content-Type: application/json"));
    EXPECT_TRUE(answer.body.starts_with("{\"message\":")) << answer.body;
    EXPECT_TRUE(answer.has("Connection: close"));
    EXPECT_TRUE(answer.whole);
    EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(10)));
    sender.join();
  }
}

TEST(Server, NothingAfterARefusedRequestIsTakenForOne) {
  RunningServer server({}, echo);
  RawClient client(server.port());

  client.send(
      "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_EQ(client.read().status, 400);
  EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(5)));
  EXPECT_EQ(client.buffer(), "");
  EXPECT_EQ(server.server().statistics().requests_total, 0u);
}

TEST(Server, TakesALargeHeader) {
  RunningServer server(
      {}, [](Request request) -> Task<Response> { co_return text(std::string(request.headers.get("x"))); });
  RawClient client(server.port());
  const std::string value(60'000, 'v');

  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: x\r\nX: " + value + "\r\n\r\n").body, value);
  EXPECT_EQ(client.ask(kGet).body, "");
}

TEST(Server, ServesManyConnectionsAtOnce) {
  RunningServer server({}, echo);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<RawClient>(server.port()));

  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i]->send("POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
      ASSERT_EQ(clients[i]->read().body, "POST /" + std::to_string(i) + "\nhi");
    }
  }
  EXPECT_EQ(server.server().statistics().connections_open, 200u);
  EXPECT_EQ(server.server().statistics().requests_total, 1000u);
}

TEST(Server, AHandlerMayWorkElsewhere) {
  const auto pool = make_thread_pool(2, 64);
  RunningServer server({}, [&](Request request) -> Task<Response> {
    Executor& executor = *request.executor;
    auto work = [&] { return "worked on " + request.path; };
    std::string answer = co_await offload(*pool, executor, work);
    co_return text(std::move(answer));
  });
  std::vector<std::thread> clients;

  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      RawClient client(server.port());
      const std::string path = "/" + std::to_string(i);
      for (int j = 0; j < 200; ++j) {
        ASSERT_EQ(client.ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").body, "worked on " + path);
      }
    });
  }
  for (auto& client : clients) client.join();
}

TEST(Server, AHandlerWhoseClientIsGoneIsWaitedFor) {
  const auto pool = make_thread_pool(2, 64);
  std::atomic<int> begun = 0;
  std::atomic<int> finished = 0;
  {
    RunningServer server({}, [&](Request request) -> Task<Response> {
      Executor& executor = *request.executor;
      std::string local = "in the handler's frame";
      auto work = [&] {
        ++begun;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        return local.size();
      };
      co_await offload(*pool, executor, work);
      ++finished;
      co_return text(std::string(1 << 20, 'x'));
    });
    for (int i = 0; i < 4; ++i) {
      RawClient client(server.port());
      client.send(kGet);
      while (begun <= i) std::this_thread::yield();
      client.reset();
    }
  }
  EXPECT_EQ(finished, 4);
}

TEST(Server, ListensOnlyWhereNobodyElseDoes) {
  testing::FunctionHandler handler(echo);
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.io_threads = 2;
  const auto first = Server::listen(options, handler);
  ASSERT_TRUE(first);
  options.listen = (*first)->address();

  const auto second = Server::listen(options, handler);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::unavailable);
  EXPECT_NE(second.error().message.find(options.listen), std::string::npos);
}

TEST(Server, RefusesBadAddresses) {
  testing::FunctionHandler handler(echo);
  for (const char* address : {"", "localhost", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:http",
                              "::1:80", "[::1:80", "no.such.host.invalid:80"}) {
    ServerOptions options;
    options.listen = address;

    const auto server = Server::listen(options, handler);

    ASSERT_FALSE(server) << address;
    EXPECT_EQ(server.error().code, Code::invalid_argument) << address;
  }
}

TEST(Server, ListensOnEveryInterface) {
  testing::FunctionHandler handler(echo);
  ServerOptions options;
  options.listen = ":0";
  auto server = Server::listen(options, handler);
  ASSERT_TRUE(server) << server.error().message;
  std::thread running([&] { (*server)->run(); });

  EXPECT_EQ(RawClient((*server)->port()).ask(kGet).body, "GET /");

  (*server)->stop(std::chrono::seconds(0));
  running.join();
}

}  // namespace
}  // namespace mere::http
