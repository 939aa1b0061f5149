// Time, number and end of connections.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/test_client.h"
#include "http/test_handlers.h"

namespace mere::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::Answer;
using testing::echo;
using testing::RawClient;
using testing::RunningServer;
using testing::text;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

// Resumes a little later, on its executor, without keeping a worker.
Task<int> pause(WorkQueue& queue, Executor& executor, milliseconds time) {
  auto sleep = [time] {
    std::this_thread::sleep_for(time);
    return 0;
  };
  co_return co_await offload(queue, executor, sleep);
}

void wait_for(const std::function<bool()>& condition) {
  bool holds = condition();  // asked once more, it may hold no longer
  for (int i = 0; i < 2000 && !holds; ++i) {
    std::this_thread::sleep_for(milliseconds(5));
    holds = condition();
  }
  ASSERT_TRUE(holds);
}

TEST(ServerLimits, AnIncompleteHeaderTimesOut) {
  ServerOptions options;
  options.header_timeout = seconds(1);
  RunningServer server(options, echo);
  RawClient client(server.port());
  const auto begin = steady_clock::now();
  client.send("GET / HT");
  std::thread sender([&] {  // a byte now and then does not help
    for (int i = 0; i < 8; ++i) {
      std::this_thread::sleep_for(milliseconds(100));
      client.send("T");
    }
  });

  const Answer answer = client.read();

  EXPECT_EQ(answer.status, 408);
  EXPECT_GE(steady_clock::now() - begin, milliseconds(990));
  EXPECT_LT(steady_clock::now() - begin, milliseconds(3000));
  EXPECT_TRUE(client.is_closed_within(seconds(5)));
  sender.join();
}

TEST(ServerLimits, AnIdleConnectionIsClosed) {
  ServerOptions options;
  options.idle_timeout = seconds(1);
  RunningServer server(options, echo);
  RawClient fresh(server.port());
  RawClient used(server.port());
  used.ask(kGet);

  EXPECT_TRUE(fresh.is_closed_within(seconds(3)));
  EXPECT_TRUE(used.is_closed_within(seconds(3)));
  EXPECT_EQ(used.buffer(), "");
}

TEST(ServerLimits, AConnectionInUseIsNotIdle) {
  ServerOptions options;
  options.idle_timeout = seconds(1);
  RunningServer server(options, echo);
  RawClient client(server.port());

  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(milliseconds(400));
    ASSERT_EQ(client.ask(kGet).status, 200);
  }
}

TEST(ServerLimits, ConnectionsBeyondTheLimitAreTurnedAway) {
  ServerOptions options;
  options.max_connections = 3;
  RunningServer server(options, echo);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    ASSERT_EQ(clients.back()->ask(kGet).status, 200);
  }

  RawClient fourth(server.port());
  const Answer refused = fourth.read();
  clients.pop_back();
  wait_for([&] { return server.server().statistics().connections_open == 2; });
  RawClient fifth(server.port());

  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body, R"({"message":"too many connections"})");
  EXPECT_TRUE(fourth.is_closed_within(seconds(5)));
  EXPECT_EQ(fifth.ask(kGet).status, 200);
}

TEST(ServerLimits, AbruptDisconnectsLeaveNothingBehind) {
  RunningServer server({}, echo);
  const std::string put =
      "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + std::string(5000, 'x');

  for (std::size_t i = 0; i < 300; ++i) {
    RawClient client(server.port());
    client.send(std::string_view(put).substr(0, i * 37 % put.size()));
    if (i % 3 == 0) {
      client.reset();
    } else if (i % 3 == 1) {
      client.close();
    } else {
      client.end_writing();
    }
  }

  wait_for([&] { return server.server().statistics().connections_open == 0; });
  EXPECT_EQ(RawClient(server.port()).ask(kGet).status, 200);
}

