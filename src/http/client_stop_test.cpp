// The client's requests stopped, dropped and closed in each of their phases: nothing is told to who has
// gone, and the server sees its connection closed.
#include <gtest/gtest.h>

#include <array>
#include <list>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "http/client_test_support.h"
#include "http/test_client.h"
#include "http/test_handlers.h"

namespace mere::http {
namespace {

using testing::Event;
using testing::Gate;
using testing::make_client;
using testing::make_request;
using testing::Outcome;
using testing::Peer;
using testing::Running;
using testing::ScriptedServer;
using testing::Sent;
using testing::TestExecutor;

// A phase is what a server does to hold a request there, and how the test knows that it is there.
struct Phase {
  const char* name;
  Reached reached;
  bool has_head = false;  // the answer has come, its body is waited for
  bool is_queued = false;
  bool uses_tls = false;
  std::uint64_t upload = 0;
  bool upload_waits_for_reader = false;
};

constexpr std::array kPhases = {
    Phase{.name = "queued", .reached = Reached::not_sent, .is_queued = true},
    Phase{.name = "handshake", .reached = Reached::not_sent, .uses_tls = true},
    Phase{.name = "head", .reached = Reached::maybe},
    Phase{.name = "body", .reached = Reached::maybe, .has_head = true},
    Phase{.name = "upload", .reached = Reached::maybe, .upload = 500'000'000},
    Phase{.name = "upload_reader", .reached = Reached::maybe, .upload_waits_for_reader = true},
    Phase{.name = "early_answer", .reached = Reached::maybe, .has_head = true, .upload = 500'000'000},
};

class ClientStop : public ::testing::TestWithParam<Phase> {
 protected:
  static ClientOptions options() {
    ClientOptions options;
    options.max_connections = 1;
    return options;
  }

  // Returns once the request is in its phase.
  void bring_there(std::stop_token stop = {}) {
    const Phase& phase = GetParam();
    if (phase.is_queued) {
      first_.emplace(client_->send(server_.origin(), make_request(executor_, "GET", "/first"), {}));
    }
    Request request = make_request(executor_, "POST", "/");
    if (phase.upload > 0) {
      request.body = std::make_unique<testing::MadeUpBody>(phase.upload, 1u << 20);
      request.content_length = phase.upload;
    } else if (phase.upload_waits_for_reader) {
      request.body = gate_.body();
    }
    const std::string origin =
        (phase.uses_tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(server_.port());
    SendOptions send_options;
    send_options.stop = std::move(stop);
    sent_.emplace(client_->send(origin, std::move(request), std::move(send_options)));
    if (phase.has_head) {
      executor_.run_until([&] { return sent_->done(); });
      ASSERT_TRUE(std::holds_alternative<Response>(**sent_));
      reader_ = std::move(std::get<StreamBody>(std::get<Response>(**sent_).body).reader);
      read_.emplace(reader_->read(buffer_));
      executor_.run_until([&] { return read_->done(); });  // what came with the head
      read_.reset();
      read_.emplace(reader_->read(buffer_));
    }
    reached_.wait();
  }

  void drop() {
    read_.reset();
    reader_.reset();
    sent_.reset();
    first_.reset();
  }

  void expect_cancelled() {
    const Phase& phase = GetParam();
    if (phase.has_head) {
      executor_.run_until([&] { return read_->done(); });
      ASSERT_FALSE(**read_);
      EXPECT_EQ((*read_)->error().code, Code::cancelled);
      return;
    }
    executor_.run_until([&] { return sent_->done(); });
    ASSERT_TRUE(std::holds_alternative<SendError>(**sent_));
    EXPECT_EQ(std::get<SendError>(**sent_).error.code, Code::cancelled);
    EXPECT_EQ(std::get<SendError>(**sent_).reached, phase.reached);
  }

  // A read of the request's body is never cut off: it ends, and the body goes.
  void let_reader_end() {
    if (!gate_.is_waited_for()) return;
    gate_.open();
    executor_.run_posted();
    EXPECT_FALSE(gate_.is_waited_for());
  }

  Event reached_, closed_;
  ScriptedServer server_{[this](Peer& peer) {
    const Phase& phase = GetParam();
    if (!phase.uses_tls) peer.read_head();
    if (phase.has_head) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n12345");
    if (peer.number() == 0) reached_.set();
    if (phase.upload > 0) may_read_.wait();
    peer.wait_for_end();
    closed_.set();
  }};
  Event may_read_;  // until then an upload cannot end
  TestExecutor executor_;
  Gate gate_{executor_};
  std::unique_ptr<Client> client_ = make_client(options());
  std::optional<Running<Sent>> first_, sent_;
  std::unique_ptr<BodyReader> reader_;
  std::byte buffer_[100];
  std::optional<Running<Result<std::size_t>>> read_;
};

TEST_P(ClientStop, AskedToStopItEndsCancelledAndCloses) {
  std::stop_source stop;
  bring_there(stop.get_token());

  stop.request_stop();

  expect_cancelled();
  may_read_.set();
  if (!GetParam().is_queued) closed_.wait();
  let_reader_end();
  drop();
}

TEST_P(ClientStop, DroppedItCloses) {
  bring_there();

  drop();

  may_read_.set();
  closed_.wait();
  let_reader_end();
}

TEST_P(ClientStop, ClosedWithTheClientItEndsCancelled) {
  bring_there();

  client_.reset();

  expect_cancelled();
  may_read_.set();
  closed_.wait();
  let_reader_end();
  drop();
}

TEST_P(ClientStop, DroppedWhileItIsToldNothingResumes) {
  std::stop_source stop;
  bring_there(stop.get_token());

  stop.request_stop();
  executor_.wait_for_post();  // told, not yet heard
  drop();

  executor_.run_posted();
  may_read_.set();
  closed_.wait();
  let_reader_end();
}

INSTANTIATE_TEST_SUITE_P(Phases, ClientStop, ::testing::ValuesIn(kPhases),
                         [](const auto& phase) { return std::string(phase.param.name); });

TEST(ClientStopped, BeforeItIsSentNothingIs) {
  ScriptedServer server([](Peer& peer) { ADD_FAILURE() << peer.read_head(); });
  const auto client = make_client();
  std::stop_source stop;
  stop.request_stop();
  SendOptions options;
  options.stop = stop.get_token();

  const Outcome outcome = testing::ask(*client, server.origin(), "GET", "/", options);

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::cancelled);
  EXPECT_EQ(outcome.error->reached, Reached::not_sent);
}

// Asks to stop in the middle of send(): its first read comes before the request is on its way.
TEST(ClientStopped, AStopWhileItIsSentIsNotLost) {
  class Stopping final : public BodyReader {
   public:
    explicit Stopping(std::stop_source& stop) : stop_(stop) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
      stop_.request_stop();
      into[0] = std::byte('x');
      co_return 1u;
    }

   private:
    std::stop_source& stop_;
  };
  ScriptedServer server([](Peer& peer) { peer.wait_for_end(); });
  const auto client = make_client();
  std::stop_source stop;
  SendOptions options;
  options.stop = stop.get_token();

