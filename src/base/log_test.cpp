#include "base/log.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/log_record.h"

namespace mere::log {
namespace {

constexpr Timestamp kTime{1'767'323'045, 678'912'345};

TEST(TextRecord, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(text_record(kTime, Level::info, "commit done",
                        {{"repository", "lake-1"},
                         {"path", "a b"},
                         {"empty", ""},
                         {"took_ms", 12},
                         {"ok", true},
                         {"rate", 0.5}}),
            "time=\"2026-01-02T03:04:05.678Z\" level=info msg=\"commit done\" repository=lake-1 path=\"a b\" "
            "empty=\"\" "
            "took_ms=12 ok=true rate=0.5");
}

RC_GTEST_PROP(TextRecord, IsOneLineWhateverTheValues,
              (const std::string& message, const std::string& value)) {
  const std::string record = text_record(kTime, Level::warn, message, {{"k", value}});

  for (const char c : record) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20);
}

RC_GTEST_PROP(JsonRecord, IsOneJsonObjectWhateverTheValues,
              (const std::string& message, const std::string& value)) {
  const std::string record = json_record(kTime, Level::error, message, {{"k", value}, {"n", 7}});

  const auto read = boost::json::parse(record).as_object();

  RC_ASSERT(read.at("level") == "error");
  RC_ASSERT(read.at("time") == "2026-01-02T03:04:05.678Z");
  RC_ASSERT(read.at("n") == 7);
  RC_ASSERT(record.find('\n') == record.npos);
}

TEST(TextRecord, AlwaysHasMilliseconds) {
  EXPECT_EQ(text_record({0, 500'000'000}, Level::info, "m", {}),
            "time=\"1970-01-01T00:00:00.500Z\" level=info msg=\"m\"");
}

TEST(Level, IsReadInEitherCase) {
  EXPECT_EQ(level_named("INFO"), Level::info);
  EXPECT_EQ(level_named("warning"), Level::warn);
  EXPECT_EQ(level_named("none"), Level::none);
  EXPECT_FALSE(level_named("loud"));
}

std::string contents(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Last: what it configures is the process's.
TEST(Log, GoesToAFileThatIsRotated) {
  std::string folder = (std::filesystem::temp_directory_path() / "mere-log-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  Options options;
  options.level = Level::warn;
  options.outputs = {folder + "/mere.log"};
  options.file_max_bytes = 2000;
  options.files_kept = 2;

  ASSERT_TRUE(configure(options));
  warn("seen");
  info("not seen");
  const std::string first = contents(folder + "/mere.log");
  for (int i = 0; i < 200; ++i) error("filling", {{"i", i}});

  EXPECT_NE(first.find("msg=\"seen\"\n"), first.npos);
  EXPECT_EQ(first.find("not seen"), first.npos);
  EXPECT_NE(contents(folder + "/mere.log").find("i=199\n"), std::string::npos);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 3);
  options.outputs = {folder + "/mere.log/below-a-file"};
  const Status refused = configure(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::io_error);
  EXPECT_FALSE(enabled(Level::info));
  EXPECT_TRUE(enabled(Level::error));
  ASSERT_TRUE(configure({.level = Level::info, .outputs = {"="}}));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mere::log
