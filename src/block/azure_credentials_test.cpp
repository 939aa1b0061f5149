// Tokens and keys for URLs, asked of servers of this process.
#include "block/azure_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/encoding.h"
#include "base/time_format.h"
#include "block/azure_service.h"
#include "block/azure_store.h"
#include "block/test_folder.h"
#include "block/token_server.h"

namespace mere::block {
namespace {

using http::testing::RunningServer;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TokenServer;

using Variables = std::map<std::string, std::string>;

constexpr const char* kMachine =
    "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fstorage.azure.com%2F";

class AzureTokens : public ::testing::Test {
 protected:
  AzureIdentityOptions identity(const TokenServer& server, Variables variables) const {
    return {.authority = server.origin(),
            .metadata_origin = server.origin(),
            .environment = [variables = std::move(variables)](const char* name) {
              const auto found = variables.find(name);
              return found == variables.end() ? std::string() : found->second;
            }};
  }
  std::unique_ptr<AccessTokens> make(const TokenServer& server, Variables variables) {
    return make_azure_tokens(identity(server, std::move(variables)), *http_, requests_, clock_, random_)
        .value();
  }

  ManualClock clock_;
  SeededRandom random_{1};
  const RemoteOptions requests_{.max_retries = 1, .pause = [](std::chrono::milliseconds) {}};
  const std::unique_ptr<http::Client> http_ = http::testing::make_client({});
};

TEST_F(AzureTokens, AServicePrincipalShowsItsSecret) {
  TokenServer server;
  const auto tokens =
      make(server, {{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "a b+"}});

  EXPECT_EQ(tokens->get().value(), "token-1");
  EXPECT_EQ(tokens->get().value(), "token-1");

  ASSERT_EQ(server.asked().size(), 1u);
  EXPECT_EQ(server.asked()[0],
            "POST /t/oauth2/v2.0/token  grant_type=client_credentials&client_id=c"
            "&scope=https%3A%2F%2Fstorage.azure.com%2F.default&client_secret=a%20b%2B");
}

TEST_F(AzureTokens, AWorkloadsFileIsReadForEachToken) {
  TokenServer server;
  const TestFolder folder;
  folder.write("token", "first\n");
  const auto tokens = make(server, {{"AZURE_TENANT_ID", "t"},
                                    {"AZURE_CLIENT_ID", "c"},
                                    {"AZURE_FEDERATED_TOKEN_FILE", (folder / "token").string()}});
  ASSERT_EQ(tokens->get().value(), "token-1");
  folder.write("token", "second");

  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(tokens->get().value(), "token-2");

  EXPECT_THAT(server.asked()[0], HasSubstr("client-assertion-type%3Ajwt-bearer&client_assertion=first"));
  EXPECT_THAT(server.asked()[1], HasSubstr("&client_assertion=second"));
}

TEST_F(AzureTokens, AWorkloadWithoutItsFileIsToldWhichOne) {
  TokenServer server;
  const auto tokens = make(
      server,
      {{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token"}});

  const auto token = tokens->get();

  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, Code::permission_denied);
  EXPECT_THAT(token.error().message, HasSubstr("/nowhere/token"));
  EXPECT_TRUE(server.asked().empty());
}

TEST_F(AzureTokens, TheMachinesIdentityIsAskedOfItsMetadata) {
  TokenServer server(200, "\"86399\"", "Metadata");  // Azure writes the number as text

  EXPECT_EQ(make(server, {})->get().value(), "token-1");
  EXPECT_EQ(make(server, {{"AZURE_CLIENT_ID", "one of them"}})->get().value(), "token-2");

  EXPECT_EQ(server.asked()[0], std::string(kMachine) + " true ");
  EXPECT_EQ(server.asked()[1], std::string(kMachine) + "&client_id=one%20of%20them true ");
}

TEST_F(AzureTokens, AnAppServiceHasAnEndpointOfItsOwn) {
  TokenServer server(200, "3600", "X-IDENTITY-HEADER");
  const auto tokens =
      make(server, {{"IDENTITY_ENDPOINT", server.origin() + "/msi/token"}, {"IDENTITY_HEADER", "proof"}});

  EXPECT_EQ(tokens->get().value(), "token-1");

  EXPECT_EQ(server.asked()[0],
            "GET /msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com%2F proof ");
}

TEST_F(AzureTokens, TellsWhyThereIsNoTokenAndWhatHelps) {
  TokenServer server(401);
  const auto tokens =
      make(server, {{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "s"}});

  const auto token = tokens->get();

  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, Code::permission_denied);
  EXPECT_THAT(token.error().message, HasSubstr("Invalid JWT Signature."));
  EXPECT_THAT(token.error().message, HasSubstr("AZURE_CLIENT_SECRET"));
}

TEST_F(AzureTokens, AnAuthorityThatIsNoUrlIsRefusedAtOnce) {
  TokenServer server;
  const auto made = make_azure_tokens(identity(server, {{"AZURE_AUTHORITY_HOST", "login"},
                                                        {"AZURE_TENANT_ID", "t"},
                                                        {"AZURE_CLIENT_ID", "c"},
                                                        {"AZURE_CLIENT_SECRET", "s"}}),
                                      *http_, requests_, clock_, random_);

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::invalid_argument);
}

// Azure Blob Storage, as far as a store by tokens asks it.
class BlobService {
 public:
  explicit BlobService(const Clock& clock) : clock_(clock) {}
  std::string origin() const { return testing::origin_of(server_); }
  std::vector<std::string> asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }
  void refuse(std::string token) {
    std::lock_guard lock(mutex_);
    refused_ = "Bearer " + std::move(token);
  }