  const Outcome outcome = testing::ask(*client, server.origin(), "PUT", "/", options,
                                       std::make_unique<Stopping>(stop), 1'000'000);

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::cancelled);
}

TEST(ClientStopped, AfterItsEndNothingHappens) {
  ScriptedServer server([](Peer& peer) {
    while (!peer.read_head().empty()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(peer.number(), 0);
  });
  const auto client = make_client();
  std::stop_source stop;
  SendOptions options;
  options.stop = stop.get_token();

  const Outcome first = testing::ask(*client, server.origin(), "GET", "/", options);
  stop.request_stop();
  const Outcome second = testing::ask(*client, server.origin(), "GET", "/");

  EXPECT_EQ(first.body, "ok");
  EXPECT_EQ(second.body, "ok");
}

TEST(ClientStopped, AReaderDroppedInTheMiddleClosesItsConnectionOnly) {
  Event closed;
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    if (peer.number() == 0) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n12345");
      peer.wait_for_end();
      closed.set();
    } else {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      peer.wait_for_end();
    }
  });
  const auto client = make_client();
  TestExecutor executor;
  {
    Running<Sent> sent(client->send(server.origin(), make_request(executor, "GET", "/"), {}));
    executor.run_until([&] { return sent.done(); });
  }

  closed.wait();

  EXPECT_EQ(testing::ask(*client, server.origin(), "GET", "/").body, "ok");
}

// Stopped ones leave the queue without a look at the others.
TEST(ClientStopped, TenThousandInTheQueueStop) {
  ScriptedServer server([](Peer& peer) { peer.wait_for_end(); });
  ClientOptions options;
  options.max_connections = 1;
  const auto client = make_client(options);
  TestExecutor executor;
  std::stop_source stop;
  std::list<Running<Sent>> asked;

  for (int i = 0; i < 10'000; ++i) {
    SendOptions send_options;
    send_options.stop = stop.get_token();
    asked.emplace_back(client->send(server.origin(), make_request(executor, "GET", "/"), send_options));
  }
  stop.request_stop();

  for (auto& one : asked) {
    executor.run_until([&] { return one.done(); });
    EXPECT_TRUE(std::holds_alternative<SendError>(*one));
  }
}

// Whatever the moment: uploads, answers and both at once, stopped by another thread and dropped by this one.
TEST(ClientStopped, AtAnyMomentNothingBreaks) {
  testing::RunningServer server({}, [](Request request) -> Task<Response> {
    if (request.path == "/early") co_return testing::text("early", 400);
    const Result<std::string> body = co_await read_all(request.body.get(), 10u << 20);
    Response response;
    response.body = StreamBody{std::make_unique<testing::MadeUpBody>(400'000, 50'000), std::nullopt};
    co_return response;
  });
  ClientOptions options;
  options.max_connections = 4;
  options.buffer_bytes = 32u << 10;
  const auto client = make_client(options);
  const std::string origin = "http://127.0.0.1:" + std::to_string(server.port());
  TestExecutor executor;
  std::mt19937 random(1);
  constexpr int kRequests = 600;
  std::vector<std::stop_source> stops(kRequests);
  std::list<Running<Outcome>> asked;
  std::jthread stopper([&stops] {
    for (std::size_t i = 0; i < stops.size(); i += 3) {
      stops[i].request_stop();
      std::this_thread::yield();
    }
  });

  int whole = 0;
  for (int i = 0; i < kRequests; ++i) {
    Request request = make_request(executor, "POST", i % 5 == 0 ? "/early" : "/");
    request.body = std::make_unique<testing::MadeUpBody>(300'000, 20'000);
    if (i % 2 == 0) request.content_length = 300'000;
    SendOptions send_options;
    send_options.stop = stops[static_cast<std::size_t>(i)].get_token();
    asked.emplace_back(testing::ask_within(*client, origin, std::move(request), send_options));
    while (asked.size() > 8) {
      const auto one = std::next(asked.begin(), static_cast<int>(random() % 8));
      if (random() % 4 == 0) {
        asked.erase(one);
        continue;
      }
      executor.run_until([&] { return one->done(); });
      if ((*one)->body.size() == 400'000) ++whole;
      asked.erase(one);
    }
  }
  stopper.join();
  EXPECT_GT(whole, 0);
}

}  // namespace
}  // namespace mere::http
