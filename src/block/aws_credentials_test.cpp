#include "block/aws_credentials.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "base/encoding.h"
#include "base/time_format.h"
#include "block/aws_profile.h"
#include "block/test_folder.h"
#include "http/client_test_support.h"
#include "http/test_client.h"
#include "http/test_handlers.h"

namespace mere::block {
namespace {

using http::testing::RunningServer;
using http::testing::text;
using ::testing::HasSubstr;

constexpr Timestamp kNow{1'700'000'000, 0};

std::string in_seconds(int seconds) {
  return to_rfc3339(kNow + std::chrono::seconds(seconds));
}

// Everything that keys come from, made up.
class Sources {
 public:
  Sources() { set("HOME", folder_.path().string()); }

  void set(const std::string& name, const std::string& value) { environment_[name] = value; }
  const TestFolder& folder() const { return folder_; }
  ManualClock& clock() { return clock_; }
  AwsCredentialOptions& options() { return options_; }

  AwsCredentialProvider make() {
    options_.environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = environment_.find(std::string(name));
      if (found == environment_.end()) return std::nullopt;
      return found->second;
    };
    return AwsCredentialProvider(aws_credential_sources(options_, *http_, clock_, random_),
                                 options_.expiry_window, clock_);
  }

 private:
  const TestFolder folder_;
  std::map<std::string, std::string> environment_{{"AWS_EC2_METADATA_DISABLED", "true"}};
  AwsCredentialOptions options_;
  ManualClock clock_{kNow};
  SeededRandom random_{1};
  const std::unique_ptr<http::Client> http_ = http::testing::make_client();
};

std::string origin_of(const RunningServer& server) {
  return fmt::format("http://127.0.0.1:{}", server.port());
}

TEST(AwsCredentials, AreThoseOfTheConfiguration) {
  Sources sources;
  sources.set("AWS_ACCESS_KEY_ID", "other");
  sources.set("AWS_SECRET_ACCESS_KEY", "other");
  sources.options().access_key_id = "id";
  sources.options().secret_access_key = "secret";
  sources.options().session_token = "token";

  auto keys = sources.make().get();

  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->access_key_id, "id");
  EXPECT_EQ(keys->secret_access_key, "secret");
  EXPECT_EQ(keys->session_token, "token");
}

TEST(AwsCredentials, ComeFromTheEnvironment) {
  Sources sources;
  sources.set("AWS_ACCESS_KEY_ID", "id");
  auto half = sources.make().get();
  sources.set("AWS_SECRET_ACCESS_KEY", "secret");
  sources.set("AWS_SESSION_TOKEN", "token");

  auto keys = sources.make().get();

  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->access_key_id, "id");
  EXPECT_EQ(keys->session_token, "token");
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().code, Code::invalid_argument);
}

TEST(AwsCredentials, ComeFromTheSharedFiles) {
  Sources sources;
  sources.folder().write(".aws/credentials",
                         "[default]\naws_access_key_id = one\naws_secret_access_key=s=1 # mine\n\n[work]\n"
                         "aws_access_key_id=two\naws_secret_access_key=s2\naws_session_token=t2\n");

  EXPECT_EQ(sources.make().get()->access_key_id, "one");
  EXPECT_EQ(sources.make().get()->secret_access_key, "s=1");
  sources.set("AWS_PROFILE", "work");
  EXPECT_EQ(sources.make().get()->session_token, "t2");
  sources.options().profile = "default";
  EXPECT_EQ(sources.make().get()->access_key_id, "one");
}

TEST(AwsCredentials, AProfileThatIsAskedForMustBeThere) {
  Sources sources;
  sources.set("AWS_ACCESS_KEY_ID", "id");
  sources.set("AWS_SECRET_ACCESS_KEY", "secret");
  sources.options().profile = "missing";

  auto keys = sources.make().get();

  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, Code::invalid_argument);
  EXPECT_THAT(keys.error().message, HasSubstr("'missing'"));
}

TEST(AwsCredentials, WithoutAnySourceTheErrorNamesThemAll) {
  Sources sources;

  auto keys = sources.make().get();

  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, Code::unauthenticated);
  EXPECT_THAT(keys.error().message, ::testing::AllOf(HasSubstr("the environment"), HasSubstr("shared files"),
                                                     HasSubstr("instance's metadata")));
}

