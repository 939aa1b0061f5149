// The client against our own server: answers, bodies both ways, connections. TLS: client_tls_test.cpp.
#include "http/client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <vector>

#include "http/client_test_support.h"
#include "http/test_client.h"
#include "http/test_handlers.h"

namespace mere::http {
namespace {

using testing::ask;
using testing::byte_at;
using testing::content;
using testing::echo;
using testing::Event;
using testing::MadeUpBody;
using testing::make_client;
using testing::make_request;
using testing::Outcome;
using testing::Running;
using testing::RunningServer;
using testing::Sent;
using testing::TestExecutor;
using testing::text;

std::string origin_of(const RunningServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

// The size of the body if every byte is the one of the made-up content.
Task<Response> check_body(Request request) {
  if (!request.body) co_return text("0");
  const auto buffer = std::make_unique<std::byte[]>(256u << 10);
  std::uint64_t position = 0;
  for (;;) {
    const Result<std::size_t> count = co_await request.body->read({buffer.get(), 256u << 10});
    if (!count) co_return text(std::string(name_of(count.error().code)), 400);
    if (*count == 0) break;
    for (std::size_t i = 0; i < *count; ++i) {
      if (buffer[i] != static_cast<std::byte>(byte_at(position + i))) co_return text("wrong bytes", 400);
    }
    position += *count;
  }
  co_return text(std::to_string(position));
}

class AnyClient : public testing::BothWays {};
INSTANTIATE_TEST_SUITE_P(Ways, AnyClient,
                         ::testing::Values(BlockingExecutor::Tasks::many, BlockingExecutor::Tasks::one),
                         testing::name_of_way);

TEST_P(AnyClient, GivesStatusHeadersAndBody) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    Response response =
        text("said " + std::string(request.headers.get("X-Word")) + " of " + request.query, 418);
    response.headers.add("X-Empty", "");
    response.headers.add("X-Twice", "1");
    response.headers.add("X-Twice", "2");
    co_return response;
  });
  const auto client = make_client();
  BlockingExecutor executor(testing::way());
  Request request = make_request(executor, "GET", "/a%20b");
  request.query = "q=1&r=%2F";
  request.headers.add("X-Word", "hello");

  const Outcome outcome =
      executor.run(testing::ask_within(*client, origin_of(server), std::move(request), {}));

  EXPECT_EQ(outcome.status, 418);
  EXPECT_EQ(outcome.body, "said hello of q=1&r=%2F");
  EXPECT_EQ(outcome.headers.get("content-type"), "text/plain");
  ASSERT_TRUE(outcome.headers.contains("X-Empty"));
  EXPECT_EQ(std::count_if(outcome.headers.begin(), outcome.headers.end(),
                          [](const auto& field) { return field.first == "X-Twice"; }),
            2);
  for (const char* framing : {"Content-Length", "Connection", "Date"}) {
    EXPECT_FALSE(outcome.headers.contains(framing)) << framing;
  }
}

TEST_P(AnyClient, SaysWhatItWasToldAndNothingOfItsOwn) {
  std::map<std::string, std::string> seen;
  RunningServer server({}, [&](Request request) -> Task<Response> {
    for (const auto& [name, value] : request.headers) seen[name] = value;
    co_return text("");
  });
  const auto client = make_client();
  BlockingExecutor executor(testing::way());
  Request request = make_request(executor, "POST", "/");
  request.headers.add("X-Empty", "");
  request.headers.add("Content-Length", "77");  // says the body, not the caller

  executor.run(testing::ask_within(*client, origin_of(server), std::move(request), {}));

  const std::map<std::string, std::string> expected = {
      {"Host", "127.0.0.1:" + std::to_string(server.port())}, {"X-Empty", ""}, {"Content-Length", "0"}};
  EXPECT_EQ(seen, expected);
}

