#include "s3/cors.h"

#include <gtest/gtest.h>

namespace mere::s3 {
namespace {

std::string config(const std::string& rules) {
  return "<CORSConfiguration>" + rules + "</CORSConfiguration>";
}
std::string rule(const std::string& origin, const std::string& method, const std::string& more = "") {
  return "<CORSRule><AllowedOrigin>" + origin + "</AllowedOrigin><AllowedMethod>" + method +
         "</AllowedMethod>" + more + "</CORSRule>";
}

CorsRules rules_of(const std::string& rules) {
  auto parsed = parse_cors(config(rules));
  EXPECT_TRUE(parsed) << rules;
  return parsed ? *parsed : CorsRules();
}

bool allows(const CorsRules& rules, std::string_view origin, std::string_view method = "GET",
            std::string_view headers = "") {
  return find_rule(rules, origin, method, headers) != nullptr;
}

TEST(Cors, AWildcardStandsForAnyText) {
  const CorsRules suffix = rules_of(rule("*suffix", "GET"));
  const CorsRules middle = rules_of(rule("start*end", "GET"));
  const CorsRules all = rules_of(rule("*", "GET"));

  EXPECT_TRUE(allows(suffix, "foo.suffix"));
  EXPECT_FALSE(allows(suffix, "foo.suffix.get"));
  EXPECT_TRUE(allows(middle, "startend"));
  EXPECT_TRUE(allows(middle, "start1end"));
  EXPECT_FALSE(allows(middle, "starend"));
  EXPECT_FALSE(allows(rules_of(rule("aba*aba", "GET")), "ababa")) << "its ends do not overlap";
  EXPECT_TRUE(allows(all, "http://example.test"));
}

TEST(Cors, ARuleIsForItsMethodsAndHeaders) {
  const CorsRules rules = rules_of(rule("http://a", "PUT", "<AllowedHeader>x-amz-*</AllowedHeader>") +
                                   rule("http://a", "GET", "<AllowedHeader>Range</AllowedHeader>"));

  EXPECT_TRUE(allows(rules, "http://a", "PUT", "X-Amz-Date, x-amz-acl"));
  EXPECT_FALSE(allows(rules, "http://a", "PUT", "X-Amz-Date, Range"));
  EXPECT_TRUE(allows(rules, "http://a", "GET", "range"));
  EXPECT_FALSE(allows(rules, "http://a", "DELETE"));
}

TEST(Cors, TellsTheBrowserWhatTheRuleSays) {
  const CorsRules rules = rules_of(rule(
      "http://*", "PUT",
      "<AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds>"));
  http::Headers named;
  http::Headers open;

  add_cors_headers(named, rules[0], "http://a", "X-Amz-Date");
  add_cors_headers(open, rules_of(rule("*", "GET"))[0], "http://a", "");

  EXPECT_EQ(named.get("Access-Control-Allow-Origin"), "http://a");
  EXPECT_EQ(named.get("Access-Control-Allow-Methods"), "PUT");
  EXPECT_EQ(named.get("Access-Control-Allow-Headers"), "x-amz-date");
  EXPECT_EQ(named.get("Access-Control-Expose-Headers"), "ETag");
  EXPECT_EQ(named.get("Access-Control-Max-Age"), "60");
  EXPECT_EQ(named.get("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(open.get("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(open.contains("Access-Control-Allow-Credentials"));
}

TEST(Cors, IsReadBackAsWritten) {
  const CorsRules rules = rules_of(rule("http://a", "PUT",
                                        "<ID>one</ID><AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</"
                                        "ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds>") +
                                   rule("*", "GET"));

  const auto again = parse_cors(to_xml(rules));

  ASSERT_TRUE(again);
  EXPECT_EQ(*again, rules);
}

TEST(Cors, WhatCannotBeARuleIsRefused) {
  const auto refusal = [](const std::string& rules) {
    const auto parsed = parse_cors(config(rules));
    return parsed ? "" : parsed.error().code;
  };

  EXPECT_EQ(refusal(""), "MalformedXML");
  EXPECT_EQ(refusal("<Rule/>"), "MalformedXML");
  EXPECT_EQ(refusal("<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>"), "MalformedXML");
  EXPECT_EQ(refusal("<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>"), "MalformedXML");
  EXPECT_EQ(refusal(rule("*", "PATCH")), "InvalidRequest");
  EXPECT_EQ(refusal(rule("*.*", "GET")), "InvalidRequest");
  EXPECT_EQ(refusal(rule("a b", "GET")), "MalformedXML");
  EXPECT_EQ(refusal(rule("*", "GET", "<ExposeHeader>a&#13;&#10;b</ExposeHeader>")), "MalformedXML");
  EXPECT_EQ(refusal(rule("*", "GET", "<MaxAgeSeconds>-1</MaxAgeSeconds>")), "MalformedXML");
}

}  // namespace
}  // namespace mere::s3
