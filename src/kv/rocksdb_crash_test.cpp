// What a killed process was told is written, is written.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstdlib>
#include <set>
#include <sstream>
#include <thread>

#include "kv/store.h"
#include "kv/test_folder.h"

extern char** environ;

namespace mere::kv {
namespace {

constexpr const char* kFolder = "MERE_CRASH_FOLDER";
constexpr const char* kPipe = "MERE_CRASH_PIPE";
constexpr const char* kRound = "MERE_CRASH_ROUND";

// The child: writes until it is killed, and says each write that was acknowledged.
TEST(RocksDbCrash, DISABLED_WritesUntilKilled) {
  if (std::getenv(kFolder) == nullptr) GTEST_SKIP() << "run by SurvivesAKill";
  const int pipe = std::atoi(std::getenv(kPipe));
  const std::string round = std::getenv(kRound);
  const auto store =
      open_rocksdb_store({.path = std::getenv(kFolder), .write_buffer_bytes = 256 << 10}).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        const std::string key = fmt::format("{}-{}-{}", round, t, i);
        const std::vector<Write> writes = {Write::put(key, std::string(2000, 'v'), Condition::absent()),
                                           Write::put("twin/" + key, "v")};
        if (!store->write(writes)) std::abort();
        const std::string line = key + "\n";
        if (::write(pipe, line.data(), line.size()) < 0) std::abort();
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(RocksDbCrash, SurvivesAKill) {
  TestFolder folder;
  std::set<std::string> acknowledged;
  for (int round = 0; round < 4; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 3);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    ::setenv(kFolder, folder.path().c_str(), 1);
    ::setenv(kPipe, "3", 1);
    ::setenv(kRound, std::to_string(round).c_str(), 1);
    std::string program = "/proc/self/exe", all = "--gtest_also_run_disabled_tests",
                filter = "--gtest_filter=RocksDbCrash.DISABLED_WritesUntilKilled";
    char* arguments[] = {program.data(), all.data(), filter.data(), nullptr};
    pid_t child = 0;
    ASSERT_EQ(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);

    // Killed after so many lines, in the middle of whatever its threads are at.
    std::string heard;
    std::array<char, 4096> buffer;
    bool killed = false;
    for (ssize_t size = 0; (size = ::read(pipe[0], buffer.data(), buffer.size())) > 0;) {
      heard.append(buffer.data(), static_cast<std::size_t>(size));
      if (!killed && heard.size() > 4000) {
        ::kill(child, SIGKILL);
        killed = true;
      }
    }
    ::close(pipe[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;

    std::istringstream lines(heard);
    for (std::string line; std::getline(lines, line);) acknowledged.insert(line);
    const auto store = open_rocksdb_store({.path = folder.path()});
    ASSERT_TRUE(store) << store.error().message;
    for (const std::string& key : acknowledged) {
      ASSERT_EQ(*(*store)->get(key), std::string(2000, 'v')) << key;
      ASSERT_EQ(*(*store)->get("twin/" + key), "v") << key;
    }
    // And what was not acknowledged is there whole or not at all.
    for (const auto twin = (*store)->scan("twin/"); twin->valid(); twin->next()) {
      ASSERT_TRUE((*store)->get(twin->key().substr(5))->has_value()) << twin->key();
    }
  }
  EXPECT_GT(acknowledged.size(), 1000u);
}

}  // namespace
}  // namespace mere::kv