 private:
  Task<http::Response> answer(http::Request request) {
    auto body = co_await http::read_all(request.body.get(), 1u << 20);
    std::lock_guard lock(mutex_);
    const std::string by(request.headers.get("Authorization"));
    asked_.push_back(request.method + " " + request.path + "?" + request.query + " " + by + " " +
                     std::move(body).value_or(std::string()));
    http::Response response;
    if (by == refused_) {
      response.status = 401;
      response.headers.add("x-ms-error-code", "InvalidAuthenticationInfo");
    } else if (request.query.find("userdelegationkey") != std::string::npos) {
      response.body =
          "<?xml version=\"1.0\"?><UserDelegationKey><SignedOid>oid</SignedOid><SignedTid>tid</SignedTid>"
          "<SignedStart>2023-11-14T21:58:20Z</SignedStart><SignedExpiry>" +
          to_rfc3339(clock_.now() + std::chrono::hours(7 * 24)) +
          "</SignedExpiry><SignedService>b</SignedService><SignedVersion>2020-12-06</SignedVersion><Value>" +
          to_base64("delegated") + "</Value></UserDelegationKey>";
    } else {
      response.headers.add("ETag", "\"0x1\"");
    }
    co_return response;
  }

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::string refused_;
  RunningServer server_{{}, [this](http::Request request) { return answer(std::move(request)); }};
};

class AzureStoreByToken : public AzureTokens {
 protected:
  AzureStoreByToken() {
    AzureOptions options;
    options.account = "lake";
    options.identity = identity(tokens_, {});
    options.endpoint = blobs_.origin() + "/lake";
    options.requests = requests_;
    store_ = open_azure_store(options, clock_, random_).value();
  }
  static constexpr const char* kUri = "https://lake.blob.core.windows.net/data/object";

  TokenServer tokens_;
  BlobService blobs_{clock_};
  std::unique_ptr<Store> store_;
};

TEST_F(AzureStoreByToken, RequestsCarryTheToken) {
  ASSERT_TRUE(store_->stat({kUri}));
  ASSERT_TRUE(store_->stat({kUri}));

  ASSERT_EQ(blobs_.asked().size(), 2u);
  EXPECT_EQ(blobs_.asked()[1], "HEAD /lake/data/object? Bearer token-1 ");
  EXPECT_EQ(tokens_.asked().size(), 1u);
}

TEST_F(AzureStoreByToken, ARefusedTokenIsReplaced) {
  ASSERT_TRUE(store_->stat({kUri}));
  blobs_.refuse("token-1");

  EXPECT_TRUE(store_->stat({kUri}));

  EXPECT_EQ(tokens_.asked().size(), 2u);
}

TEST_F(AzureStoreByToken, UrlsAreSignedByOneKeyOfTheService) {
  ASSERT_TRUE(store_->capabilities("").presign);
  const PresignRequest read{.method = PresignMethod::get, .expiry = std::chrono::seconds(900)};

  const auto url = store_->presign({kUri}, read);
  ASSERT_TRUE(url) << url.error().message;
  ASSERT_TRUE(store_->presign({kUri}, read));

  ASSERT_EQ(blobs_.asked().size(), 1u);
  EXPECT_EQ(blobs_.asked()[0],
            "POST /lake/?restype=service&comp=userdelegationkey Bearer token-1 "
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<KeyInfo><Start>2023-11-14T21:58:20Z</Start>"
            "<Expiry>2023-11-21T22:13:20Z</Expiry></KeyInfo>");
  EXPECT_THAT(*url, StartsWith(blobs_.origin() + "/lake/data/object?sv=2020-12-06&"));
  EXPECT_THAT(*url, HasSubstr("&skoid=oid&sktid=tid&skt=2023-11-14T21%3A58%3A20Z&ske="));
}

TEST_F(AzureStoreByToken, AKeyThatWouldEndBeforeTheUrlIsReplaced) {
  const PresignRequest read{.method = PresignMethod::get, .expiry = std::chrono::hours(24)};
  ASSERT_TRUE(store_->presign({kUri}, read));

  clock_.advance(std::chrono::hours(6 * 24 - 1));
  ASSERT_TRUE(store_->presign({kUri}, read));
  const std::size_t before = blobs_.asked().size();
  clock_.advance(std::chrono::hours(2));
  ASSERT_TRUE(store_->presign({kUri}, read));

  EXPECT_EQ(before, 1u);
  EXPECT_EQ(blobs_.asked().size(), 2u);
}

TEST_F(AzureStoreByToken, AUrlMayLiveForAllOfSevenDays) {
  EXPECT_TRUE(
      store_->presign({kUri}, {.method = PresignMethod::put, .expiry = std::chrono::seconds(7 * 24 * 3600)}));
}

}  // namespace
}  // namespace mere::block
