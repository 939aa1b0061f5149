#include "base/write_all.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

#include "base/fd.h"

namespace mere {
namespace {

TEST(WriteAll, GoesOnUntilAllIsTaken) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd from(ends[0]);
  Fd into(ends[1]);
  const std::string bytes(1 << 20, 'x');  // more than a pipe holds
  std::string read;
  std::thread reader([&] {
    char piece[777];
    for (ssize_t count = 0; (count = ::read(from.get(), piece, sizeof piece)) > 0;) {
      read.append(piece, static_cast<std::size_t>(count));
    }
  });

  const bool written = write_all(into.get(), bytes);
  into = Fd();
  reader.join();

  EXPECT_TRUE(written);
  EXPECT_EQ(read, bytes);
}

TEST(WriteAll, TellsWhyItCouldNot) {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);

  EXPECT_FALSE(write_all(full.get(), "x"));
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_TRUE(write_all(full.get(), ""));
}

}  // namespace
}  // namespace mere
