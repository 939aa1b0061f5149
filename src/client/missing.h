// What an answer 404 is about. The server's messages are lakeFS's, "not found" as a rule: they seldom say
// what.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/uri.h"

namespace mere::client {

struct Missing {
  Uri uri;           // as far as the request names it: of a missing repository, only that
  std::string hint;  // a phrase: what is not there, and how to see what is

  friend bool operator==(const Missing&, const Missing&) = default;
};

// Of a request's path and query, as they were sent, and the message of its answer. Nothing where they do not
// tell: of an import, a task, a setting, an address of a store.
std::optional<Missing> missing_of(std::string_view path, std::string_view query, std::string_view message);

}  // namespace mere::client
