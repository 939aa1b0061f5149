#include "client/missing.h"

#include <fmt/format.h>

#include <vector>

#include "base/encoding.h"
#include "http/message.h"

namespace mere::client {
namespace {

constexpr std::string_view kRepositories = "/api/v1/repositories/";

// "refs", "main", "objects", "stat": what follows the repository's name, decoded.
using Segments = std::vector<std::string>;

std::optional<Segments> segments_of(std::string_view path) {
  const auto begin = path.find(kRepositories);
  if (begin == path.npos) return std::nullopt;
  Segments segments;
  for (std::string_view rest = path.substr(begin + kRepositories.size());;) {
    const auto slash = rest.find('/');
    auto segment = percent_decode(rest.substr(0, slash));
    if (!segment) return std::nullopt;
    segments.push_back(std::move(*segment));
    if (slash == rest.npos) return segments;
    rest.remove_prefix(slash + 1);
  }
}

std::string value_of(std::string_view query, std::string_view name) {
  const auto pairs = http::parse_query(query);
  if (!pairs) return "";
  for (const auto& [key, value] : *pairs) {
    if (key == name) return value;
  }
  return "";
}

std::string no_ref(const Uri& uri) {
  return fmt::format(
      "'{}' has no branch, tag or commit '{}'; the lists of its branches and tags show what there is",
      uri.repository, uri.ref);
}

// "get commit by ref june: not found".
std::string named_ref(std::string_view message) {
  for (const std::string_view before :
       {"get commit by ref ", "get commit by branch ", "get commit from ref "}) {
    const auto begin = message.find(before);
    if (begin == message.npos) continue;
    const std::string_view ref = message.substr(begin + before.size());
    return std::string(ref.substr(0, ref.rfind(": not found")));
  }
  return "";
}

// Where the request names several refs, or those in its body: the message tells which, if anything does.
std::string no_such_ref(const Uri& uri) {
  return fmt::format(
      "'{}' has no such branch, tag or commit; the lists of its branches and tags show what there is",
      uri.repository);
}

}  // namespace

std::optional<Missing> missing_of(std::string_view path, std::string_view query, std::string_view message) {
  const auto segments = segments_of(path);
  if (!segments || !message.ends_with("not found")) return std::nullopt;
  const auto at = [&](std::size_t index) {
    return index < segments->size() ? std::string_view((*segments)[index]) : std::string_view();
  };
  Uri uri{.repository = std::string(at(0))};
  if (message == "repository not found") {
    return Missing{uri,
                   fmt::format("there is no repository '{}'; the list of repositories shows what there is",
                               uri.repository)};
  }
  const std::string_view kind = at(1), action = at(3);
  const bool of_branch = kind == "branches";
  if (!of_branch && kind != "refs" && kind != "tags" && kind != "commits") return std::nullopt;
  if (at(2).empty()) return Missing{uri, no_such_ref(uri)};  // what a branch or tag is made of
  if (of_branch && action == "import") return std::nullopt;
  uri.ref = at(2);

  if (message.starts_with("branch ") || message.starts_with("prepare-commit ")) {
    if (action == "merge") uri.ref = at(4);  // its destination
    return Missing{uri, fmt::format("'{}' has no branch '{}'; the list of its branches shows what there is",
                                    uri.repository, uri.ref)};
  }
  if (kind == "tags") {
    return Missing{uri, fmt::format("'{}' has no tag '{}'; the list of its tags shows what there is",
                                    uri.repository, uri.ref)};
  }
  if (action == "objects" && at(4) == "copy") {
    return Missing{uri, "there is nothing at the path to copy from, or its ref is no branch, tag or commit"};
  }
  if (action == "objects") {
    uri.path = value_of(query, "path");
    if (uri.path.empty()) return Missing{uri, no_ref(uri)};
    const Uri whole{.repository = uri.repository, .ref = uri.ref};
    return Missing{
        uri, fmt::format("nothing is at '{}', or '{}' is no branch, tag or commit; listing {}/ shows what "
                         "there is",
                         uri.path, uri.ref, whole.to_string())};
  }
  const bool of_another = of_branch || action == "diff" || action == "merge" ||
                          message.starts_with("stop_at") || message.starts_with("from ref");
  if (!of_another) return Missing{uri, no_ref(uri)};
  uri.ref = named_ref(message);
  return Missing{uri, uri.ref.empty() ? no_such_ref(uri) : no_ref(uri)};
}

}  // namespace mere::client
