// What the fuzzer found, and what the corpus cannot say.
#include "http/answer_parser.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace mere::http {
namespace {

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

// Shows the parser what it left and `step` bytes more, again and again, until nothing is left to show.
Status take_all(AnswerParser& parser, std::string_view bytes, std::size_t step) {
  std::size_t used = 0, shown = 0;
  while (shown < bytes.size() && !(parser.has_head() && parser.is_over())) {
    shown = std::min(bytes.size(), shown + step);
    for (std::size_t taken = 1; taken > 0 && used < shown && !(parser.has_head() && parser.is_over());) {
      ASSIGN_OR_RETURN(taken, parser.take(bytes.substr(used, shown - used)));
      used += taken;
    }
  }
  return {};
}

TEST(AnswerParser, ALastChunkMayComeByteByByte) {
  for (const std::string_view body :
       {"0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0;x=1\r\nA: b\r\n\r\n"}) {
    for (const std::size_t step : {1u, 2u, 3u, 4u, 7u, 1000u}) {
      AnswerParser parser(false);

      const Status taken = take_all(parser, std::string(kHead) + std::string(body), step);

      ASSERT_TRUE(taken) << body << " by " << step;
      EXPECT_TRUE(parser.is_over()) << body << " by " << step;
      EXPECT_EQ(parser.decoded, body.starts_with('3') ? "abc" : "") << body << " by " << step;
    }
  }
}

TEST(AnswerParser, AChunkIsGivenAsItComes) {
  AnswerParser parser(false);

  ASSERT_TRUE(take_all(parser, std::string(kHead) + "ff\r\na", 1000));

  EXPECT_EQ(parser.decoded, "a");
}

TEST(AnswerParser, AnswersThatReadersCouldTakeDifferentlyAreRefused) {
  for (const char* fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: -5", "Content-Length : 5"}) {
    AnswerParser parser(false);

    const Status taken =
        take_all(parser, std::string("HTTP/1.1 200 OK\r\n") + fields + "\r\n\r\nhello", 1000);

    ASSERT_FALSE(taken) << fields;
    EXPECT_EQ(taken.error().code, Code::unavailable) << fields;
  }
}

}  // namespace
}  // namespace mere::http