TEST_P(AnyClient, AnswersWithoutABodyKeepTheConnection) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    if (request.method == "HEAD") co_return text(std::string(1234, 'x'));
    Response response;
    response.status = request.path == "/204" ? 204 : 304;
    if (response.status == 304) response.content_length_without_body = 99;
    co_return response;
  });
  const auto client = make_client();

  const Outcome head = ask(*client, origin_of(server), "HEAD", "/");
  const Outcome empty = ask(*client, origin_of(server), "GET", "/204");
  const Outcome unchanged = ask(*client, origin_of(server), "GET", "/304");

  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.length, 1234u);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(empty.status, 204);
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.length, 99u);
  EXPECT_EQ(server.server().statistics().connections_total, 1u);
}

TEST_P(AnyClient, ReadsAnswersOfKnownAndUnknownLength) {
  static constexpr std::uint64_t kSize = 5'000'000;
  RunningServer server({}, [](Request request) -> Task<Response> {
    Response response;
    const bool known = request.path == "/known";
    response.body =
        StreamBody{std::make_unique<MadeUpBody>(kSize, 12'345), known ? std::optional(kSize) : std::nullopt};
    co_return response;
  });
  const auto client = make_client();

  const Outcome known = ask(*client, origin_of(server), "GET", "/known");
  const Outcome chunked = ask(*client, origin_of(server), "GET", "/chunked");

  EXPECT_EQ(known.length, kSize);
  EXPECT_EQ(chunked.length, std::nullopt);
  EXPECT_TRUE(known.body == content(kSize));
  EXPECT_TRUE(chunked.body == content(kSize));
  EXPECT_EQ(server.server().statistics().connections_total, 1u);
}

TEST_P(AnyClient, AStreamThatFailsOnTheServerIsNeverAShortBody) {
  RunningServer server({}, [](Request) -> Task<Response> {
    Response response;
    response.body = StreamBody{std::make_unique<MadeUpBody>(3'000'000, 1000, 2'000'000), std::nullopt};
    co_return response;
  });
  const auto client = make_client();

  const Outcome outcome = ask(*client, origin_of(server), "GET", "/");

  ASSERT_TRUE(outcome.body_error);
  EXPECT_EQ(outcome.body_error->code, Code::unavailable);
}

TEST_P(AnyClient, KeepsItsConnection) {
  RunningServer server({}, echo);
  const auto client = make_client();

  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(ask(*client, origin_of(server), "GET", "/" + std::to_string(i)).body,
              "GET /" + std::to_string(i));
  }

  EXPECT_EQ(server.server().statistics().connections_total, 1u);
}

TEST_P(AnyClient, RunsAThousandRequestsOnEightConnections) {
  RunningServer server({}, echo);
  ClientOptions options;
  options.max_connections = 8;
  const auto client = make_client(options);
  TestExecutor executor;
  std::list<Running<Outcome>> asked;

  for (int i = 0; i < 1000; ++i) {
    Request request = make_request(executor, "POST", "/" + std::to_string(i));
    request.body = make_string_body(std::to_string(i * 7));
    request.content_length = std::to_string(i * 7).size();
    asked.emplace_back(testing::ask_within(*client, origin_of(server), std::move(request), {}));
  }
  executor.run_until(
      [&] { return std::all_of(asked.begin(), asked.end(), [](auto& one) { return one.done(); }); });

  int i = 0;
  for (auto& one : asked) {
    EXPECT_EQ(one->body, "POST /" + std::to_string(i) + "\n" + std::to_string(i * 7));
    ++i;
  }
  EXPECT_LE(server.server().statistics().connections_total, 8u);
}

// ---- Bodies larger than any buffer ----

// Tells how far the server has come with an answer.
class CountedBody final : public BodyReader {
 public:
  CountedBody(std::uint64_t size, std::atomic<std::uint64_t>& made) : body_(size, 256u << 10), made_(made) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    Result<std::size_t> count = co_await body_.read(into);
    if (count) made_ += *count;
    co_return count;
  }

 private:
  MadeUpBody body_;
  std::atomic<std::uint64_t>& made_;
};

