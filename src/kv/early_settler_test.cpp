#include "kv/early_settler.h"

#include <gtest/gtest.h>

#include <future>
#include <semaphore>

namespace mere::kv {
namespace {

TEST(EarlySettler, SettlesOnceEnoughWasCarriedAndAgainAfterAsMuch) {
  std::counting_semaphore<> settled(0);
  EarlySettler settler([&] {
    settled.release();
    return true;
  });
  settler.carried(EarlySettler::kBytes - 1);
  EXPECT_FALSE(settled.try_acquire());

  settler.carried(1);
  settled.acquire();

  settler.carried(EarlySettler::kBytes);
  settled.acquire();
}

TEST(EarlySettler, NeverSettlesAgainAfterAFailure) {
  std::promise<void> tried;
  int times = 0;
  {
    EarlySettler settler([&] {
      if (++times == 1) tried.set_value();
      return false;
    });
    settler.carried(EarlySettler::kBytes);
    tried.get_future().wait();
    for (int i = 0; i < 10; ++i) settler.carried(EarlySettler::kBytes);
  }
  EXPECT_EQ(times, 1);
}

TEST(EarlySettler, WaitsInItsDestructorForWhatIsUnderWay) {
  std::promise<void> begun;
  std::promise<void> may_end;
  bool ended = false;
  std::future<void> destroyed;
  {
    auto settler = std::make_unique<EarlySettler>([&] {
      begun.set_value();
      may_end.get_future().wait();
      return ended = true;
    });
    settler->carried(EarlySettler::kBytes);
    begun.get_future().wait();
    destroyed =
        std::async(std::launch::async, [&, settler = std::move(settler)]() mutable { settler.reset(); });
  }
  may_end.set_value();
  destroyed.wait();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace mere::kv
