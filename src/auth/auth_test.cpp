#include "auth/auth.h"

#include <gtest/gtest.h>

#include <regex>

#include "auth/token.h"

namespace mere::auth {
namespace {

struct AuthTest : testing::Test {
  std::unique_ptr<kv::Store> state = kv::make_memory_store();
  ManualClock clock;
  AuthOptions options{.secret = "server secret", .fixed_installation_id = ""};
  Auth auth{*state, clock, system_random(), options};
};

TEST_F(AuthTest, IsInitializedBySetupOnce) {
  EXPECT_FALSE(*auth.is_initialized());

  const auto first = auth.setup("admin", std::nullopt, std::nullopt);
  const auto second = auth.setup("other", std::nullopt, std::nullopt);

  ASSERT_TRUE(first);
  EXPECT_TRUE(*auth.is_initialized());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), (Error{Code::already_exists, "lakeFS already initialized"}));
  EXPECT_EQ(auth.users()->size(), 1u);
}

TEST_F(AuthTest, TellsOfTheSetupOnce) {
  int told = 0;
  auth.when_set_up([&] { ++told; });

  ASSERT_TRUE(auth.setup("admin", std::nullopt, std::nullopt));
  ASSERT_FALSE(auth.setup("other", std::nullopt, std::nullopt));

  EXPECT_EQ(told, 1);
}

TEST_F(AuthTest, SetupRefusesAnEmptyNameBeforeAnythingElse) {
  ASSERT_TRUE(auth.setup("admin", std::nullopt, std::nullopt));

  EXPECT_EQ(auth.setup("", std::nullopt, std::nullopt).error(),
            (Error{Code::invalid_argument, "empty user display name"}));
}

TEST_F(AuthTest, MakesKeysOfTheFormThatClientsExpect) {
  const auto keys = auth.setup("admin", std::nullopt, std::nullopt);

  EXPECT_TRUE(std::regex_match(keys->access_key_id, std::regex("AKIA[A-Z2-7]{16}"))) << keys->access_key_id;
  EXPECT_TRUE(std::regex_match(keys->secret_access_key, std::regex("[A-Za-z0-9+/]{40}")))
      << keys->secret_access_key;
}

TEST_F(AuthTest, TakesAGivenPair) {
  ASSERT_TRUE(auth.setup("admin", "AKIAIOSFOLQUICKSTART", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));

  const auto principal = auth.check_keys("AKIAIOSFOLQUICKSTART", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->user_id, "admin");
  EXPECT_EQ(principal->access_key_id, "AKIAIOSFOLQUICKSTART");
}

TEST_F(AuthTest, WrongAndUnknownKeysAreRefusedAlike) {
  const auto keys = auth.setup("admin", std::nullopt, std::nullopt);
  const Error refused{Code::unauthenticated, "error authenticating request"};

  EXPECT_EQ(auth.check_keys(keys->access_key_id, "wrong").error(), refused);
  EXPECT_EQ(auth.check_keys("AKIANONE", keys->secret_access_key).error(), refused);
  EXPECT_EQ(auth.check_keys("", "").error(), refused);
  EXPECT_EQ(auth.check_keys(std::string(5000, 'A'), "x").error(), refused);
}

TEST_F(AuthTest, StoresNoSecretInTheClear) {
  const auto keys = auth.setup("admin", std::nullopt, std::nullopt);

  for (auto cursor = state->scan("auth/"); cursor->valid(); cursor->next()) {
    EXPECT_EQ(cursor->value().find(keys->secret_access_key), std::string_view::npos) << cursor->key();
  }
}

TEST_F(AuthTest, KnowsItsUsersAfterARestart) {
  const auto keys = auth.setup("admin", std::nullopt, std::nullopt);

  Auth again(*state, clock, system_random(), options);

  EXPECT_TRUE(*again.is_initialized());
  EXPECT_TRUE(again.check_keys(keys->access_key_id, keys->secret_access_key));
  EXPECT_EQ(*again.installation_id(), *auth.installation_id());
  EXPECT_EQ(again.credentials(keys->access_key_id)->secret_access_key, keys->secret_access_key);
}

TEST_F(AuthTest, UnderAnotherServerSecretStoredKeysAreUnusable) {
  const auto keys = auth.setup("admin", std::nullopt, std::nullopt);

  Auth other(*state, clock, system_random(), {.secret = "changed"});

  EXPECT_EQ(other.check_keys(keys->access_key_id, keys->secret_access_key).error().code,
            Code::unauthenticated);
  EXPECT_EQ(other.credentials(keys->access_key_id).error().code, Code::corrupt);
}