TEST_P(AnyClient, ReadsAheadOfASlowReaderByABufferOnly) {
  constexpr std::uint64_t kSize = 100u << 20;
  // What a loopback connection holds by itself, both ends.
  constexpr std::uint64_t kAhead = 24u << 20;
  std::atomic<std::uint64_t> made = 0;
  RunningServer server({}, [&](Request request) -> Task<Response> {
    if (request.path != "/large") co_return text("small");
    Response response;
    response.body = StreamBody{std::make_unique<CountedBody>(kSize, made), kSize};
    co_return response;
  });
  const auto client = make_client();
  BlockingExecutor executor;
  auto read = [&](std::string origin) -> Task<std::uint64_t> {
    Request request = make_request(executor, "GET", "/large");
    Sent sent = co_await client->send(origin, std::move(request), {});
    StreamBody& body = std::get<StreamBody>(std::get<Response>(sent).body);
    const auto buffer = std::make_unique<std::byte[]>(256u << 10);
    std::uint64_t position = 0;
    for (;;) {
      if (position % (8u << 20) < (256u << 10)) {  // others get through meanwhile
        Request other = make_request(executor, "GET", "/small");
        Sent small = co_await client->send(origin, std::move(other), {});
        EXPECT_EQ(std::get<Response>(small).status, 200);
      }
      const Result<std::size_t> count = co_await body.reader->read({buffer.get(), 256u << 10});
      if (!count || *count == 0) break;
      EXPECT_EQ(static_cast<char>(buffer[0]), byte_at(position));
      EXPECT_EQ(static_cast<char>(buffer[*count - 1]), byte_at(position + *count - 1));
      position += *count;
      EXPECT_LT(made - position, kAhead);
    }
    co_return position;
  };

  EXPECT_EQ(executor.run(read(origin_of(server))), kSize);
}

TEST_P(AnyClient, UploadsBodiesOfKnownAndUnknownLength) {
  RunningServer server({}, check_body);
  const auto client = make_client();

  for (const std::uint64_t size : {0ull, 1ull, 65'536ull, 262'144ull, 262'145ull, 40'000'000ull}) {
    for (const std::size_t piece : {std::size_t(10'000), std::size_t(1u << 20)}) {
      const Outcome known =
          ask(*client, origin_of(server), "PUT", "/", {}, std::make_unique<MadeUpBody>(size, piece), size);
      const Outcome unknown =
          ask(*client, origin_of(server), "POST", "/", {}, std::make_unique<MadeUpBody>(size, piece));
      EXPECT_EQ(known.body, std::to_string(size));
      EXPECT_EQ(unknown.body, std::to_string(size));
    }
  }
  EXPECT_EQ(server.server().statistics().connections_total,
            GetParam() == BlockingExecutor::Tasks::one ? 2u : 1u);
}

TEST_P(AnyClient, AnUploadWhoseReaderFailsIsItsError) {
  Event ended;
  Code seen = Code::internal;
  RunningServer server({}, [&](Request request) -> Task<Response> {
    const Result<std::string> body = co_await read_all(request.body.get(), 10u << 20);
    if (!body) seen = body.error().code;
    ended.set();
    co_return text("never mind");
  });
  const auto client = make_client();

  const Outcome outcome = ask(*client, origin_of(server), "PUT", "/", {},
                              std::make_unique<MadeUpBody>(3'000'000, 1000, 2'000'000), 3'000'000);
  ended.wait();

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::io_error);
  EXPECT_EQ(outcome.error->reached, Reached::maybe);
  EXPECT_EQ(seen, Code::cancelled);  // the server never took it for whole
}

TEST_P(AnyClient, AnUploadOfAnotherLengthThanSaidIsRefused) {
  RunningServer server({}, check_body);
  const auto client = make_client();

  for (const std::uint64_t said : {9u, 11u}) {
    const Outcome outcome =
        ask(*client, origin_of(server), "PUT", "/", {}, make_string_body("0123456789"), said);

    ASSERT_TRUE(outcome.error) << said;
    EXPECT_EQ(outcome.error->error.code, Code::invalid_argument);
  }
}

class ThrowingBody final : public BodyReader {
 public:
  Task<Result<std::size_t>> read(std::span<std::byte>) override {
    throw std::runtime_error("made up");
    co_return 0u;
  }
};

TEST_P(AnyClient, AnUploadWhoseReaderThrowsIsInternal) {
  RunningServer server({}, check_body);
  const auto client = make_client();

  const Outcome outcome =
      ask(*client, origin_of(server), "PUT", "/", {}, std::make_unique<ThrowingBody>(), 10);

  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->error.code, Code::internal);
  EXPECT_NE(outcome.error->error.message.find("made up"), std::string::npos);
}

TEST_P(AnyClient, TellsAnEarlyAnswerOfAServerThatReadsNoBody) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    co_return text("enough", request.path == "/413" ? 413 : 200);
  });
  const auto client = make_client();

  for (const char* path : {"/413", "/200"}) {
    for (int i = 0; i < 20; ++i) {
      const Outcome outcome = ask(*client, origin_of(server), "POST", path, {},
                                  std::make_unique<MadeUpBody>(100'000'000, 1u << 20), 100'000'000);
      EXPECT_EQ(outcome.body, "enough") << (outcome.error ? outcome.error->error.message : "");
      EXPECT_FALSE(outcome.body_error);
    }
  }
}

