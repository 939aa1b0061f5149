#include "serve/local_access.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace mere::serve {
namespace {

class LocalAccess : public testing::Test {
 protected:
  LocalAccess() {
    std::string pattern = testing::TempDir() + "/local-access-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    config_.data_dir = folder_;
  }
  ~LocalAccess() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  Config config_;
};

TEST_F(LocalAccess, ANewLakeGetsAnAdministratorWhoseTokenIsGood) {
  const auto lake = open_local_lake(config_, true);

  ASSERT_TRUE(lake) << lake.error().message;
  const auto principal = lake->program->auth().check_token(lake->token);
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->user_id, "admin");
}

TEST_F(LocalAccess, ATokenEndsWithTheProgramThatMadeIt) {
  std::string token;
  {
    const auto lake = open_local_lake(config_, true);
    ASSERT_TRUE(lake) << lake.error().message;
    token = lake->token;
  }

  const auto lake = open_local_lake(config_, false);

  ASSERT_TRUE(lake) << lake.error().message;
  EXPECT_NE(lake->token, token);
  EXPECT_EQ(lake->program->auth().check_token(token).error().code, Code::unauthenticated);
}

TEST_F(LocalAccess, AnAdministratorThatIsThereIsKept) {
  config_.installation_user_name = "ada";
  config_.installation_access_key_id = "AKIAIOSFODNN7EXAMPLE";
  config_.installation_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  ASSERT_TRUE(Program::open(config_));

  const auto lake = open_local_lake(config_, false);

  ASSERT_TRUE(lake) << lake.error().message;
  EXPECT_EQ(lake->program->auth().check_token(lake->token)->user_id, "ada");
}

TEST_F(LocalAccess, AFolderWithoutALakeIsNotMadeOneUnlessAsked) {
  const auto lake = open_local_lake(config_, false);

  ASSERT_FALSE(lake);
  EXPECT_EQ(lake.error().code, Code::not_found);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(LocalAccess, ALakeThatIsOpenIsUnavailable) {
  const auto lake = open_local_lake(config_, true);
  ASSERT_TRUE(lake);

  const auto again = open_local_lake(config_, true);

  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::unavailable);
}

TEST_F(LocalAccess, WhereALakeIsServedIsToldWhileItIs) {
  EXPECT_FALSE(find_serving(folder_));
  {
    const ServingFile file(folder_, {"http://127.0.0.1:8000", "token\"with quotes"});

    const auto serving = find_serving(folder_);
    ASSERT_TRUE(serving);
    EXPECT_EQ(serving->address, "http://127.0.0.1:8000");
    EXPECT_EQ(serving->token, "token\"with quotes");
    struct stat status{};
    ASSERT_EQ(::stat((folder_ + "/serving.json").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
  }
  EXPECT_FALSE(find_serving(folder_));
}

TEST_F(LocalAccess, ADamagedServingFileSaysNothing) {
  for (const char* text : {"", "{", "[1]", "{\"address\": \"http://x\"}", "\xff\xfe"}) {
    std::ofstream(folder_ + "/serving.json") << text;
    EXPECT_FALSE(find_serving(folder_)) << text;
  }
}

TEST_F(LocalAccess, WhatAKilledServerLeftIsForgottenWhenTheLakeIsOpened) {
  std::ofstream(folder_ + "/serving.json") << R"({"address": "http://127.0.0.1:1", "token": "old"})";

  const auto lake = open_local_lake(config_, true);

  ASSERT_TRUE(lake);
  EXPECT_FALSE(find_serving(folder_));
}

}  // namespace
}  // namespace mere::serve
