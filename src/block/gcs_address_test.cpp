#include "block/gcs_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mere::block {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& uri) {
  const auto parsed = parse_gcs_object({uri});
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code, Code::invalid_argument);
  return parsed.error().message;
}

TEST(GcsAddress, NamesABucketAndAKey) {
  const auto parsed = parse_gcs_object({"gs://lake.example.com/a%20b/ü"});

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->bucket, "lake.example.com");
  EXPECT_EQ(parsed->key, "a%20b/ü");
  EXPECT_EQ(gcs_uri(*parsed), "gs://lake.example.com/a%20b/ü");
}

TEST(GcsAddress, SaysWhatIsWrong) {
  EXPECT_THAT(refusal("s3://lake/a"), HasSubstr("must begin with 'gs://'"));
  EXPECT_THAT(refusal("gs:///a"), HasSubstr("no bucket"));
  EXPECT_THAT(refusal("gs://Lake/a"), HasSubstr("bucket is no name"));
  EXPECT_THAT(refusal("gs://.../a"), HasSubstr("bucket is no name"));
  EXPECT_THAT(refusal("gs://lake"), HasSubstr("a folder"));
  EXPECT_THAT(refusal("gs://lake/a/"), HasSubstr("a folder"));
  EXPECT_THAT(refusal("gs://lake/a\nb"), HasSubstr("line ends"));
  EXPECT_THAT(refusal("gs://lake/\xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal("gs://lake/.mere-uploads/a"), HasSubstr("is kept for"));
  EXPECT_THAT(refusal("gs://lake/" + std::string(1025, 'a')), HasSubstr("1024 bytes"));
}

}  // namespace
}  // namespace mere::block
