// With the examples of "Signing and Authenticating REST Requests".
#include "s3/signature_v2.h"

#include "s3/authentication_for_test.h"

namespace mere::s3 {
namespace {

TEST_F(AuthenticationTest, TakesTheExamplesOfVersion2) {
  struct Example {
    const char* now;
    const char* method;
    const char* path;
    const char* query;
    const char* bucket;
    std::vector<http::Headers::Field> headers;
    const char* signature;
  };
  const std::vector<Example> examples{
      {"20070327T193642Z",
       "GET",
       "/photos/puppy.jpg",
       "",
       "johnsmith",
       {{"Date", "Tue, 27 Mar 2007 19:36:42 +0000"}},
       "bWq2s1WEIj+Ydj0vQ697zp+IXMU="},
      {"20070327T211545Z",
       "PUT",
       "/photos/puppy.jpg",
       "",
       "johnsmith",
       {{"Content-Type", "image/jpeg"},
        {"Content-Length", "94328"},
        {"Date", "Tue, 27 Mar 2007 21:15:45 +0000"}},
       "MyyxeRY7whkBe+bq8fHCL/2kKUg="},
      {"20070327T194241Z",
       "GET",
       "/",
       "prefix=photos&max-keys=50&marker=puppy",
       "johnsmith",
       {{"Date", "Tue, 27 Mar 2007 19:42:41 +0000"}},
       "htDYFYduRNen8P9ZfE/s9SuKy0U="},
      {"20070327T194446Z",
       "GET",
       "/",
       "acl",
       "johnsmith",
       {{"Date", "Tue, 27 Mar 2007 19:44:46 +0000"}},
       "c2WLPFtWHVgbEmeEG93a4cG37dM="},
      {"20070327T210638Z",
       "PUT",
       "/db-backup.dat.gz",
       "",
       "static.johnsmith.net",
       {{"Date", "Tue, 27 Mar 2007 21:06:08 +0000"},
        {"x-amz-acl", "public-read"},
        {"content-type", "application/x-download"},
        {"Content-MD5", "4gJE4saaMU4BqNR0kLY+lw=="},
        {"X-Amz-Meta-ReviewedBy", "joe@johnsmith.net"},
        {"X-Amz-Meta-ReviewedBy", "jane@johnsmith.net"},
        {"X-Amz-Meta-FileChecksum", "0x02661779"},
        {"X-Amz-Meta-ChecksumAlgorithm", "crc32"},
        {"Content-Disposition", "attachment; filename=database.dat"}},
       "ilyl83RwaSoYIEdixDQcA4OnAnc="},
      {"20070328T012959Z",
       "GET",
       "/",
       "",
       "",
       {{"Date", "Wed, 28 Mar 2007 01:29:59 +0000"}},
       "qGdzdERIC03wnaRNKh6OqZehG9s="},
      {"20070328T014949Z",
       "GET",
       "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re",
       "",
       "",
       {{"Date", "Wed, 28 Mar 2007 01:49:49 +0000"}},
       "DNEZGsoieTZ92F3bUfSPQcbGmlM="},
  };
  for (const Example& example : examples) {
    auto request = request_of(example.method, example.path, example.query);
    for (const auto& [name, value] : example.headers) request.headers.add(name, value);
    request.headers.add("Authorization", "AWS AKIAIOSFODNN7EXAMPLE:" + std::string(example.signature));
    clock.advance(*http::parse_aws_time(example.now) - clock.now());

    EXPECT_EQ(check(request, example.bucket), "admin") << example.signature;

    request.method = "DELETE";
    EXPECT_EQ(check(request, example.bucket), kNoMatch);
  }
}

TEST_F(AuthenticationTest, Version2TakesADateInEitherHeader) {
  const auto at = [&](std::vector<http::Headers::Field> headers, const std::string& string_to_sign) {
    auto request = request_of("GET", "/lake/main/a", "uploadId=a%2Bb&partNumber=3&x=y");
    for (auto& [name, value] : headers) request.headers.add(name, value);
    request.headers.add("Authorization",
                        "AWS " + std::string(kId) + ":" + to_base64(hmac_sha1(kSecret, string_to_sign)));
    return check(request);
  };
  const std::string resource = "/lake/main/a?partNumber=3&uploadId=a+b";
  const std::string date = "Fri, 24 May 2013 02:00:00 +0200";

  EXPECT_EQ(at({{"Date", date}}, "GET\n\n\n" + date + "\n" + resource), "admin");
  EXPECT_EQ(at({{"x-amz-date", "20130524T000000Z"}}, "GET\n\n\n\nx-amz-date:20130524T000000Z\n" + resource),
            "admin");
  for (const std::vector<http::Headers::Field>& undated :
       std::vector<std::vector<http::Headers::Field>>{{},
                                                      {{"Date", "yesterday"}},
                                                      {{"x-amz-date", ""}},
                                                      {{"x-amz-date", "Fri, 07 Jul 1950 21:53:04 GMT"}}}) {
    EXPECT_EQ(at(undated, "unsigned"),
              "403 AccessDenied AWS authentication requires a valid Date or x-amz-date header");
  }
  const std::string late = "Thu, 23 May 2013 23:44:59 GMT";
  EXPECT_EQ(at({{"Date", late}}, "GET\n\n\n" + late + "\n" + resource), kSkewed);
  EXPECT_EQ(at({{"Date", late}}, "unsigned"), kSkewed) << "before its signature is looked at";
  const std::string early = "Fri, 24 May 2013 00:15:01 GMT";
  EXPECT_EQ(at({{"Date", early}}, "GET\n\n\n" + early + "\n" + resource), kSkewed);
}

TEST_F(AuthenticationTest, Version2TakesABucketWithAndWithoutTheSlashBehindIt) {
  const std::string date = "Fri, 24 May 2013 00:00:00 GMT";
  const auto at = [&](const std::string& path, const std::string& signed_path) {
    auto request = request_of("GET", path, "location");
    request.headers.add("Date", date);
    const std::string to_sign = "GET\n\n\n" + date + "\n" + signed_path + "?location";
    request.headers.add("Authorization",
                        "AWS " + std::string(kId) + ":" + to_base64(hmac_sha1(kSecret, to_sign)));
    return check(request);
  };

  EXPECT_EQ(at("/lake", "/lake"), "admin");
  EXPECT_EQ(at("/lake", "/lake/"), "admin");
  EXPECT_EQ(at("/lake/", "/lake/"), "admin");
  EXPECT_EQ(at("/lake/main", "/lake/main/"), kNoMatch);
  EXPECT_EQ(at("/", "//"), kNoMatch);
}

TEST_F(AuthenticationTest, Version2HeadersAreReadStrictly) {
  for (const char* bad : {"AWS x", "AWS :eA==", "AWS x:", "AWS x:!"}) {
    auto request = request_of("GET", "/");
    request.headers.add("Authorization", bad);
    EXPECT_EQ(check(request), kMissing) << bad;
  }
  auto request = request_of("GET", "/");
  request.headers.add("Authorization", "AWS nobody:eA==");
  EXPECT_EQ(check(request), kDenied);
}

TEST_F(AuthenticationTest, TakesTheExampleOfAVersion2Query) {
  const auto with = [&](const std::string& query) {
    return check_copy(request_of("GET", "/photos/puppy.jpg", query), "johnsmith");
  };
  const std::string id = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D";
  clock.advance(Timestamp{1175139619, 0} - clock.now());

  EXPECT_EQ(with(id + "&Expires=1175139620"), "admin");
  EXPECT_EQ(with(id + "&Expires=1175139621"), kNoMatch);
  EXPECT_EQ(with(id), kMissing);
  EXPECT_EQ(with(id + "&Expires=x"), "403 AccessDenied Invalid date (should be seconds since epoch): x");
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(with(id + "&Expires=1175139620"), kExpired);
}

TEST_F(AuthenticationTest, TakesTheQueryOfJavasOldSdk) {
  const auto with = [&](std::string_view time, std::string_view secret = kSecret) {
    const std::string query =
        "AWSAccessKeyId=" + std::string(kId) +
        "&SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=" + percent_encode(time) + "&prefix=a%2Fb";
    const std::string to_sign = "POST\n" + std::string(kHost) + "\n/lake/\n" + query;
    return check_copy(request_of(
        "GET", "/lake/", query + "&Signature=" + percent_encode(to_base64(hmac_sha256(secret, to_sign)))));
  };

  EXPECT_EQ(with("2013-05-24T00:00:00.000Z"), "admin");
  EXPECT_EQ(with("2013-05-24T00:00:00Z"), "admin");
  EXPECT_EQ(with("2013-05-24T00:00:00Z", "wrong"), kNoMatch);
  EXPECT_EQ(with("2013-05-23T23:00:00Z"), kSkewed);
  EXPECT_EQ(with("2013-05-24T01:00:00Z"), kEarly);
  EXPECT_EQ(with("then").substr(0, 17), "400 MalformedDate");
}

}  // namespace
}  // namespace mere::s3
