#include "client/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace mere::client {
namespace {

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string pattern = testing::TempDir() + "/client-config-XXXXXX";
    home_ = ::mkdtemp(pattern.data());
    variables_["HOME"] = home_;
  }
  ~ConfigTest() override { std::filesystem::remove_all(home_); }

  void write(const std::string& name, const std::string& text) { std::ofstream(home_ + "/" + name) << text; }
  Result<Settings> load() const {
    return load_settings([this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    });
  }

  std::string home_;
  std::map<std::string, std::string> variables_;
};

constexpr const char* kFile =
    "server:\n  endpoint_url: http://file:8000\n"
    "credentials:\n  access_key_id: AKIA\n  secret_access_key: secret\n";

TEST_F(ConfigTest, TheFileOfLakectlIsRead) {
  write(".lakectl.yaml", kFile);

  const auto settings = load();

  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->url, "http://file:8000");
  EXPECT_EQ(settings->session.credentials.access_key_id, "AKIA");
  EXPECT_EQ(settings->session.credentials.secret_access_key, "secret");
}

TEST_F(ConfigTest, TheEnvironmentGoesBeforeTheFile) {
  write(".lakectl.yaml", kFile);
  variables_["LAKECTL_SERVER_ENDPOINT_URL"] = "http://environment:8000";
  variables_["LAKECTL_CREDENTIALS_ACCESS_KEY_ID"] = "AKIB";
  variables_["LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY"] = "other";

  const auto settings = load();

  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->url, "http://environment:8000");
  EXPECT_EQ(settings->session.credentials.secret_access_key, "other");
}

TEST_F(ConfigTest, APairOfKeysIsOfOneFamily) {
  write(".lakectl.yaml", kFile);
  variables_["MERE_CREDENTIALS_ACCESS_KEY_ID"] = "AKIM";
  variables_["LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY"] = "other";

  EXPECT_EQ(load()->session.credentials.access_key_id, "AKIA");
}

TEST_F(ConfigTest, ATokenGoesBeforeKeys) {
  write(".lakectl.yaml", kFile);
  variables_["MERE_CREDENTIALS_SESSION_TOKEN"] = "t";

  const auto settings = load();

  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->session.credentials.token, "t");
  EXPECT_EQ(settings->session.credentials.access_key_id, "");
}

TEST_F(ConfigTest, AFolderGoesBeforeAll) {
  write(".lakectl.yaml", kFile);
  variables_["MERE_LAKE"] = "/data/lake";

  EXPECT_EQ(load()->folder, "/data/lake");
}

TEST_F(ConfigTest, AnotherFileCanBeNamedAndMustBeThere) {
  write("other.yaml", kFile);
  variables_["MERE_CONFIG_FILE"] = home_ + "/other.yaml";
  EXPECT_EQ(load()->url, "http://file:8000");

  variables_["MERE_CONFIG_FILE"] = home_ + "/none.yaml";
  EXPECT_EQ(load().error().code, Code::not_found);
}

TEST_F(ConfigTest, ErrorsSayWhatIsMissing) {
  EXPECT_EQ(load().error().code, Code::unauthenticated);

  write(".lakectl.yaml", "credentials: {access_key_id: a, secret_access_key: b}");
  EXPECT_EQ(load().error().code, Code::invalid_argument);

  write(".lakectl.yaml", "server: {endpoint_url: http://x}\ncredentials: {provider: {type: aws_iam}}");
  const auto role = load();
  EXPECT_EQ(role.error().code, Code::not_implemented);
  EXPECT_NE(role.error().message.find("external authentication service"), std::string::npos);

  write(".lakectl.yaml", "server: [\n");
  EXPECT_EQ(load().error().code, Code::invalid_argument);

  write(".lakectl.yaml", "just text");
  EXPECT_EQ(load().error().code, Code::unauthenticated);
}

}  // namespace
}  // namespace mere::client