TEST(AwsCredentials, OfAWebIdentityAreAskedOfTheTokenService) {
  Sources sources;
  std::string form;
  RunningServer sts({}, [&](http::Request request) -> Task<http::Response> {
    form = *co_await http::read_all(request.body.get(), 100'000);
    co_return text(
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
        "<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</"
        "SessionToken>"
        "<Expiration>" +
        in_seconds(3600) +
        "</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>");
  });
  sources.folder().write("token", "a.web.token\n");
  sources.set("AWS_ENDPOINT_URL_STS", origin_of(sts));
  sources.set("AWS_WEB_IDENTITY_TOKEN_FILE", (sources.folder() / "token").string());
  sources.set("AWS_ROLE_ARN", "arn:aws:iam::1:role/mere");
  sources.options().web_identity_duration = std::chrono::seconds(1800);

  auto keys = sources.make().get();

  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "ASIA1");
  EXPECT_EQ(keys->session_token, "token");
  EXPECT_THAT(form, ::testing::AllOf(HasSubstr("Action=AssumeRoleWithWebIdentity"),
                                     HasSubstr("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fmere"),
                                     HasSubstr("WebIdentityToken=a.web.token"),
                                     HasSubstr("DurationSeconds=1800"), HasSubstr("RoleSessionName=mere-")));
}

TEST(AwsCredentials, OfAWebIdentityThatIsRefusedSayWhy) {
  Sources sources;
  RunningServer sts({}, [](http::Request) -> Task<http::Response> {
    co_return text(
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not you</Message></Error>"
        "<RequestId>R1</RequestId></ErrorResponse>",
        403);
  });
  sources.folder().write("token", "a.web.token");
  sources.set("AWS_ENDPOINT_URL_STS", origin_of(sts));
  sources.set("AWS_WEB_IDENTITY_TOKEN_FILE", (sources.folder() / "token").string());
  sources.set("AWS_ROLE_ARN", "arn");

  auto keys = sources.make().get();

  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, Code::permission_denied);
  EXPECT_THAT(keys.error().message, ::testing::AllOf(HasSubstr("a web identity"), HasSubstr("AccessDenied"),
                                                     HasSubstr("Not you"), HasSubstr("R1")));
}

// An instance's metadata service, whose keys change with each request.
class Instance {
 public:
  explicit Instance(bool first_version = false)
      : first_version_(first_version),
        server_({}, [this](http::Request request) { return answer(std::move(request)); }) {}
  std::string origin() const { return origin_of(server_); }
  int fetches() const { return fetches_; }
  std::atomic<bool> broken{false};
  std::atomic<int> lifetime{3600};

 private:
  Task<http::Response> answer(http::Request request) {
    if (broken) co_return text("", 400);
    if (request.path == "/latest/api/token") {
      if (first_version_) co_return text("", 404);
      co_return text(
          request.method == "PUT" && request.headers.contains("X-aws-ec2-metadata-token-ttl-seconds")
              ? "session"
              : "",
          200);
    }
    if (!first_version_ && request.headers.get("X-aws-ec2-metadata-token") != "session")
      co_return text("", 401);
    if (request.path == "/latest/meta-data/iam/security-credentials/") co_return text("my-role\n");
    if (request.path != "/latest/meta-data/iam/security-credentials/my-role") co_return text("", 404);
    co_return text(
        fmt::format(R"({{"Code":"Success","AccessKeyId":"ASIA{}","SecretAccessKey":"s","Token":"t",)"
                    R"("Expiration":"{}"}})",
                    ++fetches_, in_seconds(lifetime)));
  }
  const bool first_version_;
  std::atomic<int> fetches_{0};
  RunningServer server_;
};

TEST(AwsCredentials, OfAnInstanceComeFromItsMetadata) {
  for (const bool first_version : {false, true}) {
    Sources sources;
    Instance instance(first_version);
    sources.set("AWS_EC2_METADATA_DISABLED", "");
    sources.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance.origin());

    auto keys = sources.make().get();

    ASSERT_TRUE(keys) << keys.error().message;
    EXPECT_EQ(keys->access_key_id, "ASIA1");
    EXPECT_EQ(keys->session_token, "t");
  }
}

TEST(AwsCredentials, AreRenewedBeforeTheyExpire) {
  Sources sources;
  Instance instance;
  sources.set("AWS_EC2_METADATA_DISABLED", "");
  sources.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance.origin());
  AwsCredentialProvider provider = sources.make();

  EXPECT_EQ(provider.get()->access_key_id, "ASIA1");
  sources.clock().advance(std::chrono::seconds(3200));
  EXPECT_EQ(provider.get()->access_key_id, "ASIA1");
  instance.lifetime = 7200;
  sources.clock().advance(std::chrono::seconds(101));

  EXPECT_EQ(provider.get()->access_key_id, "ASIA2");
  EXPECT_EQ(provider.get()->access_key_id, "ASIA2");
}

