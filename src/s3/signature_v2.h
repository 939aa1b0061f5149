// AWS Signature Version 2: the header, the query with Expires, and the query of Java's old SDK
// (contract: S3 gateway, section 4.3;
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "s3/signed_request.h"

namespace mere::s3 {

struct SignatureV2 {
  enum class Form { header, query, java_query };
  Form form = Form::header;
  std::string access_key_id;
  std::string signature;  // raw
};
// `MissingFields` for what cannot be read.
Outcome<SignatureV2> parse_v2_header(std::string_view authorization);
Outcome<SignatureV2> parse_v2_query(const SignedRequest& request);

// `bucket_of_host`: the bucket that the host names, which is part of what is signed; "" in path style.
// `SignatureDoesNotMatch`, or what is wrong with its time. The comparison takes constant time.
Refusal verify_v2(const SignatureV2& claim, const SignedRequest& request, std::string_view bucket_of_host,
                  std::string_view secret_access_key, Timestamp now, std::chrono::seconds skew);

}  // namespace mere::s3
