#include "block/azure_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mere::block {
namespace {

using testing::HasSubstr;

const AzureEndpoint kEndpoint = *parse_azure_endpoint("lake", "blob.core.windows.net", "");

std::string refusal(const std::string& uri) {
  const auto parsed = parse_azure_object(kEndpoint, {uri});
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code, Code::invalid_argument);
  return parsed.error().message;
}

TEST(AzureAddress, NamesAContainerAndABlob) {
  const auto parsed = parse_azure_object(kEndpoint, {"https://lake.blob.core.windows.net/data/a%20b/ü"});

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->base, "https://lake.blob.core.windows.net/");
  EXPECT_EQ(parsed->container, "data");
  EXPECT_EQ(parsed->blob, "a%20b/ü");
}

TEST(AzureAddress, AContainerIsAFolder) {
  for (const char* uri :
       {"https://lake.blob.core.windows.net/data", "https://lake.blob.core.windows.net/data/",
        "http://lake.blob.core.windows.net/data/folder/"}) {
    EXPECT_TRUE(parse_azure_address(kEndpoint, {uri})) << uri;
    EXPECT_THAT(refusal(uri), HasSubstr("a folder"));
  }
}

TEST(AzureAddress, SaysWhatIsWrong) {
  EXPECT_THAT(refusal("s3://lake/data"), HasSubstr("must begin with 'https://lake.blob.core.windows.net/'"));
  EXPECT_THAT(refusal("https://pond.blob.core.windows.net/data/a"), HasSubstr("has the account 'lake'"));
  EXPECT_THAT(refusal("https://lake.blob.core.windows.net.evil.net/data/a"), HasSubstr("has the account"));
  EXPECT_THAT(refusal("https://lake.blob.core.windows.net/"), HasSubstr("no container"));
  EXPECT_THAT(refusal("https://lake.blob.core.windows.net/Data/a"), HasSubstr("container is no name"));
  EXPECT_THAT(refusal("https://lake.blob.core.windows.net/../a"), HasSubstr("container is no name"));
  EXPECT_THAT(refusal("https://lake.blob.core.windows.net/data/\xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal("https://lake.blob.core.windows.net/data/.mere-uploads/x"), HasSubstr("is kept for"));
  EXPECT_THAT(refusal("https://lake.blob.core.windows.net/data/" + std::string(1025, 'a')),
              HasSubstr("1024 bytes"));
}

TEST(AzureEndpoint, IsTheRealServiceOrAnEmulator) {
  const auto emulator = parse_azure_endpoint("dev", "blob.core.windows.net", "http://127.0.0.1:10000/dev/");

  EXPECT_EQ(kEndpoint.origin, "https://lake.blob.core.windows.net");
  EXPECT_EQ(kEndpoint.path, "");
  EXPECT_TRUE(kEndpoint.secure);
  ASSERT_TRUE(emulator);
  EXPECT_EQ(emulator->origin, "http://127.0.0.1:10000");
  EXPECT_EQ(emulator->path, "/dev");
  EXPECT_EQ(emulator->host, "dev.blob.core.windows.net");
  EXPECT_FALSE(emulator->secure);
  EXPECT_FALSE(parse_azure_endpoint("", "blob.core.windows.net", ""));
  EXPECT_FALSE(parse_azure_endpoint("Lake!", "blob.core.windows.net", ""));
  EXPECT_FALSE(parse_azure_endpoint("lake", "blob.core.windows.net", "ftp://127.0.0.1"));
}

}  // namespace
}  // namespace mere::block
