#include "serve/config.h"

#include <gmock/gmock.h>
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

TEST(Config, ReadsSeveralStores) {
  const ConfigFile file(R"(
blockstores:
  signing: {secret_key: signs}
  stores:
    - id: fast
      description: "the fast disk"
      backward_compatible: true
      type: local
      local: {path: /fast, import_enabled: true, allowed_external_prefixes: [/a, /b]}
    - {id: scratch, type: mem}
)");

  const auto loaded = load_config(file.path(), {});

  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.signing_secret, "signs");
  ASSERT_EQ(loaded->config.blockstores.size(), 2u);
  const StoreConfig& fast = loaded->config.blockstores[0];
  EXPECT_EQ(fast.id, "fast");
  EXPECT_EQ(fast.description, "the fast disk");
  EXPECT_TRUE(fast.backward_compatible);
  EXPECT_EQ(fast.local_path, "/fast");
  EXPECT_TRUE(fast.import_enabled);
  EXPECT_EQ(fast.allowed_external_prefixes, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(loaded->config.blockstores[1].type, "mem");
}

TEST(Config, TheEnvironmentGivesStoresAsYaml) {
  const auto loaded = load_config(std::nullopt, {"MERE_BLOCKSTORES_STORES=[{id: a, type: mem}]"});

  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_EQ(loaded->config.blockstores.size(), 1u);
  EXPECT_EQ(loaded->config.blockstores[0].id, "a");
}

TEST(Config, RefusesStoresThatCannotBeToldApart) {
  const auto refusal = [](const std::string& stores) {
    Config config;
    const Status status = set_key(config, "blockstores.stores", stores);
    return status ? "accepted" : status.error().message;
  };

  EXPECT_THAT(refusal("[]"), testing::HasSubstr("at least"));
  EXPECT_THAT(refusal("one"), testing::HasSubstr("a list"));
  EXPECT_THAT(refusal("[one]"), testing::HasSubstr("keys and values"));
  EXPECT_THAT(refusal("[{type: mem}]"), testing::HasSubstr("needs an id"));
  EXPECT_THAT(refusal("[{id: a}]"), testing::HasSubstr("'a': type is missing"));
  EXPECT_THAT(refusal("[{id: a, type: mem}, {id: a, type: mem}]"), testing::HasSubstr("the id 'a'"));
  EXPECT_THAT(refusal("[{id: a, type: local}]"), testing::HasSubstr("local.path is missing"));
  EXPECT_THAT(refusal("[{id: a, type: tape}]"), testing::HasSubstr("'tape' is not one of"));
  EXPECT_THAT(refusal("[{id: a, type: mem, local: {pth: x}}]"), testing::HasSubstr("no key 'local.pth'"));
  EXPECT_THAT(refusal("[{id: a, type: mem, backward_compatible: true}, "
                      "{id: b, type: mem, backward_compatible: true}]"),
              testing::HasSubstr("'a' and 'b' are both backward_compatible"));
  EXPECT_THAT(refusal("[{id: a"), testing::HasSubstr("blockstores.stores"));
}

TEST(Config, OneStoreOrSeveral) {
  const ConfigFile file("blockstore: {type: mem}\nblockstores: {stores: [{id: a, type: mem}]}\n");

  const auto loaded = load_config(file.path(), {});

  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::invalid_argument);
  EXPECT_THAT(loaded.error().message, testing::HasSubstr("both 'blockstore' and 'blockstores'"));
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
