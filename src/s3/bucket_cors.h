// Cross-origin requests of a bucket, apart from its operations.
#pragma once

#include <string_view>
#include <variant>

#include "http/message.h"
#include "lake/lake.h"
#include "s3/cors.h"
#include "s3/error.h"

namespace mere::s3 {

// A browser's question whether it may send a cross-origin request.
bool is_preflight(const http::Request& request);

// The rules of the repository of that name; none if it has none or does not exist, which nobody is told who
// has not signed.
Result<CorsRules> cors_rules(const lake::Lake& lake, std::string_view repository);

// The answer to a browser's question (OPTIONS), which carries no signature and tells nothing but the rules.
std::variant<http::Response, S3Error> answer_preflight(const http::Headers& asked, const CorsRules& rules);

}  // namespace mere::s3
