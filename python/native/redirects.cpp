#include "redirects.h"

namespace mere::python {
namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

std::shared_ptr<Call> redirected(const Call& call, const Outcome& outcome) {
  const std::string* location = outcome.headers.find("Location");
  if (call.operation == nullptr || !is_redirect(outcome.status) || location == nullptr) return nullptr;
  if (call.method != "GET" && call.method != "HEAD") return nullptr;

  auto there = std::make_shared<Call>();
  there->lake = call.lake;
  there->operation = call.operation;
  there->method = call.method;
  there->policy = call.policy;
  there->stop = call.stop;
  std::string target = *location;
  if (target.starts_with('/')) {
    there->headers = call.headers;
    there->elsewhere = call.elsewhere;
    there->connection_elsewhere = call.connection_elsewhere;
  } else {
    if (!target.starts_with("http://") && !target.starts_with("https://")) return nullptr;
    const std::size_t path = std::min(target.find_first_of("/?", target.find("://") + 3), target.size());
    auto client = client_for(call.lake->http);
    if (!client) return nullptr;
    there->elsewhere = *client;
    there->connection_elsewhere = std::make_shared<client::Connection>(
        client::make_http_transport(**client, target.substr(0, path)), loop_thread(), system_random());
    if (const std::string* range = call.headers.find("Range")) there->headers.add("Range", *range);
    target = target.substr(path);
  }
  target.resize(std::min(target.find('#'), target.size()));
  const auto question = target.find('?');
  there->path = target.substr(0, question);
  if (there->path.empty()) there->path = "/";
  if (question != std::string::npos) there->query = target.substr(question + 1);
  return there;
}

}  // namespace mere::python
