#include "base/disk_faults.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace mere {
namespace {

using Step = DiskFaults::Step;

TEST(DiskFaults, ADiskWithoutAPlanWorks) {
  const auto faults = make_disk_faults("").value();

  for (int step = 0; step < 100; ++step) {
    EXPECT_EQ(faults->before(Step::write, 1000).error, 0);
    EXPECT_EQ(faults->before(Step::sync).error, 0);
  }
}

TEST(DiskFaults, AFullDiskRefusesWritesUntilThereIsRoomAgain) {
  const auto faults = make_disk_faults("room=100,full-for=2").value();

  EXPECT_EQ(faults->before(Step::write, 100).error, 0);
  EXPECT_EQ(faults->before(Step::sync).error, 0);
  EXPECT_EQ(faults->before(Step::write, 1).error, ENOSPC);
  EXPECT_EQ(faults->before(Step::change_names).error, ENOSPC);
  EXPECT_EQ(faults->before(Step::write, 1000).error, 0);
}

TEST(DiskFaults, StepsFailInTheirRangeOnly) {
  const auto faults = make_disk_faults("seed=1,errors-from=2,errors-to=4,error-percent=100").value();

  EXPECT_EQ(faults->before(Step::write, 10).error, 0);
  EXPECT_EQ(faults->before(Step::sync).error, 0);
  const DiskFaults::Fate torn = faults->before(Step::write, 10);
  EXPECT_EQ(torn.error, EIO);
  EXPECT_LT(torn.bytes, 10u);
  EXPECT_EQ(faults->before(Step::sync).error, EIO);
  EXPECT_EQ(faults->before(Step::write, 10).error, 0);
}

TEST(DiskFaults, AShortWriteIsNoError) {
  const auto faults = make_disk_faults("short-percent=100").value();

  const DiskFaults::Fate fate = faults->before(Step::write, 10);

  EXPECT_EQ(fate.error, 0);
  EXPECT_GE(fate.bytes, 1u);
  EXPECT_LT(fate.bytes, 10u);
}

TEST(DiskFaults, RefusesWhatItDoesNotUnderstand) {
  EXPECT_FALSE(make_disk_faults("flood=1"));
  EXPECT_FALSE(make_disk_faults("room=much"));
  EXPECT_FALSE(make_disk_faults("room"));
}

}  // namespace
}  // namespace mere
