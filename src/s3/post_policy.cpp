#include "s3/post_policy.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>

#include "base/text.h"
#include "base/time_format.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kMaxConditions = 1000;

S3Error bad_document(std::string_view why) {
  return s3_error("InvalidPolicyDocument", "Invalid Policy: " + std::string(why));
}

S3Error against_policy(const std::string& why) {
  return s3_error("AccessDenied", "Invalid according to Policy: " + why);
}

std::string_view view(const boost::json::string& text) {
  return {text.data(), text.size()};
}

std::optional<std::uint64_t> length_of(const boost::json::value& value) {
  if (value.is_uint64()) return value.get_uint64();
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
  return std::nullopt;
}

// {"bucket": "lake"}: one field and what it must be.
Refusal add_exact(const boost::json::object& condition, PostPolicy& policy) {
  if (condition.size() != 1) return bad_document("a simple condition must have exactly one property.");
  const auto& [field, value] = *condition.begin();
  if (!value.is_string()) return bad_document("a condition's value must be text.");
  policy.conditions.push_back({PostPolicy::Condition::Kind::equals, ascii_lower({field.data(), field.size()}),
                               std::string(view(value.get_string()))});
  return std::nullopt;
}

// ["eq", "$acl", "private"], ["starts-with", "$key", "main/"], ["content-length-range", 1, 10].
Refusal add_listed(const boost::json::array& condition, PostPolicy& policy) {
  if (condition.size() != 3 || !condition[0].is_string()) {
    return bad_document("a condition must have an operator and two arguments.");
  }
  const std::string kind = ascii_lower(view(condition[0].get_string()));
  if (kind == "content-length-range") {
    const auto low = length_of(condition[1]);
    const auto high = length_of(condition[2]);
    if (!low || !high) return bad_document("content-length-range needs two numbers.");
    policy.min_bytes = std::max(policy.min_bytes, *low);
    policy.max_bytes = std::min(policy.max_bytes, *high);
    return std::nullopt;
  }
  if (kind != "eq" && kind != "starts-with") return bad_document("unknown operator '" + kind + "'.");
  if (!condition[1].is_string() || !condition[2].is_string()) {
    return bad_document("a condition's field and value must be text.");
  }
  const std::string_view field = view(condition[1].get_string());
  if (!field.starts_with('$')) return bad_document("a condition's field must begin with '$'.");
  policy.conditions.push_back(
      {kind == "eq" ? PostPolicy::Condition::Kind::equals : PostPolicy::Condition::Kind::starts_with,
       ascii_lower(field.substr(1)), std::string(view(condition[2].get_string()))});
  return std::nullopt;
}

// Fields that no condition is needed for: they carry the policy, or ask for nothing.
bool needs_no_condition(std::string_view field) {
  constexpr auto kFree =
      std::to_array<std::string_view>({"policy", "signature", "awsaccesskeyid", "x-amz-signature", "file"});
  return field.starts_with("x-ignore-") || std::ranges::find(kFree, field) != kFree.end();
}

bool holds(const PostPolicy::Condition& condition, std::string_view value) {
  return condition.kind == PostPolicy::Condition::Kind::equals ? value == condition.value
                                                               : value.starts_with(condition.value);
}

}  // namespace

const std::string* find_field(const FormFields& fields, std::string_view name) {
  const auto at = std::ranges::find(fields, name, &FormFields::value_type::first);
  return at == fields.end() ? nullptr : &at->second;
}

Outcome<PostPolicy> parse_post_policy(std::string_view json) {
  boost::system::error_code problem;
  const auto document = boost::json::parse({json.data(), json.size()}, problem);
  if (problem || !document.is_object()) return bad_document("it is not a JSON object.");
  const auto* expiration = document.get_object().if_contains("expiration");
  if (expiration == nullptr || !expiration->is_string()) return bad_document("it has no expiration.");
  const auto* conditions = document.get_object().if_contains("conditions");
  if (conditions == nullptr || !conditions->is_array()) return bad_document("it has no list of conditions.");
  if (conditions->get_array().size() > kMaxConditions) return bad_document("it has too many conditions.");

  PostPolicy policy;
  const auto time = from_rfc3339(view(expiration->get_string()));
  if (!time) return bad_document("its expiration is not a time in ISO 8601.");
  policy.expiration = *time;
  for (const boost::json::value& condition : conditions->get_array()) {
    Refusal refusal = condition.is_object() ? add_exact(condition.get_object(), policy)
                      : condition.is_array()
                          ? add_listed(condition.get_array(), policy)
                          : Refusal(bad_document("a condition must be an object or a list."));
    if (refusal) return *std::move(refusal);
  }
  return policy;
}

Refusal check_post_policy(const PostPolicy& policy, const FormFields& fields, std::string_view bucket,
                          Timestamp now) {
  if (now >= policy.expiration) return against_policy("Policy expired.");
  bool names_bucket = false;
  for (const PostPolicy::Condition& condition : policy.conditions) {
    const bool of_bucket = condition.field == "bucket";
    names_bucket = names_bucket || of_bucket;
    const std::string* value = find_field(fields, condition.field);
    const bool held = of_bucket ? holds(condition, bucket) : value != nullptr && holds(condition, *value);
    if (!held) return against_policy("Policy Condition failed: [\"$" + condition.field + "\"]");
  }
  if (!names_bucket) return against_policy("Extra input fields: bucket");
  for (const auto& [name, value] : fields) {
    if (needs_no_condition(name)) continue;
    if (std::ranges::find(policy.conditions, name, &PostPolicy::Condition::field) ==
        policy.conditions.end()) {
      return against_policy("Extra input fields: " + name);
    }
  }
  return std::nullopt;
}

}  // namespace mere::s3
