// Tokens, asked of servers of this process.
#include "block/gcs_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "base/encoding.h"
#include "base/json_writer.h"
#include "block/test_folder.h"
#include "block/token_server.h"

namespace mere::block {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TokenServer;

std::string service_account(const std::string& token_uri) {
  std::ifstream file(MERE_TEST_DATA "/gcs/test_key.pem");
  std::string json;
  JsonWriter writer(json);
  writer.begin_object();
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"type", "service_account"},
           {"client_email", "mere@tests"},
           {"private_key", std::string(std::istreambuf_iterator<char>(file), {})},
           {"token_uri", token_uri}}) {
    writer.key(name);
    writer.string(value);
  }
  writer.end_object();
  return json;
}

class GcsCredentialsTest : public ::testing::Test {
 protected:
  Result<GcsCredentials> make(GcsCredentialOptions options) {
    if (!options.environment) options.environment = [](const char*) { return std::string(); };
    RemoteOptions requests;
    requests.max_retries = 1;
    requests.pause = [](std::chrono::milliseconds) {};
    return make_gcs_credentials(options, *http_, requests, clock_, random_);
  }

  ManualClock clock_;
  SeededRandom random_{1};
  const std::unique_ptr<http::Client> http_ = http::testing::make_client({});
};

TEST_F(GcsCredentialsTest, AServiceAccountChangesAnAssertionForATokenAndKeepsIt) {
  TokenServer server;
  auto made = make({.json = service_account(server.origin() + "/token")});
  ASSERT_TRUE(made) << made.error().message;

  EXPECT_EQ(made->tokens->get().value(), "token-1");
  EXPECT_EQ(made->tokens->get().value(), "token-1");

  ASSERT_EQ(server.asked().size(), 1u);
  EXPECT_THAT(
      server.asked()[0],
      StartsWith(
          "POST /token  grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey"));
  ASSERT_TRUE(made->signer);
  EXPECT_EQ(made->signer->signer(), "mere@tests");
}

TEST_F(GcsCredentialsTest, ATokenIsRenewedBeforeItRunsOut) {
  TokenServer server;
  auto made = make({.json = service_account(server.origin())});
  ASSERT_EQ(made->tokens->get().value(), "token-1");

  clock_.advance(std::chrono::seconds(3600 - 301));
  EXPECT_EQ(made->tokens->get().value(), "token-1");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(made->tokens->get().value(), "token-2");
}

TEST_F(GcsCredentialsTest, ARefusedTokenIsReplacedOnce) {
  TokenServer server;
  auto made = make({.json = service_account(server.origin())});
  ASSERT_EQ(made->tokens->get().value(), "token-1");

  made->tokens->drop("token-1");
  EXPECT_EQ(made->tokens->get().value(), "token-2");
  made->tokens->drop("token-1");  // somebody who was slower
  EXPECT_EQ(made->tokens->get().value(), "token-2");
}

TEST_F(GcsCredentialsTest, ManyWhoWaitAskOnce) {
  TokenServer server;
  auto made = make({.json = service_account(server.origin())});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { EXPECT_EQ(made->tokens->get().value_or(std::string()), "token-1"); });
  threads.clear();

  EXPECT_EQ(server.asked().size(), 1u);
}

TEST_F(GcsCredentialsTest, TellsWhyThereIsNoToken) {
  TokenServer server(400);
  auto made = make({.json = service_account(server.origin())});

  const auto token = made->tokens->get();

  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, Code::permission_denied);
  EXPECT_THAT(token.error().message, HasSubstr("Invalid JWT Signature."));
  EXPECT_THAT(token.error().message, HasSubstr("mere@tests"));
}

TEST_F(GcsCredentialsTest, TheMachinesAccountIsAskedOfItsMetadata) {
  TokenServer server;
  auto made = make({.metadata_origin = server.origin()});
  ASSERT_TRUE(made);

  EXPECT_EQ(made->tokens->get().value(), "token-1");
  EXPECT_EQ(server.asked()[0], "GET /computeMetadata/v1/instance/service-accounts/default/token Google ");
  EXPECT_FALSE(made->signer);
}

TEST_F(GcsCredentialsTest, TheEnvironmentNamesAFile) {
  TokenServer server;
  const TestFolder folder;
  folder.write("key.json", service_account(server.origin()));
  folder.write("gcloud/application_default_credentials.json",
               R"({"type":"authorized_user","client_id":"id","client_secret":"a b","refresh_token":"r",)"
               R"("token_uri":")" +
                   server.origin() + R"(/user"})");
  const auto with = [&](const std::string& name, const std::string& value) {
    return make({.environment = [=](const char* asked) { return asked == name ? value : std::string(); }});
  };

  auto account = with("GOOGLE_APPLICATION_CREDENTIALS", (folder / "key.json").string());
  auto user = with("CLOUDSDK_CONFIG", (folder / "gcloud").string());

  ASSERT_TRUE(account);
  EXPECT_TRUE(account->signer);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->tokens->get().value(), "token-1");
  EXPECT_EQ(server.asked()[0],
            "POST /user  grant_type=refresh_token&client_id=id&client_secret=a%20b&refresh_token=r");
}

TEST_F(GcsCredentialsTest, AnHmacKeySignsWhereTheCredentialsCannot) {
  auto made = make({.hmac_access_id = "GOOG1", .hmac_secret = "secret"});

  ASSERT_TRUE(made);
  ASSERT_TRUE(made->signer);
  EXPECT_EQ(made->signer->algorithm(), "GOOG4-HMAC-SHA256");
}

TEST_F(GcsCredentialsTest, RefusesWhatIsNoCredentials) {
  const auto message = [&](GcsCredentialOptions options) {
    auto made = make(std::move(options));
    return made ? "accepted" : made.error().message;
  };

  EXPECT_THAT(message({.file = "/nowhere/key.json"}), HasSubstr("cannot read the file '/nowhere/key.json'"));
  EXPECT_THAT(message({.json = "{"}), HasSubstr("no JSON object"));
  EXPECT_THAT(message({.json = R"({"type":"external_account"})"}), HasSubstr("'external_account'"));
  EXPECT_THAT(message({.json = R"({"type":"service_account","client_email":"a"})"}),
              HasSubstr("private_key"));
  EXPECT_THAT(message({.json = R"({"type":"service_account","client_email":"a","private_key":"b"})"}),
              HasSubstr("no RSA key"));
}

TEST_F(GcsCredentialsTest, AnAnswerWithoutATokenIsAnError) {
  TokenServer server(200, "\"soon\"");
  auto made = make({.json = service_account(server.origin())});

  EXPECT_EQ(made->tokens->get().error().code, Code::unavailable);
}

}  // namespace
}  // namespace mere::block
