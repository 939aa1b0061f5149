// Bodies of responses.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <string>

#include "http/test_client.h"
#include "http/test_handlers.h"

namespace mere::http {
namespace {

using testing::Answer;
using testing::content;
using testing::MadeUpBody;
using testing::RawClient;
using testing::RunningServer;
using testing::text;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

std::shared_ptr<const Fd> file_of(std::string_view bytes) {
  auto file = std::make_shared<Fd>(::memfd_create("content", MFD_CLOEXEC));
  while (!bytes.empty()) {
    const ssize_t count = ::write(file->get(), bytes.data(), bytes.size());
    MERE_CHECK(count > 0);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return file;
}

Response stream(std::uint64_t size, std::size_t piece, std::optional<std::uint64_t> length,
                std::uint64_t fail_at = UINT64_MAX) {
  Response response;
  response.body = StreamBody{std::make_unique<MadeUpBody>(size, piece, fail_at), length};
  return response;
}

TEST(ResponseBody, OfAnySizeIsSentWhole) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    co_return text(content(std::stoull(request.path.substr(1))));
  });
  RawClient client(server.port());

  for (const std::uint64_t size : {0u, 1u, 4096u, 4097u, 100'000u, 20'000'000u}) {
    EXPECT_EQ(client.ask("GET /" + std::to_string(size) + " HTTP/1.1\r\nHost: x\r\n\r\n").body,
              content(size));
  }
}

TEST(ResponseBody, FromAFileIsSentWhole) {
  const std::string bytes = content(64u << 20);
  const auto file = file_of(bytes);
  RunningServer server({}, [&](Request) -> Task<Response> {
    Response response;
    response.body = FileBody{file, 0, bytes.size()};
    co_return response;
  });
  RawClient client(server.port());

  const Answer answer = client.ask(kGet);

  EXPECT_TRUE(answer.has("Content-Length: " + std::to_string(bytes.size())));
  EXPECT_TRUE(answer.body == bytes);
  EXPECT_TRUE(client.ask(kGet).whole);
}

TEST(ResponseBody, FromAPieceOfAFileIsThatPiece) {
  const auto file = file_of(content(10'000));
  RunningServer server({}, [&](Request request) -> Task<Response> {
    Response response;
    response.status = 206;
    response.body = FileBody{file, 5000, request.path == "/none" ? 0u : 100u};
    co_return response;
  });
  RawClient client(server.port());

  EXPECT_EQ(client.ask(kGet).body, content(10'000).substr(5000, 100));
  EXPECT_EQ(client.ask("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").body, "");
  EXPECT_EQ(client.ask("GET /none HTTP/1.1\r\nHost: x\r\n\r\n").body, "");
  EXPECT_TRUE(client.ask(kGet).whole);
}

TEST(ResponseBody, FromAFileThatIsTooShortIsCutOff) {
  const auto file = file_of(content(10'000));
  RunningServer server({}, [&](Request) -> Task<Response> {
    Response response;
    response.body = FileBody{file, 0, 20'000};
    co_return response;
  });
  RawClient client(server.port());

  EXPECT_FALSE(client.ask(kGet).whole);
  EXPECT_TRUE(client.was_reset());
}

TEST(ResponseBody, StreamedWithALengthIsSentWhole) {
  RunningServer server({}, [](Request) -> Task<Response> { co_return stream(3'000'000, 70'000, 3'000'000); });
  RawClient client(server.port());

  const Answer answer = client.ask(kGet);

  EXPECT_TRUE(answer.has("Content-Length: 3000000"));
  EXPECT_EQ(answer.body, content(3'000'000));
  EXPECT_TRUE(client.ask(kGet).whole);
}

TEST(ResponseBody, StreamedWithoutALengthIsChunked) {
  RunningServer server({}, [](Request) -> Task<Response> { co_return stream(300'000, 1'234, std::nullopt); });
  RawClient client(server.port());

  const Answer answer = client.ask(kGet);

  EXPECT_TRUE(answer.has("Transfer-Encoding: chunked"));
  EXPECT_EQ(answer.body, content(300'000));
  EXPECT_TRUE(client.ask(kGet).whole);
}

TEST(ResponseBody, StreamedInVeryManyPiecesNeedsNoStack) {
  RunningServer server({}, [](Request) -> Task<Response> { co_return stream(50'000, 1, 50'000); });
  RawClient client(server.port());

  EXPECT_EQ(client.ask(kGet).body, content(50'000));
}

TEST(ResponseBody, StreamedToHttp10EndsWithTheConnection) {
  RunningServer server({}, [](Request) -> Task<Response> { co_return stream(300'000, 1'234, std::nullopt); });
  RawClient client(server.port());

  const Answer answer = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_EQ(answer.body, content(300'000));
  EXPECT_TRUE(answer.whole);
}

TEST(ResponseBody, ThatFailsOnTheWayIsSeenAsCutOff) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    std::optional<std::uint64_t> length;
    if (request.path == "/known") length = 100'000;
    co_return stream(100'000, 10'000, length, 50'000);
  });
  RawClient known(server.port());
  RawClient chunked(server.port());
  RawClient until_close(server.port());

  EXPECT_FALSE(known.ask("GET /known HTTP/1.1\r\nHost: x\r\n\r\n").whole);
  EXPECT_FALSE(chunked.ask(kGet).whole);
  EXPECT_FALSE(until_close.ask("GET / HTTP/1.0\r\n\r\n").whole);
  EXPECT_TRUE(until_close.was_reset());
}

TEST(ResponseBody, ShorterThanItsLengthIsCutOffAndLongerIsNotSent) {
  RunningServer server({}, [](Request request) -> Task<Response> {
    co_return stream(1000, 100, request.path == "/short" ? 2000 : 500);
  });
  RawClient client(server.port());

  EXPECT_EQ(client.ask(kGet).body, content(500));
  EXPECT_TRUE(client.ask(kGet).whole);
  EXPECT_FALSE(client.ask("GET /short HTTP/1.1\r\nHost: x\r\n\r\n").whole);
}

TEST(ResponseBody, OfAClientThatDoesNotReadIsGivenUp) {
  ServerOptions options;
  options.body_timeout = std::chrono::seconds(1);
  const auto file = file_of(content(64u << 20));
  RunningServer server(options, [&](Request request) -> Task<Response> {
    Response response;
    if (request.path == "/file") {
      response.body = FileBody{file, 0, 64u << 20};
    } else {
      response.body = std::string(64u << 20, 'x');
    }
    co_return response;
  });
  RawClient text_client(server.port());
  RawClient file_client(server.port());
  text_client.send(kGet);
  file_client.send("GET /file HTTP/1.1\r\nHost: x\r\n\r\n");

  for (int i = 0; i < 1000 && (i < 10 || server.server().statistics().connections_open > 0); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  EXPECT_EQ(server.server().statistics().connections_open, 0u);
  EXPECT_FALSE(text_client.read().whole);
  EXPECT_FALSE(file_client.read().whole);
}

TEST(ResponseBody, OfAClientThatIsGoneIsGivenUp) {
  const auto file = file_of(content(8u << 20));
  std::atomic<int> asked = 0;
  RunningServer server({}, [&](Request request) -> Task<Response> {
    ++asked;
    Response response;
    if (request.path == "/file") {
      response.body = FileBody{file, 0, 8u << 20};
    } else {
      response = stream(UINT64_MAX, 50'000, std::nullopt);
    }
    co_return response;
  });

  for (int i = 0; i < 20; ++i) {
    RawClient client(server.port());
    client.send(i % 2 ? "GET /file HTTP/1.1\r\nHost: x\r\n\r\n" : kGet);
    client.receive();
    if (i % 4 < 2) {
      client.reset();
    } else {
      client.close();
    }
  }

  for (int i = 0; i < 1000 && server.server().statistics().connections_open > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(asked, 20);
  EXPECT_EQ(server.server().statistics().connections_open, 0u);
}

TEST(ResponseBody, ThatNeverWaitsLetsOthersBeServed) {
  ServerOptions options;
  options.io_threads = 1;
  const auto file = file_of(content(64u << 20));
  RunningServer server(options, [&](Request request) -> Task<Response> {
    if (request.path != "/file") co_return text("quick");
    Response response;
    response.body = FileBody{file, 0, 64u << 20};
    co_return response;
  });
  std::atomic<bool> done = false;
  std::thread hog([&] {
    RawClient client(server.port());
    while (!done) client.ask("GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
  });
  RawClient client(server.port());

  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.ask(kGet).body, "quick");
  done = true;
  hog.join();
}

}  // namespace
}  // namespace mere::http
