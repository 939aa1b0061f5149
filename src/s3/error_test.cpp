#include "s3/error.h"

#include <gtest/gtest.h>

namespace mere::s3 {
namespace {

TEST(S3Errors, HaveTheirUsualStatusAndMessage) {
  EXPECT_EQ(s3_error("NoSuchKey").status, 404);
  EXPECT_EQ(s3_error("NoSuchKey").message, "The specified key does not exist.");
  EXPECT_EQ(s3_error("AccessDenied").status, 403);
  EXPECT_EQ(s3_error("XAmzContentSHA256Mismatch").status, 400);
  EXPECT_EQ(s3_error("InvalidArgument", "why").message, "why");
  EXPECT_EQ(s3_error("InvalidArgument", "why").status, 400);
}

TEST(S3Errors, TellWhatTheLayersBelowSaidButNotWhatBrokeInside) {
  EXPECT_EQ(s3_error(Error{Code::not_found, "no branch main"}).code, "NoSuchKey");
  EXPECT_EQ(s3_error(Error{Code::not_found, "no branch main"}).message, "no branch main");
  EXPECT_EQ(s3_error(Error{Code::too_many_requests, ""}).status, 503);
  EXPECT_EQ(s3_error(Error{Code::corrupt, "/secret/path"}).code, "InternalError");
  EXPECT_EQ(s3_error(Error{Code::corrupt, "/secret/path"}).message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace mere::s3