TEST_P(AnyClient, AnswersAndUploadsAtTheSameTime) {
  // Sends back what comes, as it comes.
  class Back final : public BodyReader {
   public:
    explicit Back(std::unique_ptr<BodyReader> from) : from_(std::move(from)) {}
    Task<Result<std::size_t>> read(std::span<std::byte> into) override { return from_->read(into); }

   private:
    std::unique_ptr<BodyReader> from_;
  };
  RunningServer server({}, [](Request request) -> Task<Response> {
    Response response;
    response.body = StreamBody{std::make_unique<Back>(std::move(request.body)), std::nullopt};
    co_return response;
  });
  ClientOptions options;
  options.buffer_bytes = 64u << 10;  // both sides pause often
  const auto client = make_client(options);

  const Outcome outcome =
      ask(*client, origin_of(server), "POST", "/", {}, std::make_unique<MadeUpBody>(20'000'000, 7777));

  EXPECT_TRUE(outcome.body == content(20'000'000));
  EXPECT_FALSE(outcome.body_error);
}

// ---- What is no request ----

TEST_P(AnyClient, RefusesWhatIsNoRequest) {
  const auto client = make_client();
  BlockingExecutor executor(testing::way());
  const auto code_of = [&](std::string origin, auto change) {
    Request request = make_request(executor, "GET", "/");
    change(request);
    const Outcome outcome =
        executor.run(testing::ask_within(*client, std::move(origin), std::move(request), {}));
    EXPECT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->reached, Reached::not_sent);
    return outcome.error->error.code;
  };
  const auto nothing = [](Request&) {};

  for (const char* origin :
       {"", "127.0.0.1:1", "ftp://127.0.0.1", "http://", "http://a/b", "http://u@h", "http://h:"}) {
    EXPECT_EQ(code_of(origin, nothing), Code::invalid_argument) << origin;
  }
  const std::string good = "http://127.0.0.1:1";
  EXPECT_EQ(code_of(good, [](Request& request) { request.path = "no-slash"; }), Code::invalid_argument);
  EXPECT_EQ(code_of(good, [](Request& request) { request.path = "/a b"; }), Code::invalid_argument);
  EXPECT_EQ(code_of(good, [](Request& request) { request.path = "/a?b"; }), Code::invalid_argument);
  EXPECT_EQ(code_of(good, [](Request& request) { request.query = "a\r\nb"; }), Code::invalid_argument);
  EXPECT_EQ(code_of(good, [](Request& request) { request.method = "GE T"; }), Code::invalid_argument);
  EXPECT_EQ(code_of(good, [](Request& request) { request.headers.add("X", "a\r\nY: b"); }),
            Code::invalid_argument);
  EXPECT_EQ(code_of(good, [](Request& request) { request.headers.add("X Y", "a"); }), Code::invalid_argument);
}

TEST_P(AnyClient, RefusesOptionsThatCannotBe) {
  ClientOptions no_file;
  no_file.ca_file = "/nowhere/ca.pem";
  ClientOptions no_proxy;
  no_proxy.proxy = "http://";
  ClientOptions no_connections;
  no_connections.max_connections = 0;

  for (const ClientOptions& options : {no_file, no_proxy, no_connections}) {
    const auto client = Client::make(options);

    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, Code::invalid_argument);
  }
}

}  // namespace
}  // namespace mere::http
