#include "rest/reply.h"

namespace mere::rest {

http::Response json_text(int status, std::string body) {
  body.push_back('\n');
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.body = std::move(body);
  return response;
}

http::Response error_reply(int status, std::string_view message) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("message");
  json.string(message);
  json.end_object();
  return json_text(status, std::move(body));
}

http::Response empty_reply(int status) {
  http::Response response;
  response.status = status;
  return response;
}

http::Response text_reply(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(body);
  return response;
}

}  // namespace mere::rest
