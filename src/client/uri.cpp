#include "client/uri.h"

#include <fmt/format.h>

namespace mere::client {

Result<Uri> Uri::parse(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("lakefs://")) {
    rest.remove_prefix(std::string_view("lakefs://").size());
  } else if (rest.starts_with("mere://")) {
    rest.remove_prefix(std::string_view("mere://").size());
  } else {
    return Error{Code::invalid_argument, fmt::format("'{}' is no lakefs://repository/ref/path", text)};
  }
  Uri uri;
  const auto cut = [&rest] {
    const auto slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    return std::string(part);
  };
  uri.repository = cut();
  if (uri.repository.empty()) {
    return Error{Code::invalid_argument, fmt::format("'{}' names no repository", text)};
  }
  uri.ref = cut();
  uri.path = rest;
  if (uri.ref.empty() && !uri.path.empty()) {
    return Error{Code::invalid_argument, fmt::format("'{}' has a path but no branch, tag or commit", text)};
  }
  return uri;
}

std::string Uri::to_string() const {
  std::string text = "lakefs://" + repository;
  if (!ref.empty()) text += "/" + ref;
  if (!path.empty()) text += "/" + path;
  return text;
}

}  // namespace mere::client
