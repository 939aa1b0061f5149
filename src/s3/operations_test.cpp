#include "s3/operations.h"

#include <gtest/gtest.h>

namespace mere::s3 {
namespace {

std::string_view found(std::string_view method, Level level, std::string_view query = "",
                       bool verify_unsupported = true, bool is_copy = false) {
  http::Headers headers;
  if (is_copy) headers.add("x-amz-copy-source", "lake/main/a");
  const Operation* operation =
      find_operation(method, level, *Query::parse(query), headers, verify_unsupported);
  return operation == nullptr ? "nothing" : operation->name;
}

TEST(Operations, FollowFromMethodAndSubResource) {
  EXPECT_EQ(found("GET", Level::service), "list_buckets");
  EXPECT_EQ(found("GET", Level::bucket, "list-type=2&prefix=a"), "list_objects");
  EXPECT_EQ(found("GET", Level::bucket, "location"), "get_bucket_location");
  EXPECT_EQ(found("POST", Level::bucket, "delete"), "delete_objects");
  EXPECT_EQ(found("GET", Level::object, "partNumber=1"), "get_object");
  EXPECT_EQ(found("GET", Level::object, "tagging"), "get_object_tagging");
  EXPECT_EQ(found("PUT", Level::object), "put_object");
  EXPECT_EQ(found("PUT", Level::object, "", true, true), "copy_object");
  EXPECT_EQ(found("PUT", Level::ref), "put_ref");
}

TEST(Operations, WhatMeansNothingHereIsRefusedUnlessToldOtherwise) {
  EXPECT_EQ(found("GET", Level::bucket, "acl"), "unsupported");
  EXPECT_EQ(found("PUT", Level::bucket, "versioning"), "unsupported");
  EXPECT_EQ(found("PUT", Level::bucket, "policy"), "unsupported");
  EXPECT_EQ(found("GET", Level::object, "torrent"), "unsupported");
  EXPECT_EQ(found("POST", Level::object, "select&select-type=2"), "unsupported");
  EXPECT_EQ(found("GET", Level::object, "torrent", false), "get_object");
}

TEST(Operations, WhatIsNotSetCanBeReadAndDeleted) {
  for (const bool verify_unsupported : {true, false}) {
    EXPECT_EQ(found("GET", Level::bucket, "lifecycle", verify_unsupported), "get_bucket_setting");
    EXPECT_EQ(found("DELETE", Level::bucket, "policy", verify_unsupported), "delete_bucket_setting");
    EXPECT_EQ(found("PUT", Level::object, "retention", verify_unsupported), "put_object_retention");
  }
}

TEST(Operations, DeletingAPartOfABucketDoesNotDeleteIt) {
  EXPECT_EQ(found("DELETE", Level::bucket), "delete_bucket");
  EXPECT_EQ(found("DELETE", Level::bucket, "acl", false), "unsupported");
}

TEST(Operations, OtherMethodsAreNothing) {
  EXPECT_EQ(found("PATCH", Level::object), "nothing");
  EXPECT_EQ(found("OPTIONS", Level::bucket), "nothing");
  EXPECT_EQ(found("POST", Level::service), "nothing");
  EXPECT_EQ(found("GET", Level::ref), "nothing");
}

}  // namespace
}  // namespace mere::s3
