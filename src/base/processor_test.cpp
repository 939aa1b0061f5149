#include "base/processor.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace mere {
namespace {

cpu_set_t allowed_processors() {
  cpu_set_t allowed;
  EXPECT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  return allowed;
}

TEST(Processor, IsLeftForAnotherAndMayBeUsedAgain) {
  std::thread([] {
    const cpu_set_t before = allowed_processors();
    // Held on one, so that it is known which, and then let go.
    const int first = current_processor();
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(static_cast<unsigned>(first), &only);
    ASSERT_EQ(sched_setaffinity(0, sizeof only, &only), 0);
    leave_processor(first);
    EXPECT_EQ(current_processor(), first);  // there is no other
    ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);

    leave_processor(first);
    const cpu_set_t after = allowed_processors();
    EXPECT_TRUE(CPU_EQUAL(&after, &before));
    leave_processor(-1);
    leave_processor(1 << 20);
  }).join();
}

}  // namespace
}  // namespace mere
