#include "block/remote_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <numeric>

#include "base/time_format.h"
#include "block/remote_test_support.h"

namespace mere::block {
namespace {

using http::testing::Peer;
using http::testing::ScriptedServer;
using testing::get_request;
using testing::Remote;

// A store of one object that breaks as told.
class Object {
 public:
  // `cut`: of the n-th request, the bytes of its body that are sent before the connection breaks.
  explicit Object(std::uint64_t size, std::function<std::optional<std::size_t>(int request)> cut = {})
      : bytes_(http::testing::content(size)),
        cut_(std::move(cut)),
        server_([this](Peer& peer) { serve(peer); }) {}

  std::string origin() const { return server_.origin(); }
  const std::string& bytes() const { return bytes_; }
  std::vector<std::string> ranges() const {
    std::lock_guard lock(mutex_);
    return ranges_;
  }
  void replace() { version_ = "\"two\""; }
  void remove() { removed_ = true; }

 private:
  static std::string header(const std::string& head, const std::string& name) {
    const std::size_t at = head.find(name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 2;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
  void serve(Peer& peer) {
    for (;;) {
      const std::string head = peer.read_head();
      if (head.empty()) return;
      const std::string range = header(head, "Range");
      int number = 0;
      {
        std::lock_guard lock(mutex_);
        number = static_cast<int>(ranges_.size());
        ranges_.push_back(range);
      }
      const std::string if_match = header(head, "If-Match");
      if (removed_) {
        peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        continue;
      }
      if (!if_match.empty() && if_match != version_.load()) {
        peer.send("HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n");
        continue;
      }
      std::uint64_t first = 0;
      std::uint64_t last = bytes_.empty() ? 0 : bytes_.size() - 1;
      if (!range.empty()) {
        const char* end = range.data() + range.size();
        const auto [dash, failed] = std::from_chars(range.data() + 6, end, first);
        std::from_chars(dash + 1, end, last);
        last = std::min<std::uint64_t>(last, bytes_.size() - 1);
        if (first >= bytes_.size()) {
          peer.send("HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n");
          continue;
        }
      }
      const std::uint64_t length = bytes_.empty() ? 0 : last - first + 1;
      std::string answer = range.empty() ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 206 Partial Content\r\n";
      if (!range.empty())
        answer += "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" +
                  std::to_string(bytes_.size()) + "\r\n";
      answer += std::string("ETag: ") + version_.load() + "\r\nContent-Length: " + std::to_string(length) +
                "\r\n\r\n";
      peer.send(answer);
      const auto cut = cut_ ? cut_(number) : std::nullopt;
      const std::string_view body = std::string_view(bytes_).substr(first, length);
      peer.send(body.substr(0, cut.value_or(body.size())));
      if (cut && *cut < body.size()) return;
    }
  }

  const std::string bytes_;
  const std::function<std::optional<std::size_t>(int)> cut_;
  std::atomic<const char*> version_{"\"one\""};
  std::atomic<bool> removed_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> ranges_;
  ScriptedServer server_;
};

Result<std::unique_ptr<Reader>> open(const Remote& remote) {
  return open_remote_reader(remote.client(), {get_request(), [](const http::Headers& headers) {
                                                return Properties{.etag = std::string(headers.get("ETag"))};
                                              }});
}

std::string read(const Reader& reader, std::uint64_t offset, std::size_t size) {
  std::string into(size, '?');
  const auto count = reader.read_at(offset, std::as_writable_bytes(std::span(into)));
  return count ? into.substr(0, *count) : "error: " + count.error().message;
}

TEST(RemoteReader, ASmallObjectCostsOneRequest) {
  Object object(1000);
  Remote remote(object.origin());

  auto reader = open(remote);

  ASSERT_TRUE(reader);
  EXPECT_EQ(read(**reader, 0, 5000), object.bytes());
  EXPECT_EQ(read(**reader, 990, 5000), object.bytes().substr(990));
  EXPECT_EQ((*reader)->properties().size_bytes, 1000u);
  EXPECT_EQ((*reader)->properties().etag, "\"one\"");
  EXPECT_EQ(object.ranges().size(), 1u);
}

TEST(RemoteReader, AnEmptyObjectIsEmpty) {
  Object object(0);
  Remote remote(object.origin());

  auto reader = open(remote);

  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->properties().size_bytes, 0u);
  EXPECT_EQ(read(**reader, 0, 10), "");
}

TEST(RemoteReader, AMissingObjectIsNotFound) {
  Object object(10);
  object.remove();
  Remote remote(object.origin());

  EXPECT_EQ(open(remote).error().code, Code::not_found);
}

TEST(RemoteReader, AServiceThatIsAwayIsAskedNoMoreOftenThanForAnythingElse) {
  ScriptedServer away([](Peer& peer) {
    while (!peer.read_head().empty()) peer.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  });
  Remote remote(away.origin(), {.max_retries = 3});

  auto reader = open(remote);

  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Code::unavailable);
  EXPECT_EQ(remote.service().prepared, 4);
}

TEST(RemoteReader, ReadingOnSharesOneRequest) {
  Object object(3'000'000);
  Remote remote(object.origin());
  auto reader = *open(remote);

  std::string bytes;
  while (bytes.size() < object.bytes().size()) bytes += read(*reader, bytes.size(), 70'000);

  EXPECT_EQ(bytes, object.bytes());
  EXPECT_THAT(object.ranges(), ::testing::ElementsAre("bytes=0-131071", "bytes=131072-2999999"));
}

TEST(RemoteReader, AReadAwayFromTheLastAsksForItsRangeAlone) {
  Object object(3'000'000);
  Remote remote(object.origin());
  auto reader = *open(remote);

  EXPECT_EQ(read(*reader, 2'000'000, 100), object.bytes().substr(2'000'000, 100));
  EXPECT_EQ(read(*reader, 2'999'990, 100), object.bytes().substr(2'999'990));
  EXPECT_EQ(read(*reader, 131'000, 200), object.bytes().substr(131'000, 200));

  EXPECT_THAT(object.ranges(), ::testing::ElementsAre("bytes=0-131071", "bytes=2000000-2000099",
                                                      "bytes=2999990-2999999", "bytes=131072-131199"));
}

TEST(RemoteReader, GoesOnWhereAConnectionBroke) {
  // Every answer but the fifth breaks, each a little later.
  Object object(1'000'000, [](int request) -> std::optional<std::size_t> {
    if (request == 4) return std::nullopt;
    return 100'000 + static_cast<std::size_t>(request) * 7;
  });
  Remote remote(object.origin(), {.max_retries = 20});

  // The beginning is fetched whole, or from its first byte again.
  auto reader = open(remote);

  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(read(**reader, 0, 1'000'000), object.bytes());
}

TEST(RemoteReader, NeverTakesAShortBodyForTheWhole) {
  Object object(1'000'000, [](int request) -> std::optional<std::size_t> {
    if (request == 0) return std::nullopt;
    return 0;
  });
  Remote remote(object.origin(), {.max_retries = 2});
  auto reader = *open(remote);

  std::string into(1'000'000, '?');
  auto count = reader->read_at(0, std::as_writable_bytes(std::span(into)));

  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Code::unavailable);
  EXPECT_EQ(object.ranges().size(), 4u);
}

TEST(RemoteReader, ProgressStartsTheCountOfRetriesAnew) {
  Object object(3'000'000, [](int request) -> std::optional<std::size_t> {
    if (request == 0) return std::nullopt;
    return 50'000;
  });
  Remote remote(object.origin(), {.max_retries = 1});
  auto reader = *open(remote);

  EXPECT_EQ(read(*reader, 0, 3'000'000), object.bytes());
}

TEST(RemoteReader, NeverMixesTwoVersions) {
  Object object(1'000'000);
  Remote remote(object.origin());
  auto reader = *open(remote);

  object.replace();
  EXPECT_EQ(read(*reader, 0, 1000), object.bytes().substr(0, 1000));  // fetched before
  std::string into(1000, '?');
  auto count = reader->read_at(500'000, std::as_writable_bytes(std::span(into)));

  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Code::gone);
}

TEST(RemoteReader, SaysThatAnObjectIsGone) {
  Object object(1'000'000);
  Remote remote(object.origin());
  auto reader = *open(remote);

  object.remove();
  std::string into(1000, '?');
  auto count = reader->read_at(500'000, std::as_writable_bytes(std::span(into)));

  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Code::gone);
}

TEST(RemoteReader, RefusesOtherBytesThanThoseAskedFor) {
  for (const char* range :
       {"bytes 1-10/100", "bytes 0-99", "bytes 5-3/100", "bytes 0-100/100", "items 0-9/10", ""}) {
    ScriptedServer server([&](Peer& peer) {
      while (!peer.read_head().empty())
        peer.send(std::string("HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nContent-Range: ") +
                  range + "\r\n\r\n0123456789");
    });
    Remote remote(server.origin());

    auto reader = open(remote);

    ASSERT_FALSE(reader) << range;
    EXPECT_EQ(reader.error().code, Code::corrupt);
  }
}

TEST(RemoteReader, ReadsWholeFromAServiceWithoutRanges) {
  const std::string bytes = http::testing::content(500'000);
  ScriptedServer server([&](Peer& peer) {
    while (!peer.read_head().empty()) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n");
      peer.send(bytes);
    }
  });
  Remote remote(server.origin());
  auto reader = open(remote);

  ASSERT_TRUE(reader);
  EXPECT_EQ(read(**reader, 0, 500'000), bytes);
}

TEST(RemoteReader, IsSharedByThreads) {
  Object object(2'000'000);
  Remote remote(object.origin());
  const std::unique_ptr<Reader> reader = *open(remote);
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n) {
        const std::uint64_t offset = static_cast<std::uint64_t>((i * 20 + n) * 12'345 % 1'900'000);
        if (read(*reader, offset, 90'000) != object.bytes().substr(offset, 90'000)) ++wrong;
      }
    });
  threads.clear();

  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace mere::block
