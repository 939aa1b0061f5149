#include <gtest/gtest.h>

#include <sstream>

#include "cli/command.h"

namespace mere::cli {
namespace {

struct Outcome {
  int status;
  std::string out;
  std::string err;
};

Outcome run(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  Environment environment{{out, err}, {}};
  const int status = run_program(arguments, environment);
  return {status, out.str(), err.str()};
}

TEST(CommandLine, WithoutACommandShowsWhatThereIs) {
  const Outcome outcome = run({});

  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("subcommand is required"), std::string::npos) << outcome.err;
}

TEST(CommandLine, HelpTeachesHowToStart) {
  const Outcome outcome = run({"--help"});

  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("mere quickstart"), std::string::npos);
}

TEST(CommandLine, PrintsTheVersion) {
  EXPECT_EQ(run({"version"}).out, run({"--version"}).out);
  EXPECT_TRUE(run({"version"}).out.starts_with("mere "));
}

TEST(CommandLine, RefusesAnUnknownFlagWithStatus2) {
  EXPECT_EQ(run({"serve", "--nonsense"}).status, 2);
}

TEST(CommandLine, NamesAnUnknownSetting) {
  const Outcome outcome = run({"serve", "--set", "loging.level=debug"});

  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("did you mean 'logging.level'?"), std::string::npos) << outcome.err;
}

TEST(CommandLine, CompletionKnowsEveryCommand) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome outcome = run({"completion", shell});
    EXPECT_EQ(outcome.status, 0);
    for (const char* command : {"serve", "quickstart", "setup", "restore", "config", "version"}) {
      EXPECT_NE(outcome.out.find(command), std::string::npos) << shell << " lacks " << command;
    }
  }
}

}  // namespace
}  // namespace mere::cli
