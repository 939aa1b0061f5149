#include "http/response_head.h"

#include <gtest/gtest.h>

namespace mere::http {
namespace {

using Kind = ResponseFraming::Kind;

std::string head(int status, const Headers& headers, ResponseFraming framing, Persistence persistence) {
  std::string out;
  append_response_head(out, status, headers, framing, persistence, "Sun, 06 Nov 1994 08:49:37 GMT");
  return out;
}

TEST(ResponseHead, IsWrittenInOrder) {
  Headers headers;
  headers.add("Content-Type", "text/plain");

  EXPECT_EQ(head(200, headers, {Kind::length, 12}, Persistence::keep),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
            "Content-Length: 12\r\n\r\n");
  EXPECT_EQ(head(599, {}, {Kind::chunked, 0}, Persistence::close),
            "HTTP/1.1 599 \r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n"
            "Connection: close\r\n\r\n");
}

TEST(ResponseHead, AValueCannotBeginAnotherField) {
  Headers headers;
  headers.add("Location", "/a\r\nSet-Cookie: evil\r\n\r\n<html>");

  EXPECT_NE(head(302, headers, {Kind::length, 0}, Persistence::keep)
                .find("Location: /a  Set-Cookie: evil    <html>\r\n"),
            std::string::npos);
}

TEST(ResponseHead, MalformedAndReservedNamesAreLeftOut) {
  Headers headers;
  headers.add("A B", "1");
  headers.add("X:\r\nY", "1");
  headers.add("content-length", "7");
  headers.add("TRANSFER-ENCODING", "gzip");
  headers.add("Connection", "upgrade");
  headers.add("date", "today");

  EXPECT_EQ(head(204, headers, {}, Persistence::keep),
            "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
}

}  // namespace
}  // namespace mere::http
