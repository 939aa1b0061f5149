#include "client/object_reader.h"

#include <gtest/gtest.h>

#include <map>

namespace mere::client {
namespace {

// An object that is served by ranges, with what goes wrong on the way.
class RangeHandler final : public http::Handler {
 public:
  Task<http::Response> handle(http::Request request) override {
    ranges.emplace_back(request.headers.get("Range"));
    std::uint64_t first = 0;
    std::uint64_t last = content.empty() ? 0 : content.size() - 1;
    std::sscanf(ranges.back().c_str(), "bytes=%lu-%lu", &first, &last);
    http::Response response;
    response.headers.add("ETag", tag);
    if (first >= content.size()) {
      response.status = 416;
      response.headers.add("Content-Range", "bytes */" + std::to_string(content.size()));
      co_return response;
    }
    last = std::min<std::uint64_t>(last, content.size() - 1);
    std::string piece = content.substr(first, last - first + 1);
    response.status = ignores_ranges ? 200 : 206;
    if (ignores_ranges) {
      response.body = content;
      co_return response;
    }
    response.headers.add("Content-Range", "bytes " + std::to_string(first) + "-" + std::to_string(last) +
                                              "/" + std::to_string(content.size()));
    const std::uint64_t length = piece.size();
    if (breaks_after) {
      piece.resize(std::min<std::size_t>(piece.size(), *breaks_after));
      if (--breaks == 0) breaks_after.reset();
    }
    response.body = http::StreamBody{http::make_string_body(std::move(piece)), length};
    co_return response;
  }

  std::string content;
  std::string tag = "\"one\"";
  bool ignores_ranges = false;
  std::optional<std::size_t> breaks_after;  // that many bytes of each answer, `breaks` times
  int breaks = 0;
  std::vector<std::string> ranges;
};

class ObjectReaderTest : public testing::Test {
 protected:
  ObjectReaderTest() {
    for (std::uint32_t i = 0; i < 3'000'000; i += 4) {
      handler_.content.append(reinterpret_cast<const char*>(&i), 4);
    }
  }
  ObjectReader reader() { return ObjectReader(Api(session_), {"p", "main", "x"}); }
  std::string_view expected(std::size_t offset, std::size_t length) const {
    return std::string_view(handler_.content).substr(offset, length);
  }

  RangeHandler handler_;
  std::shared_ptr<Session> session_ = Session::over(make_local_transport(handler_, "a test"), {});
};

TEST_F(ObjectReaderTest, ReadsInOrderByGrowingRangesAndThenAllThatIsLeft) {
  ObjectReader from = reader();
  std::string all;
  for (;;) {
    const auto piece = from.read(10'000);
    ASSERT_TRUE(piece) << piece.error().message;
    if (piece->empty()) break;
    all += *piece;
  }

  EXPECT_TRUE(all == handler_.content);
  EXPECT_LE(handler_.ranges.size(), 6u);
  EXPECT_EQ(handler_.ranges.front(), "bytes=0-65535");
  EXPECT_TRUE(handler_.ranges.back().ends_with("-"));
}

TEST_F(ObjectReaderTest, AllThatIsLeftIsOneRequest) {
  ObjectReader from = reader();
  from.seek(1000);

  const auto rest = from.read_rest();

  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_TRUE(*rest == expected(1000, std::string::npos));
  EXPECT_EQ(handler_.ranges, std::vector<std::string>{"bytes=1000-"});
}

TEST_F(ObjectReaderTest, JumpsFetchOnlyWhatIsNear) {
  ObjectReader from = reader();

  for (const std::size_t offset : {2'900'000u, 17u, 1'500'000u, 1'500'100u, 0u}) {
    from.seek(offset);
    const auto piece = from.read(50);
    ASSERT_TRUE(piece) << piece.error().message;
    EXPECT_EQ(*piece, expected(offset, 50));
  }
  EXPECT_EQ(handler_.ranges.size(), 4u);  // the last but one lay in the range before it
}

TEST_F(ObjectReaderTest, BehindTheEndThereIsNothing) {
  ObjectReader from = reader();
  from.seek(handler_.content.size() + 5);

  const auto nothing = from.read(10);

  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_EQ(*nothing, "");
  EXPECT_EQ(*from.size(), handler_.content.size());
}

TEST_F(ObjectReaderTest, AnEmptyObjectIsEmpty) {
  handler_.content.clear();

  EXPECT_EQ(*reader().read_rest(), "");
  EXPECT_EQ(*reader().read_line(), std::nullopt);
}

TEST_F(ObjectReaderTest, AConnectionThatBreaksIsResumedWhereItBroke) {
  handler_.breaks_after = 100'000;
  handler_.breaks = 12;

  const auto all = reader().read_rest();

  ASSERT_TRUE(all) << all.error().message;
  EXPECT_TRUE(*all == handler_.content);
  EXPECT_EQ(handler_.ranges.at(1), "bytes=100000-");
}

TEST_F(ObjectReaderTest, AServerThatBringsNothingIsGivenUp) {
  handler_.breaks_after = 0;
  handler_.breaks = 1000;

  const auto all = reader().read_rest();

  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, Code::unavailable);
  EXPECT_TRUE(all.error().message.starts_with("lakefs://p/main/x: ")) << all.error().message;
  EXPECT_EQ(handler_.ranges.size(), 5u);
}

TEST_F(ObjectReaderTest, AnObjectThatIsWrittenAnewIsNeverMixedWithItself) {
  ObjectReader from = reader();
  ASSERT_TRUE(from.read(10));
  handler_.tag = "\"two\"";
  from.seek(2'000'000);

  const auto other = from.read(10);

  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::precondition_failed);
}

TEST_F(ObjectReaderTest, AServerWithoutRangesIsReadFromItsFront) {
  handler_.ignores_ranges = true;
  ObjectReader from = reader();
  from.seek(2'000'000);

  const auto piece = from.read(50);

  ASSERT_TRUE(piece) << piece.error().message;
  EXPECT_EQ(*piece, expected(2'000'000, 50));
}

TEST_F(ObjectReaderTest, LinesAndBytesCanBeReadInTurn) {
  handler_.content = "one\n\ntwo" + std::string(200'000, 'x') + "\nrest";
  ObjectReader from = reader();

  EXPECT_EQ(*from.read_line(), "one\n");
  EXPECT_EQ(*from.read_line(), "\n");
  EXPECT_EQ(from.tell(), 5u);
  EXPECT_EQ(*from.read(2), "tw");
  const auto line = from.read_line();
  ASSERT_TRUE(line && *line);
  EXPECT_EQ((*line)->size(), 200'002u);
  EXPECT_EQ(*from.read_line(), "rest");
  EXPECT_EQ(*from.read_line(), std::nullopt);
  from.seek(1);
  EXPECT_EQ(*from.read_line(), "ne\n");
}

TEST_F(ObjectReaderTest, WhatIsLargerThanItsLimitIsRefused) {
  EXPECT_EQ(reader().read_rest(1000).error().code, Code::too_large);
  EXPECT_EQ(reader().read_rest(handler_.content.size())->size(), handler_.content.size());
  handler_.content = std::string(5000, 'x');
  EXPECT_EQ(reader().read_line(1000).error().code, Code::too_large);
}

}  // namespace
}  // namespace mere::client
