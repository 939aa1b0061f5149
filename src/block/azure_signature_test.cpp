// The signatures here were made by Azure's own client library for Python (azure-storage-blob 12.31) with the
// key that emulators have.
#include "block/azure_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/time_format.h"

namespace mere::block {
namespace {

const AzureKey kKey{
    "devstoreaccount1",
    *from_base64("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==")};
const Timestamp kNoon = *from_rfc3339("2026-11-26T12:00:00Z");

http::Headers headers_of(std::initializer_list<std::pair<const char*, const char*>> fields) {
  http::Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return headers;
}

TEST(AzureSignature, SignsARequestAsTheClientLibraryDoes) {
  const http::Headers headers = headers_of({{"x-ms-version", "2020-12-06"},
                                            {"x-ms-date", "Thu, 26 Nov 2026 12:00:00 GMT"},
                                            {"Content-MD5", "XrY7u+Ae7tCTyyK7j1rNww=="},
                                            {"x-ms-meta-b", "two"},
                                            {"X-Ms-Meta-A", "one"},
                                            {"If-None-Match", "*"}});

  EXPECT_EQ(azure_authorization(kKey, "PUT", "/devstoreaccount1/lake/data/a%20b",
                                {{"comp", "block"}, {"blockid", "YmxvY2s="}}, headers, 11),
            "SharedKey devstoreaccount1:db/wYh8uLw4z21oftNY6MFeKCOzqVrB1TXc9Hvjffok=");
}

TEST(AzureSignature, ThereIsALineForEachHeaderThatIsSigned) {
  const http::Headers headers = headers_of({{"x-ms-date", "now"},
                                            {"x-ms-b", " padded "},
                                            {"Content-Type", "text/plain"},
                                            {"Range", "bytes=0-9"},
                                            {"Other", "x"}});

  EXPECT_EQ(azure_string_to_sign("account", "GET", "/lake", {{"prefix", "b"}, {"Comp", "list"}}, headers, 0),
            "GET\n\n\n\n\ntext/plain\n\n\n\n\n\nbytes=0-9\nx-ms-b:padded\nx-ms-date:now\n/account/"
            "lake\ncomp:list\nprefix:b");
}

TEST(AzureSignature, SignsTheUrlOfABlobAsTheClientLibraryDoes) {
  const AzureQuery query = azure_blob_sas(kKey, "lake", "data/a b+ü.txt",
                                          {.permissions = "r",
                                           .expires = kNoon,
                                           .https_only = true,
                                           .content_disposition = "attachment; filename=\"x.txt\""});

  EXPECT_THAT(query, testing::UnorderedElementsAre(
                         testing::Pair("sv", "2020-12-06"), testing::Pair("spr", "https"),
                         testing::Pair("se", "2026-11-26T12:00:00Z"), testing::Pair("sr", "b"),
                         testing::Pair("sp", "r"), testing::Pair("rscd", "attachment; filename=\"x.txt\""),
                         testing::Pair("sig", "lJ3U1d+oxg2mW/ibgdRC4A5AP3T36y6f4tN8Bn9ucO0=")));
}

TEST(AzureSignature, AnotherBlobOrTimeOrPermissionIsAnotherSignature) {
  const AzureSas sas{.permissions = "r", .expires = kNoon, .https_only = true, .content_disposition = ""};
  AzureSas longer = sas, writing = sas;
  longer.expires.seconds += 1;
  writing.permissions = "cw";
  const auto signature = [](const AzureQuery& query) { return query.back().second; };

  const std::string first = signature(azure_blob_sas(kKey, "lake", "a", sas));

  EXPECT_NE(signature(azure_blob_sas(kKey, "lake", "b", sas)), first);
  EXPECT_NE(signature(azure_blob_sas(kKey, "pond", "a", sas)), first);
  EXPECT_NE(signature(azure_blob_sas(kKey, "lake", "a", longer)), first);
  EXPECT_NE(signature(azure_blob_sas(kKey, "lake", "a", writing)), first);
  EXPECT_NE(signature(azure_blob_sas({"devstoreaccount1", "other"}, "lake", "a", sas)), first);
}

TEST(AzureSignature, TimesHaveWholeSeconds) {
  EXPECT_EQ(azure_time({1'700'000'000, 999'999'999}), "2023-11-14T22:13:20Z");
}

// Made by the documentation's recipe, since the client library signs for a later version; Azurite takes URLs
// made so.
TEST(AzureSignature, SignsTheUrlOfABlobByADelegatedKey) {
  const AzureDelegationKey key{.object_id = "oid",
                               .tenant_id = "tid",
                               .starts = "2026-11-26T00:00:00Z",
                               .ends = "2026-12-01T00:00:00Z",
                               .expires = kNoon,
                               .service = "b",
                               .version = "2020-12-06",
                               .key = "delegated"};

  const AzureQuery query =
      azure_blob_sas(key, "devstoreaccount1", "lake", "data/a b",
                     {.permissions = "r", .expires = kNoon, .https_only = true, .content_disposition = ""});

  EXPECT_THAT(query, testing::Contains(testing::Pair("skoid", "oid")));
  EXPECT_THAT(query, testing::Contains(testing::Pair("ske", "2026-12-01T00:00:00Z")));
  EXPECT_EQ(query.back().second, "nJsquLx6lP9P2INAUqMLoE7E2JC2VBEuYNFP+jCC9U0=");
}

// By the same recipe, which had fewer lines then. Azurite takes the first one.
TEST(AzureSignature, SignsForAnOlderVersionAsThatVersionDid) {
  const AzureSas sas{.permissions = "w",
                     .expires = kNoon,
                     .https_only = true,
                     .content_disposition = "",
                     .version = kAzureBlockUrlVersion};
  const AzureDelegationKey delegated{.object_id = "oid",
                                     .tenant_id = "tid",
                                     .starts = "2026-11-26T00:00:00Z",
                                     .ends = "2026-12-01T00:00:00Z",
                                     .expires = kNoon,
                                     .service = "b",
                                     .version = "2020-12-06",
                                     .key = "delegated"};

  const AzureQuery by_key = azure_blob_sas(kKey, "lake", "data/a b", sas);
  const AzureQuery by_identity = azure_blob_sas(delegated, "devstoreaccount1", "lake", "data/a b", sas);

  EXPECT_THAT(by_key, testing::Contains(testing::Pair("sv", "2018-11-09")));
  EXPECT_EQ(by_key.back().second, "8v0TAcNzm6ZAHRaDgyKoeeFM+nOQrWYVEAiMwPly6qA=");
  EXPECT_EQ(by_identity.back().second, "id+Epso6V+sh6roD8cj7/6VZbOGYdayOqiMHc/dAJPM=");
}

}  // namespace
}  // namespace mere::block
