#include "serve/config.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace mere::serve {
namespace {

class ConfigFile {
 public:
  explicit ConfigFile(std::string_view text) : path_(std::tmpnam(nullptr)) { std::ofstream(path_) << text; }
  ~ConfigFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Config, ReadsNestedKeysOfAFile) {
  const ConfigFile file("listen_address: 0.0.0.0:9000\nlogging:\n  level: DEBUG\n  output: ['-', log.txt]\n");

  const auto loaded = load_config(file.path(), {});

  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.listen_address, "0.0.0.0:9000");
  EXPECT_EQ(loaded->config.logging.level, log::Level::debug);
  EXPECT_EQ(loaded->config.logging.outputs, (std::vector<std::string>{"-", "log.txt"}));
}

TEST(Config, EnvironmentBeatsTheFileAndMereBeatsLakefs) {
  const ConfigFile file("listen_address: a:1\nauth:\n  encrypt:\n    secret_key: from-file\n");

  const auto loaded = load_config(file.path(), {"LAKEFS_LISTEN_ADDRESS=b:2", "MERE_LISTEN_ADDRESS=c:3",
                                                "LAKEFS_AUTH_ENCRYPT_SECRET_KEY=from-env"});

  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.listen_address, "c:3");
  EXPECT_EQ(loaded->config.auth_secret, "from-env");
}

TEST(Config, NamesAnUnknownKeyAndTheNearestOne) {
  const ConfigFile file("logging:\n  levle: info\n");

  const auto loaded = load_config(file.path(), {});

  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("'logging.levle'"), std::string::npos);
  EXPECT_NE(loaded.error().message.find("did you mean 'logging.level'?"), std::string::npos);
}

TEST(Config, AcceptsAndReportsKeysOfLakefsThatMeanNothingHere) {
  const ConfigFile file("stats:\n  enabled: false\n");

  const auto loaded = load_config(file.path(), {});

  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->without_effect, std::vector<std::string>{"stats.enabled"});
}

TEST(Config, RefusesValuesOfAnotherType) {
  Config config;

  EXPECT_FALSE(set_key(config, "tls.enabled", "maybe"));
  EXPECT_FALSE(set_key(config, "server.worker_threads", "0"));
  EXPECT_FALSE(set_key(config, "server.worker_threads", "4x"));
  EXPECT_FALSE(set_key(config, "database.type", "oracle"));
  EXPECT_FALSE(set_key(config, "server.idle_timeout", "soon"));
}

TEST(Config, AMissingFileThatWasNamedIsAnError) {
  EXPECT_EQ(load_config("/nowhere/mere.yaml", {}).error().code, Code::not_found);
}

TEST(Config, ParsesDurations) {
  EXPECT_EQ(*parse_duration("90"), std::chrono::seconds(90));
  EXPECT_EQ(*parse_duration("1h30m"), std::chrono::seconds(5400));
  EXPECT_EQ(*parse_duration("250ms"), std::chrono::seconds(1));
  EXPECT_FALSE(parse_duration(""));
  EXPECT_FALSE(parse_duration("5 fortnights"));
  EXPECT_FALSE(parse_duration("-5s"));
}

}  // namespace
}  // namespace mere::serve