TEST(ServerStop, ReturnsAtOnceWhenNothingIsUnderWay) {
  RunningServer server({}, echo);
  RawClient idle(server.port());
  ASSERT_EQ(idle.ask(kGet).status, 200);
  const auto begin = steady_clock::now();

  server.stop(seconds(30));
  server.join();

  EXPECT_LT(steady_clock::now() - begin, seconds(5));
  EXPECT_TRUE(idle.is_closed_within(seconds(1)));
  EXPECT_FALSE(idle.was_reset());
}

TEST(ServerStop, BeforeRunMakesRunReturn) {
  testing::FunctionHandler handler(echo);
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.io_threads = 2;
  auto server = Server::listen(options, handler);
  ASSERT_TRUE(server);

  (*server)->stop(seconds(30));
  (*server)->stop(seconds(0));
  (*server)->run();
}

TEST(ServerStop, RequestsUnderWayAreFinished) {
  const auto pool = make_thread_pool(4, 16);
  std::atomic<int> begun = 0;
  RunningServer server({}, [&](Request request) -> Task<Response> {
    Executor& executor = *request.executor;
    ++begun;
    co_await pause(*pool, executor, milliseconds(300));
    co_return text("finished");
  });
  RawClient client(server.port());
  client.send(kGet);
  wait_for([&] { return begun == 1; });

  server.stop(seconds(30));
  const Answer answer = client.read();
  server.join();

  EXPECT_EQ(answer.body, "finished");
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(client.is_closed_within(seconds(1)));
}

TEST(ServerStop, NewConnectionsAreRefused) {
  const auto pool = make_thread_pool(4, 16);
  std::atomic<int> begun = 0;
  RunningServer server({}, [&](Request request) -> Task<Response> {
    Executor& executor = *request.executor;
    ++begun;
    co_await pause(*pool, executor, milliseconds(500));
    co_return text("finished");
  });
  RawClient client(server.port());
  client.send(kGet);
  wait_for([&] { return begun == 1; });

  server.stop(seconds(30));
  std::this_thread::sleep_for(milliseconds(100));
  Fd late(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

  EXPECT_NE(::connect(late.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(client.read().body, "finished");
}

TEST(ServerStop, TransfersAreCutWhenTheGraceIsOver) {
  RunningServer server({}, [&](Request request) -> Task<Response> {
    if (request.body) co_return co_await echo(std::move(request));
    co_return text(std::string(64u << 20, 'x'));
  });
  RawClient downloading(server.port());
  RawClient uploading(server.port());
  RawClient asking(server.port());
  downloading.send(kGet);
  uploading.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
  asking.send("GET / HT");
  wait_for([&] { return server.server().statistics().requests_total == 2; });
  const auto begin = steady_clock::now();

  server.stop(seconds(1));
  server.join();

  EXPECT_GE(steady_clock::now() - begin, milliseconds(950));
  EXPECT_LT(steady_clock::now() - begin, seconds(5));
  EXPECT_FALSE(downloading.read().whole);
}

TEST(ServerStop, ASecondStopMayShortenTheGrace) {
  RunningServer server({}, [&](Request) -> Task<Response> { co_return text(std::string(64u << 20, 'x')); });
  RawClient downloading(server.port());
  downloading.send(kGet);
  wait_for([&] { return server.server().statistics().requests_total == 1; });
  const auto begin = steady_clock::now();

  server.stop(seconds(60));
  server.stop(seconds(0));
  server.join();

  EXPECT_LT(steady_clock::now() - begin, seconds(5));
}

TEST(ServerStop, AHandlerUnderWayIsWaitedForEvenBeyondTheGrace) {
  const auto pool = make_thread_pool(4, 16);
  std::atomic<int> begun = 0;
  std::atomic<int> finished = 0;
  RunningServer server({}, [&](Request request) -> Task<Response> {
    Executor& executor = *request.executor;
    ++begun;
    co_await pause(*pool, executor, milliseconds(500));
    ++finished;
    co_return text("finished");
  });
  RawClient client(server.port());
  client.send(kGet);
  wait_for([&] { return begun == 1; });

  server.stop(seconds(0));
  server.join();

  EXPECT_EQ(finished, 1);
}

}  // namespace
}  // namespace mere::http
