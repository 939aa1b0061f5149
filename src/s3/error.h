// S3's errors: codes, statuses and messages in one table (contract: S3 gateway, section 6, and
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace mere::s3 {

struct S3Error {
  int status = 500;
  std::string code = "InternalError";
  std::string message = "We encountered an internal error, please try again.";
};

// The error of that code with its usual status and message: s3_error("NoSuchKey").
S3Error s3_error(std::string_view code);
S3Error s3_error(std::string_view code, std::string message);
// What an error of the layers below is to S3's clients.
S3Error s3_error(const Error& error);

}  // namespace mere::s3