TEST(AwsCredentials, ServeUntilTheyExpireWhenTheyCannotBeRenewed) {
  Sources sources;
  Instance instance;
  sources.set("AWS_EC2_METADATA_DISABLED", "");
  sources.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance.origin());
  AwsCredentialProvider provider = sources.make();
  ASSERT_TRUE(provider.get());

  instance.broken = true;
  sources.clock().advance(std::chrono::seconds(3500));
  EXPECT_EQ(provider.get()->access_key_id, "ASIA1");
  sources.clock().advance(std::chrono::seconds(101));
  EXPECT_FALSE(provider.get());
  instance.broken = false;
  instance.lifetime = 7200;
  EXPECT_EQ(provider.get()->access_key_id, "ASIA2");
}

TEST(AwsCredentials, ThatAreRefusedAreFetchedAnew) {
  Sources sources;
  Instance instance;
  sources.set("AWS_EC2_METADATA_DISABLED", "");
  sources.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance.origin());
  AwsCredentialProvider provider = sources.make();
  const http::AwsKeys first = *provider.get();

  EXPECT_TRUE(provider.renew(first));
  EXPECT_TRUE(provider.renew(first));  // that has been done

  EXPECT_EQ(provider.get()->access_key_id, "ASIA2");
  EXPECT_EQ(instance.fetches(), 2);
}

TEST(AwsCredentials, AreFetchedOnceByManyThreads) {
  Sources sources;
  Instance instance;
  sources.set("AWS_EC2_METADATA_DISABLED", "");
  sources.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance.origin());
  AwsCredentialProvider provider = sources.make();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { EXPECT_EQ(provider.get()->access_key_id, "ASIA1"); });
  threads.clear();

  EXPECT_EQ(instance.fetches(), 1);
}

TEST(AwsCredentials, OfAContainerComeFromItsMetadata) {
  Sources sources;
  RunningServer server({}, [](http::Request request) -> Task<http::Response> {
    if (request.path != "/v2/credentials" || request.query != "" ||
        request.headers.get("Authorization") != "container token")
      co_return text("", 403);
    co_return text(R"({"AccessKeyId":"ASIA","SecretAccessKey":"s","Token":"t","Expiration":")" +
                   in_seconds(900) + "\"}");
  });
  sources.folder().write("token", "container token");
  sources.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", origin_of(server) + "/v2/credentials");
  sources.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", (sources.folder() / "token").string());

  auto keys = sources.make().get();

  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "ASIA");
}

TEST(AwsCredentials, RefuseWhatIsNone) {
  for (const char* answer :
       {"", "text", "[]", "{}", R"({"AccessKeyId":1})", R"({"Code":"Failed","Message":"no"})",
        R"({"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"tomorrow"})"}) {
    Sources sources;
    RunningServer server({}, [&](http::Request) -> Task<http::Response> { co_return text(answer); });
    sources.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", origin_of(server));

    EXPECT_FALSE(sources.make().get()) << answer;
  }
}

TEST(AwsProfiles, AreReadAsAwsWritesThem) {
  const auto profiles = parse_aws_profiles(
      "# comment\n; too\n[default]\nregion = eu-west-1\ns3 =\n  max_concurrent_requests = 20\n"
      "output=json\r\n[profile  two words]\nrole_arn = arn:aws:iam::1:role/x ; no more\n[empty]\n");

  ASSERT_TRUE(profiles) << profiles.error().message;
  EXPECT_EQ(profiles->size(), 3u);
  EXPECT_EQ(profiles->find("default")->second.at("region"), "eu-west-1");
  EXPECT_EQ(profiles->find("default")->second.at("output"), "json");
  EXPECT_FALSE(profiles->find("default")->second.contains("max_concurrent_requests"));
  EXPECT_EQ(profiles->find("two words")->second.at("role_arn"), "arn:aws:iam::1:role/x");
}

TEST(AwsProfiles, NameTheLineThatIsWrong) {
  for (const auto& [bad, line] : {std::pair("[default\n", "line 1"), std::pair("a=b\n", "line 1"),
                                  std::pair("[x]\na=b\nnonsense\n", "line 3")}) {
    const auto profiles = parse_aws_profiles(bad);

    ASSERT_FALSE(profiles) << bad;
    EXPECT_THAT(profiles.error().message, HasSubstr(line));
  }
}

}  // namespace
}  // namespace mere::block
