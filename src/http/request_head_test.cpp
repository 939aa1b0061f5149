#include "http/request_head.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mere::http {
namespace {

// What a server does with bytes that arrive all at once.
std::variant<RequestHead, Refusal> parse(std::string_view bytes, const HeadLimits& limits = {}) {
  const auto scanned = HeadScanner(limits).scan(bytes);
  if (const auto* refusal = std::get_if<Refusal>(&scanned)) return *refusal;
  const auto* found = std::get_if<HeadScanner::Complete>(&scanned);
  if (!found) return Refusal{0, "incomplete"};
  return parse_request_head(bytes.substr(found->begin, found->end - found->begin), limits);
}

RequestHead accepted(std::string_view bytes) {
  auto parsed = parse(bytes);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
    ADD_FAILURE() << refusal->status << ' ' << refusal->reason;
    return {};
  }
  return std::get<RequestHead>(std::move(parsed));
}

int refused(std::string_view bytes, const HeadLimits& limits = {}) {
  const auto parsed = parse(bytes, limits);
  const auto* refusal = std::get_if<Refusal>(&parsed);
  return refusal ? refusal->status : 200;
}

// The same request with other fields.
std::string with(std::string_view fields) {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n\r\n";
}

TEST(RequestHead, HoldsMethodTargetAndFields) {
  const RequestHead head = accepted("GET /a%20b/c?d=e?f HTTP/1.1\r\nHost: h\r\nX-A:  1 2\t\r\nx-b:\r\n\r\n");

  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.path, "/a%20b/c");
  EXPECT_EQ(head.query, "d=e?f");
  EXPECT_EQ(head.headers.get("x-a"), "1 2");
  EXPECT_TRUE(head.headers.contains("X-B"));
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.content_length);
}

