// The policy of a form upload: what may be sent in the form, in a document that somebody with a key has
// signed (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html).
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "s3/outcome.h"

namespace mere::s3 {

// The fields of a form but its file, in order; names in lower case.
using FormFields = std::vector<std::pair<std::string, std::string>>;
const std::string* find_field(const FormFields& fields, std::string_view name);  // the first; null if absent

struct PostPolicy {
  struct Condition {
    enum class Kind { equals, starts_with };
    Kind kind = Kind::equals;
    std::string field;  // in lower case
    std::string value;
  };
  Timestamp expiration;
  std::vector<Condition> conditions;
  // Of the file.
  std::uint64_t min_bytes = 0;
  std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max();
};

// `InvalidPolicyDocument`.
Outcome<PostPolicy> parse_post_policy(std::string_view json);

// Every condition holds, and every field has one, but those that carry the policy itself and "x-ignore-…".
// `bucket` is a field too, which the request's address gives. `AccessDenied`.
Refusal check_post_policy(const PostPolicy& policy, const FormFields& fields, std::string_view bucket,
                          Timestamp now);

}  // namespace mere::s3
