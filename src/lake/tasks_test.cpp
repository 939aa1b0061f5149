#include "lake/tasks.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "lake/test_lake.h"
#include "lake/test_queue.h"

namespace mere::lake {
namespace {

struct TasksTest : testing::Test {
  TestLake test;
  std::unique_ptr<WorkQueue> threads = make_thread_pool(2, 16);
  Tasks tasks{*test.state, test.clock, system_random(), *threads, *threads};

  TaskRecord wait_for(const std::string& id, Tasks& at) {
    for (;;) {
      auto record = at.get(test.repository, id);
      EXPECT_TRUE(record);
      if (!record || record->done) return record ? *record : TaskRecord{};
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
};

TEST_F(TasksTest, TheAnswerOfTheWorkIsTheResult) {
  const auto id = tasks.start(test.repository, "XX", [](TaskContext& context) -> Result<std::string> {
    context.report(7);
    return std::string("result");
  });

  ASSERT_TRUE(id);
  EXPECT_TRUE(id->starts_with("XX"));
  EXPECT_TRUE(is_xid(id->substr(2)));
  const TaskRecord record = wait_for(*id, tasks);
  EXPECT_EQ(record.result, "result");
  EXPECT_EQ(record.progress, 7);
  EXPECT_FALSE(record.error);
}

TEST_F(TasksTest, ShortWorkWaitsForNoLongWork) {
  HeldQueue long_work;
  Tasks both{*test.state, test.clock, system_random(), long_work, *threads};
  const auto work = [](TaskContext&) -> Result<std::string> { return std::string("done"); };

  const auto hours = both.start(test.repository, "", work);
  const auto seconds = both.start_short(test.repository, "", work);

  EXPECT_EQ(wait_for(*seconds, both).result, "done");
  EXPECT_FALSE(both.get(test.repository, *hours)->done);
  long_work.run();
  EXPECT_EQ(wait_for(*hours, both).result, "done");
}

TEST_F(TasksTest, AnErrorAndAnExceptionAreKept) {
  const auto failed = tasks.start(test.repository, "", [](TaskContext&) -> Result<std::string> {
    return Error{Code::precondition_failed, "why"};
  });
  const auto thrown = tasks.start(
      test.repository, "", [](TaskContext&) -> Result<std::string> { throw std::runtime_error("oh"); });

  EXPECT_EQ(wait_for(*failed, tasks).error, (Error{Code::precondition_failed, "why"}));
  EXPECT_EQ(wait_for(*thrown, tasks).error, (Error{Code::internal, "unexpected failure: oh"}));
}

TEST_F(TasksTest, UnknownOnesAreNotFoundAndDoneOnesCannotBeCancelled) {
  const auto id =
      tasks.start(test.repository, "", [](TaskContext&) -> Result<std::string> { return std::string(); });
  wait_for(*id, tasks);

  EXPECT_EQ(tasks.get(test.repository, "nope").error(), (Error{Code::not_found, "not found"}));
  EXPECT_EQ(tasks.cancel(test.repository, "nope").error(), (Error{Code::not_found, "not found"}));
  EXPECT_EQ(tasks.cancel(test.repository, *id).error(), (Error{Code::conflict, "conflict found"}));
}

TEST_F(TasksTest, ACancelledOneStops) {
  std::promise<void> running;
  const auto id = tasks.start(test.repository, "", [&](TaskContext& context) -> Result<std::string> {
    running.set_value();
    while (!context.cancelled()) std::this_thread::yield();
    return Error{Code::cancelled, "stopped"};
  });
  running.get_future().wait();

  ASSERT_TRUE(tasks.cancel(test.repository, *id));

  EXPECT_EQ(tasks.get(test.repository, *id)->error, (Error{Code::cancelled, "Canceled"}));
  EXPECT_TRUE(tasks.cancel(test.repository, *id));
}

TEST_F(TasksTest, ACancelledOneNeverBeginsItsLastStepAndThereNobodyCancelsIt) {
  std::promise<void> cancelled, last_step, tried;
  std::promise<Status> begun;
  const auto stopped = tasks.start(test.repository, "", [&](TaskContext& context) -> Result<std::string> {
    cancelled.get_future().wait();
    begun.set_value(context.begin_last_step());
    return std::string("done");
  });
  ASSERT_TRUE(tasks.cancel(test.repository, *stopped));
  cancelled.set_value();
  const auto finishing = tasks.start(test.repository, "", [&](TaskContext& context) -> Result<std::string> {
    EXPECT_TRUE(context.begin_last_step());
    last_step.set_value();
    tried.get_future().wait();
    return std::string("done");
  });
  last_step.get_future().wait();

  const Status refused = tasks.cancel(test.repository, *finishing);
  tried.set_value();

  EXPECT_EQ(begun.get_future().get().error().code, Code::cancelled);
  EXPECT_EQ(refused.error(), (Error{Code::conflict, "conflict found"}));
  EXPECT_EQ(wait_for(*finishing, tasks).result, "done");
  EXPECT_EQ(tasks.get(test.repository, *stopped)->result, "");
}

TEST_F(TasksTest, CancellingOneThatFailedLeavesItsReason) {
  const auto id = tasks.start(test.repository, "", [](TaskContext&) -> Result<std::string> {
    return Error{Code::precondition_failed, "why"};
  });
  wait_for(*id, tasks);

  EXPECT_TRUE(tasks.cancel(test.repository, *id));
  EXPECT_EQ(tasks.get(test.repository, *id)->error, (Error{Code::precondition_failed, "why"}));
}

TEST_F(TasksTest, ProgressIsStoredAtMostOnceASecondAndShownAtOnceWhereItRuns) {
  std::promise<void> reported, seen;
  const auto id = tasks.start(test.repository, "", [&](TaskContext& context) -> Result<std::string> {
    context.report(1);
    test.clock.advance(std::chrono::seconds(1));
    context.report(2);
    context.report(3);
    reported.set_value();
    seen.get_future().wait();
    return std::string();
  });
  reported.get_future().wait();

  const auto stored =
      Tasks(*test.state, test.clock, system_random(), *threads, *threads).get(test.repository, *id);
  const auto shown = tasks.get(test.repository, *id);
  seen.set_value();

  EXPECT_EQ(stored->progress, 2);
  EXPECT_EQ(shown->progress, 3);
  EXPECT_EQ(wait_for(*id, tasks).progress, 3);
}

// A process that dies never gets to run what it queued.
struct Lost final : WorkQueue {
  void submit(std::function<void()> lost) override { work.push_back(std::move(lost)); }
  std::vector<std::function<void()>> work;
};

Result<Tasks::Work> never_again(std::string_view) {
  return Error{Code::internal, "asked for a task without a request"};
}

TEST_F(TasksTest, OfAnEarlierProcessAreFailedAfterARestart) {
  Lost lost;
  Tasks died(*test.state, test.clock, system_random(), lost, lost);
  const auto id =
      died.start(test.repository, "", [](TaskContext&) -> Result<std::string> { return std::string(); });
  ASSERT_FALSE(died.get(test.repository, *id)->done);

  Tasks restarted(*test.state, test.clock, system_random(), *threads, *threads);
  ASSERT_TRUE(restarted.recover(never_again));

  const auto record = restarted.get(test.repository, *id);
  EXPECT_TRUE(record->done);
  EXPECT_EQ(record->error, (Error{Code::cancelled, "interrupted by a restart"}));
  for (const auto& work : lost.work) work();  // so that the first one can be destroyed
}

TEST_F(TasksTest, OfAnEarlierProcessWithARequestAreBegunAgainUnderTheirId) {
  Lost lost;
  Tasks died(*test.state, test.clock, system_random(), lost, lost);
  const auto work = [](TaskContext&) -> Result<std::string> { return std::string("first"); };
  const std::string id = *died.start(test.repository, "", work, "what\nto do");

  Tasks restarted(*test.state, test.clock, system_random(), *threads, *threads);
  ASSERT_TRUE(restarted.recover([](std::string_view request) -> Result<Tasks::Work> {
    return [request = std::string(request)](TaskContext&) -> Result<std::string> {
      return "second: " + request;
    };
  }));

  EXPECT_EQ(wait_for(id, restarted).result, "second: what\nto do");
  for (const auto& left : lost.work) left();
  EXPECT_EQ(restarted.get(test.repository, id)->result, "second: what\nto do");
  restarted.drain();
  EXPECT_FALSE(test.state->scan("running-tasks/")->valid());
}

TEST_F(TasksTest, ARequestThatCannotBeBegunAgainFailsItsTask) {
  Lost lost;
  Tasks died(*test.state, test.clock, system_random(), lost, lost);
  const auto work = [](TaskContext&) -> Result<std::string> { return std::string(); };
  const std::string id = *died.start(test.repository, "", work, "request");

  Tasks restarted(*test.state, test.clock, system_random(), *threads, *threads);
  ASSERT_TRUE(restarted.recover(never_again));

  EXPECT_EQ(restarted.get(test.repository, id)->error->code, Code::internal);
  for (const auto& left : lost.work) left();
}

TEST_F(TasksTest, OneThatEndsItsProcessEveryTimeIsGivenUp) {
  Lost lost;
  std::vector<std::unique_ptr<Tasks>> died;
  const auto begin = [&] {
    died.push_back(std::make_unique<Tasks>(*test.state, test.clock, system_random(), lost, lost));
    return died.back().get();
  };
  const auto work = [](TaskContext&) -> Result<std::string> { return std::string(); };
  const std::string id = *begin()->start(test.repository, "", work, "request");

  for (std::uint64_t i = 0; i < Tasks::kMostStarts; ++i)
    ASSERT_TRUE(begin()->recover([&](std::string_view) -> Result<Tasks::Work> { return Tasks::Work(work); }));

  EXPECT_EQ(lost.work.size(), Tasks::kMostStarts);
  EXPECT_EQ(tasks.get(test.repository, id)->error,
            (Error{Code::cancelled, "interrupted by a restart, 100 times"}));
  for (const auto& left : lost.work) left();
}

TEST_F(TasksTest, AWriteThatEndsATaskIsRefusedOnceItIsCancelled) {
  std::promise<kv::Write> promised;
  std::promise<void> cancelled;
  std::promise<Result<kv::Write>> refused;
  const auto id = tasks.start(test.repository, "", [&](TaskContext& context) -> Result<std::string> {
    promised.set_value(*context.ending_with("done"));
    cancelled.get_future().wait();
    refused.set_value(context.ending_with("done"));
    return std::string("done");
  });
  const kv::Write ending = promised.get_future().get();

  ASSERT_TRUE(tasks.cancel(test.repository, *id));
  cancelled.set_value();

  EXPECT_EQ(test.state->write({&ending, 1}).error().code, Code::conflict);
  EXPECT_EQ(refused.get_future().get().error().code, Code::cancelled);
  EXPECT_EQ(tasks.get(test.repository, *id)->error, (Error{Code::cancelled, "Canceled"}));
}

TEST_F(TasksTest, DrainingStopsWhatRunsAndTakesNothingNew) {
  std::promise<void> running;
  const auto id = tasks.start(test.repository, "", [&](TaskContext& context) -> Result<std::string> {
    running.set_value();
    while (!context.cancelled()) std::this_thread::yield();
    return Error{Code::cancelled, "stopped"};
  });
  running.get_future().wait();

  tasks.drain();

  EXPECT_EQ(tasks.get(test.repository, *id)->error, (Error{Code::cancelled, "interrupted by a restart"}));
  EXPECT_EQ(
      tasks.start(test.repository, "", [](TaskContext&) -> Result<std::string> { return std::string(); })
          .error()
          .code,
      Code::unavailable);
}

TEST_F(TasksTest, DoneOnesAreForgottenAfterAWeek) {
  const auto work = [](TaskContext&) -> Result<std::string> { return std::string(); };
  const auto old = tasks.start(test.repository, "", work);
  wait_for(*old, tasks);
  test.clock.advance(std::chrono::hours(24 * 7));

  const auto young = tasks.start(test.repository, "", work);
  wait_for(*young, tasks);

  EXPECT_FALSE(tasks.get(test.repository, *old));
  EXPECT_TRUE(tasks.get(test.repository, *young));
}

TEST(LakesQueues, ATaskThatTakesLongDoesNotHoldUpHousekeeping) {
  HeldQueue long_work;
  LakeOptions options = test_options();
  options.updates.compact_after_entries = 2;
  TestLake test(block::make_memory_store(system_clock()), kv::make_memory_store(), options, long_work);
  const auto task = test.lake.tasks.start(test.repository, "", [](TaskContext&) { return std::string(); });

  for (int i = 0; i < 8; ++i) ASSERT_TRUE(test.upload(std::to_string(i), "bytes"));

  EXPECT_TRUE(test.lake.engine.refs.branch(test.repository, kMain)->compacted);
  EXPECT_FALSE(test.lake.tasks.get(test.repository, *task)->done);
  long_work.run();
}

}  // namespace
}  // namespace mere::lake