TEST(RequestHead, EmptyLinesBeforeARequestAreSkipped) {
  EXPECT_EQ(accepted("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n").path, "/");
  EXPECT_EQ(refused(std::string(100, '\r')), 0);
  EXPECT_EQ(refused("\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
            400);
}

TEST(RequestHead, AbsoluteTargetNamesTheHost) {
  const RequestHead head = accepted("GET http://real:80/p?q HTTP/1.1\r\nHost: other\r\n\r\n");

  EXPECT_EQ(head.path, "/p");
  EXPECT_EQ(head.query, "q");
  EXPECT_EQ(head.headers.get("host"), "real:80");
  EXPECT_EQ(accepted("GET http://real HTTP/1.1\r\nHost: h\r\n\r\n").path, "/");
}

TEST(RequestHead, AsteriskIsForOptions) {
  EXPECT_EQ(accepted("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").path, "*");
  EXPECT_EQ(refused("GET * HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
}

TEST(RequestHead, MalformedRequestLinesAreRefused) {
  for (const char* line : {"GET / HTTP/1.1 ", "GET  / HTTP/1.1", " GET / HTTP/1.1", "GET /", "GET",
                           "GET / HTTP/1", "GET / http/1.1", "GET / HTTP/1.10", "G(T / HTTP/1.1",
                           "GET x HTTP/1.1", "GET /a b HTTP/1.1", "GET /#f HTTP/1.1", "GET ftp://h/ HTTP/1.1",
                           "GET http:/// HTTP/1.1", "GET\t/ HTTP/1.1", "GET /\x01 HTTP/1.1"}) {
    EXPECT_EQ(refused(std::string(line) + "\r\nHost: h\r\n\r\n"), 400) << line;
  }
  EXPECT_EQ(refused("CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n"), 501);
}

TEST(RequestHead, OtherVersionsAreRefused) {
  EXPECT_EQ(refused("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(refused("GET / HTTP/0.9\r\n\r\n"), 505);
}

TEST(RequestHead, WhatIsNotHttpIsRefusedAtItsFirstByte) {
  EXPECT_EQ(refused("\x16\x03\x01"), 400);
  EXPECT_EQ(refused("{"), 400);
}

TEST(RequestHead, LinesEndInCrLf) {
  EXPECT_EQ(refused("GET / HTTP/1.1\nHost: h\n\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\n\n"), 400);
  EXPECT_EQ(refused("\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(refused(with("X: a\rb")), 400);
}

TEST(RequestHead, MalformedFieldsAreRefused) {
  for (const char* field : {"X : 1", " X: 1", "X", ": 1", "X: 1\r\n folded", "X: 1\r\n\tfolded", "X\x01: 1",
                            "X: \x01", "X: \x7f", "X(: 1", "X Y: 1"}) {
    EXPECT_EQ(refused(with(field)), 400) << field;
  }
  using std::string_literals::operator""s;
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"s), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n Host: h\r\n\r\n"), 400);
  EXPECT_EQ(accepted(with("X: caf\xc3\xa9")).headers.get("x"), "caf\xc3\xa9");
}

TEST(RequestHead, HostIsSaidOnce) {
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refused(with("Host: h")), 400);
  EXPECT_EQ(accepted("GET / HTTP/1.0\r\n\r\n").minor_version, 0);
}

TEST(RequestHead, ContentLengthIsOneNumber) {
  EXPECT_EQ(accepted(with("Content-Length: 12")).content_length, 12u);
  EXPECT_EQ(accepted(with("Content-Length: 12\r\nContent-Length: 12")).content_length, 12u);
  EXPECT_EQ(accepted(with("Content-Length: 18446744073709551615")).content_length, UINT64_MAX);
  for (const char* value : {"", "-1", "+1", "1 2", "1,1", "0x10", "1.0", "18446744073709551616", "a", "1;"}) {
    EXPECT_EQ(refused(with(std::string("Content-Length: ") + value)), 400) << value;
  }
  EXPECT_EQ(refused(with("Content-Length: 1\r\nContent-Length: 2")), 400);
}

TEST(RequestHead, TransferEncodingIsChunkedAlone) {
  EXPECT_TRUE(accepted(with("Transfer-Encoding: Chunked")).chunked);
  EXPECT_EQ(refused(with("Transfer-Encoding: gzip, chunked")), 501);
  for (const char* value : {"", "identity", "xchunked", "chunked, gzip", "chunked, chunked", "chunked,",
                            "gzip", "\"chunked\"", "chunked;q=1"}) {
    EXPECT_EQ(refused(with(std::string("Transfer-Encoding: ") + value)), 400) << value;
  }
  EXPECT_EQ(refused(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")), 400);
  EXPECT_EQ(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(RequestHead, TwoWaysToSayTheLengthAreRefused) {
  EXPECT_EQ(refused(with("Content-Length: 1\r\nTransfer-Encoding: chunked")), 400);
  EXPECT_EQ(refused(with("Transfer-Encoding: chunked\r\nContent-Length: 1")), 400);
}

TEST(RequestHead, ConnectionSaysWhetherItStays) {
  EXPECT_FALSE(accepted(with("Connection: x, Close")).keep_alive);
  EXPECT_FALSE(accepted("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(accepted("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(RequestHead, ExpectationsAreKnownOrRefused) {
  EXPECT_TRUE(accepted(with("Expect: 100-Continue")).expects_continue);
  EXPECT_FALSE(accepted("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects_continue);
  EXPECT_EQ(refused(with("Expect: miracles")), 417);
}

TEST(RequestHead, SizesAreBounded) {
  const HeadLimits limits{1000, 200, 10};
  const std::string line = "GET / HTTP/1.1\r\nHost: h\r\n";

  EXPECT_EQ(refused("GET /" + std::string(199, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", limits), 200);
  EXPECT_EQ(refused("GET /" + std::string(200, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", limits), 414);
  EXPECT_EQ(refused("GET /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", limits), 414);
  EXPECT_EQ(refused("GET /" + std::string(2000, 'a'), limits), 414);
  EXPECT_EQ(refused(line + "X: " + std::string(1000, 'a') + "\r\n\r\n", limits), 431);
  EXPECT_EQ(refused(line + "X: " + std::string(1000, 'a'), limits), 431);
  std::string many;
  for (int i = 0; i < 10; ++i) many += "A: b\r\n";
  EXPECT_EQ(refused(line + many + "\r\n", limits), 431);
  EXPECT_EQ(refused(std::string(33, 'A') + " / HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
}

TEST(RequestHead, ListsAreSearchedByItem) {
  EXPECT_TRUE(list_contains("a, B ,c", "b"));
  EXPECT_TRUE(list_contains("close", "Close"));
  EXPECT_FALSE(list_contains("xclose, closex", "close"));
  EXPECT_FALSE(list_contains("", "close"));
}

RC_GTEST_PROP(HeadScanner, FindsTheSameEndHoweverTheBytesArrive, (const std::vector<std::uint8_t>& steps)) {
  const std::string bytes = "\r\nGET / HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\nGET /next";
  HeadScanner scanner{HeadLimits{}};

  std::size_t have = 0;
  std::variant<HeadScanner::Incomplete, HeadScanner::Complete, Refusal> found;
  for (std::size_t i = 0; have < bytes.size() && found.index() == 0; ++i) {
    have = std::min(bytes.size(), have + 1 + (i < steps.size() ? steps[i] % 8u : 0u));
    found = scanner.scan(std::string_view(bytes).substr(0, have));
  }

  RC_ASSERT(std::get<HeadScanner::Complete>(found).begin == 2u);
  RC_ASSERT(std::get<HeadScanner::Complete>(found).end == bytes.find("GET /next"));
}

}  // namespace
}  // namespace mere::http