TEST_F(AuthTest, ALoginWorksAsTokenAndAsCookieUntilItExpires) {
  const auto keys = auth.setup("admin", std::nullopt, std::nullopt);

  const auto login = auth.login(keys->access_key_id, keys->secret_access_key);
  ASSERT_TRUE(login);
  const std::string cookie = auth.cookie_for(*login);

  EXPECT_EQ(login->expires_at, clock.now().seconds + 7 * 24 * 3600);
  EXPECT_EQ(auth.check_token(login->token)->user_id, "admin");
  EXPECT_EQ(auth.check_cookie(cookie)->user_id, "admin");
  clock.advance(std::chrono::hours(7 * 24));
  EXPECT_FALSE(auth.check_token(login->token));
  EXPECT_FALSE(auth.check_cookie(cookie));
}

TEST_F(AuthTest, ACookieMustBeOneThatTheServerSigned) {
  const auto keys = auth.setup("admin", std::nullopt, std::nullopt);
  const auto login = auth.login(keys->access_key_id, keys->secret_access_key);
  const std::string cookie = auth.cookie_for(*login);

  EXPECT_FALSE(auth.check_cookie(""));
  EXPECT_FALSE(auth.check_cookie(login->token));
  EXPECT_FALSE(auth.check_cookie(cookie + "x"));
  EXPECT_FALSE(auth.check_cookie("x" + cookie));
  EXPECT_FALSE(auth.check_cookie(cookie.substr(0, cookie.find('.'))));
}

TEST_F(AuthTest, ARemovedUserIsOutAtOnce) {
  const auto keys = auth.setup("admin", std::nullopt, std::nullopt);
  const auto login = auth.login(keys->access_key_id, keys->secret_access_key);
  ASSERT_TRUE(auth.check_token(login->token));

  ASSERT_TRUE(auth.remove_user("admin"));

  EXPECT_FALSE(auth.check_keys(keys->access_key_id, keys->secret_access_key));
  EXPECT_FALSE(auth.check_token(login->token));
  EXPECT_EQ(auth.user("admin").error(), (Error{Code::not_found, "user not found"}));
  EXPECT_EQ(auth.remove_user("admin").error(), (Error{Code::not_found, "user not found"}));
  EXPECT_TRUE(*auth.is_initialized());
}

TEST_F(AuthTest, APassingTokenIsGoodAsLongAsItsMakerLives) {
  ASSERT_TRUE(auth.setup("Ada L.\n", std::nullopt, std::nullopt));
  const auto token = auth.passing_token("Ada L.\n");
  ASSERT_TRUE(token);

  EXPECT_EQ(token->find('\n'), std::string::npos);  // it goes into a header
  EXPECT_EQ(auth.check_token(*token)->user_id, "Ada L.\n");
  EXPECT_FALSE(auth.passing_token("nobody"));
  const Auth later(*state, clock, system_random(), options);
  std::string forged = *token;
  forged[10] = forged[10] == '0' ? '1' : '0';
  for (const std::string& wrong :
       {forged, token->substr(0, 72), std::string("passing-"), *token + "x", *token + "%"}) {
    EXPECT_EQ(auth.check_token(wrong).error().code, Code::unauthenticated) << wrong;
  }
  EXPECT_EQ(later.check_token(*token).error().code, Code::unauthenticated);
}

TEST_F(AuthTest, ATokenForNobodyIsRefused) {
  ASSERT_TRUE(auth.setup("admin", std::nullopt, std::nullopt));
  const std::string token = sign_token(
      options.secret, {.subject = "ghost", .audience = "login", .expires_at = clock.now().seconds + 60});

  EXPECT_EQ(auth.check_token(token).error().code, Code::unauthenticated);
}

TEST_F(AuthTest, TheInstallationKeepsItsId) {
  const std::string id = *auth.installation_id();
  ASSERT_TRUE(auth.setup("admin", std::nullopt, std::nullopt));

  EXPECT_EQ(*Auth(*state, clock, system_random(), options).installation_id(), id);
  EXPECT_EQ(*Auth(*state, clock, system_random(), {.secret = "s", .fixed_installation_id = "fixed"})
                 .installation_id(),
            "fixed");
}

}  // namespace
}  // namespace mere::auth
