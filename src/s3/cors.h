// Cross-origin requests: from which pages' scripts a browser may ask, by a bucket's rules
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html). A rule lets a browser show a page what
// it got; it lets nobody in: every request is signed all the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "s3/outcome.h"

namespace mere::s3 {

struct CorsRule {
  std::string id;
  std::vector<std::string> origins;  // with one '*' at most, which stands for any text
  std::vector<std::string> methods;
  std::vector<std::string> headers;  // that may be sent; with one '*' at most, letter case ignored
  std::vector<std::string> exposed;  // that a script may see
  std::optional<int> max_age_seconds;

  friend bool operator==(const CorsRule&, const CorsRule&) = default;
};
using CorsRules = std::vector<CorsRule>;

// `MalformedXML`, `InvalidRequest` (another method, a second '*').
Outcome<CorsRules> parse_cors(std::string_view document);
std::string to_xml(const CorsRules& rules);

// The first rule for requests with that method from that origin that send these headers ("a, b"); null: none.
const CorsRule* find_rule(const CorsRules& rules, std::string_view origin, std::string_view method,
                          std::string_view headers);
// What the browser is told: Access-Control-Allow-… and Vary. `requested_headers`: of a preflight, else "".
void add_cors_headers(http::Headers& out, const CorsRule& rule, std::string_view origin,
                      std::string_view requested_headers);

}  // namespace mere::s3
