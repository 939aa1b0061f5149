#include "http/server.h"

#include <gtest/gtest.h>

#include <string>

#include "http/test_client.h"

namespace mere::http {
namespace {

using testing::Answer;
using testing::RawClient;
using testing::RunningServer;

Response text(std::string body, int status = 200) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain");
  response.body = std::move(body);
  return response;
}

// Answers with what it was asked: "GET /path?query" and the body.
Task<Response> echo(Request request) {
  std::string answer = request.method + " " + request.path;
  if (!request.query.empty()) answer += "?" + request.query;
  Result<std::string> body = co_await read_all(request.body.get(), 10u << 20);
  if (!body) co_return text(std::string(name_of(body.error().code)), 400);
  if (!body->empty()) answer += "\n" + *body;
  co_return text(std::move(answer));
}

TEST(Server, AnswersAGet) {
  RunningServer server({}, echo);
  RawClient client(server.port());

  const Answer answer = client.ask("GET /a/b?c=d HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /a/b?c=d");
  EXPECT_TRUE(answer.has("Content-Type: text/plain"));
  EXPECT_TRUE(answer.has("Content-Length: 12"));
}

TEST(Server, AnswersAPostAndKeepsTheConnection) {
  RunningServer server({}, echo);
  RawClient client(server.port());

  const Answer first = client.ask("POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  const Answer second = client.ask("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_EQ(first.body, "POST /1\nhello");
  EXPECT_EQ(second.body, "GET /2");
}

}  // namespace
}  // namespace mere::http
