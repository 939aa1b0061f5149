#include "s3/cors.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/xml.h"
#include "s3/reply.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kMaxRules = 100;

bool matches(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == pattern.npos) return pattern == text;
  const std::string_view behind = pattern.substr(star + 1);
  return text.size() >= pattern.size() - 1 && text.starts_with(pattern.substr(0, star)) &&
         text.ends_with(behind);
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches(pattern, text); });
}

// The words of "a, B", in lower case.
std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    std::string_view word = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), word.size() + 1));
    word.remove_prefix(std::min(word.find_first_not_of(" \t"), word.size()));
    word = word.substr(0, word.find_last_not_of(" \t") + 1);
    if (!word.empty()) words.push_back(ascii_lower(word));
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// They end up in headers of answers.
bool is_sendable(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f;
  });
}

Refusal check_pattern(std::string_view what, std::string_view text) {
  if (!is_sendable(text)) return s3_error("MalformedXML");
  if (std::ranges::count(text, '*') <= 1) return std::nullopt;
  return s3_error("InvalidRequest",
                  std::string(what) + " \"" + std::string(text) + "\" can not have more than one wildcard.");
}

Refusal check_method(std::string_view method) {
  constexpr auto kMethods = std::to_array<std::string_view>({"DELETE", "GET", "HEAD", "POST", "PUT"});
  if (std::ranges::find(kMethods, method) != kMethods.end()) return std::nullopt;
  return s3_error("InvalidRequest", "Found unsupported HTTP method in CORS config. Unsupported method is " +
                                        std::string(method));
}

Outcome<CorsRule> parse_rule(const XmlElement& element) {
  CorsRule rule;
  for (const XmlElement& child : element.children) {
    Refusal refusal;
    if (child.name == "ID") {
      rule.id = child.text;
    } else if (child.name == "AllowedOrigin") {
      refusal = check_pattern("AllowedOrigin", child.text);
      rule.origins.push_back(child.text);
    } else if (child.name == "AllowedMethod") {
      refusal = check_method(child.text);
      rule.methods.push_back(child.text);
    } else if (child.name == "AllowedHeader") {
      refusal = check_pattern("AllowedHeader", child.text);
      rule.headers.push_back(child.text);
    } else if (child.name == "ExposeHeader") {
      if (!is_sendable(child.text)) refusal = s3_error("MalformedXML");
      rule.exposed.push_back(child.text);
    } else if (child.name == "MaxAgeSeconds") {
      rule.max_age_seconds = parse_integer<int>(child.text);
      if (rule.max_age_seconds.value_or(-1) < 0) refusal = s3_error("MalformedXML");
    } else {
      refusal = s3_error("MalformedXML");
    }
    if (refusal) return *std::move(refusal);
  }
  if (rule.origins.empty() || rule.methods.empty()) return s3_error("MalformedXML");
  return rule;
}

}  // namespace

Outcome<CorsRules> parse_cors(std::string_view document) {
  const auto parsed = parse_xml(document);
  if (!parsed || parsed->children.empty() || parsed->children.size() > kMaxRules) {
    return s3_error("MalformedXML");
  }
  CorsRules rules;
  for (const XmlElement& child : parsed->children) {
    if (child.name != "CORSRule") return s3_error("MalformedXML");
    auto rule = parse_rule(child);
    if (!rule) return rule.error();
    rules.push_back(*std::move(rule));
  }
  return rules;
}

std::string to_xml(const CorsRules& rules) {
  std::string document;
  XmlWriter xml(document);
  const auto write_all = [&](std::string_view name, const std::vector<std::string>& values) {
    for (const std::string& value : values) xml.element(name, value);
  };
  xml.open("CORSConfiguration", kXmlNamespace);
  for (const CorsRule& rule : rules) {
    xml.open("CORSRule");
    if (!rule.id.empty()) xml.element("ID", rule.id);
    write_all("AllowedOrigin", rule.origins);
    write_all("AllowedMethod", rule.methods);
    write_all("AllowedHeader", rule.headers);
    write_all("ExposeHeader", rule.exposed);
    if (rule.max_age_seconds) xml.element("MaxAgeSeconds", *rule.max_age_seconds);
    xml.close();
  }
  xml.close();
  return document;
}

const CorsRule* find_rule(const CorsRules& rules, std::string_view origin, std::string_view method,
                          std::string_view headers) {
  const std::vector<std::string> sent = words_of(headers);
  for (const CorsRule& rule : rules) {
    if (std::ranges::find(rule.methods, method) == rule.methods.end()) continue;
    if (!matches_any(rule.origins, origin)) continue;
    const bool may_send = std::ranges::all_of(sent, [&](const std::string& header) {
      return std::ranges::any_of(
          rule.headers, [&](const std::string& pattern) { return matches(ascii_lower(pattern), header); });
    });
    if (may_send) return &rule;
  }
  return nullptr;
}

void add_cors_headers(http::Headers& out, const CorsRule& rule, std::string_view origin,
                      std::string_view requested_headers) {
  const bool is_open = std::ranges::find(rule.origins, "*") != rule.origins.end();
  out.add("Access-Control-Allow-Origin", is_open ? "*" : std::string(origin));
  out.add("Access-Control-Allow-Methods", joined(rule.methods));
  if (!is_open) out.add("Access-Control-Allow-Credentials", "true");
  if (const auto words = words_of(requested_headers); !words.empty()) {
    out.add("Access-Control-Allow-Headers", joined(words));
  }
  if (!rule.exposed.empty()) out.add("Access-Control-Expose-Headers", joined(rule.exposed));
  if (rule.max_age_seconds) out.add("Access-Control-Max-Age", std::to_string(*rule.max_age_seconds));
  out.add("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

}  // namespace mere::s3
