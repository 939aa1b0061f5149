// Whether a thread that waits for its peer looks again and again for a moment before it sleeps.
//
// To fall asleep and be woken takes longer than many an answer does from a peer on the same machine or beside
// it: 50 to 100 µs on a virtual machine, at either end. So a wait begins with looking where that has paid
// lately, and gives the processor to others between two looks. A peer further away costs nothing but a few
// attempts now and then.
#pragma once

#include <chrono>

namespace mere::http {

// Of one connection. Not thread-safe.
class ShortWait {
 public:
  using Clock = std::chrono::steady_clock;

  // How long the looking lasts.
  static constexpr std::chrono::microseconds kLooking{100};
  // A sleep that took longer than this had nothing to win by looking;
  static constexpr std::chrono::microseconds kLongSleep{300};
  // nor had one that was shorter than this: both ends share a processor and take turns.
  static constexpr std::chrono::microseconds kShortSleep{40};

  // Looks, if it pays. True: `is_ready`, which does not wait, has answered so.
  template <class IsReady>
  bool look(IsReady is_ready) {
    if (!begins_with_looking()) return false;
    const Clock::time_point end = Clock::now() + kLooking;
    do {
      if (is_ready()) {
        looked(true);
        return true;
      }
      give_way();
    } while (Clock::now() < end);
    looked(false);
    return false;
  }

  // The same wait went on asleep, for so long.
  void slept(Clock::duration took);

  // What look() asks and tells; public for tests.
  bool begins_with_looking();
  void looked(bool in_time);

 private:
  static void give_way();

  bool pays_ = false;
  int waits_ = 0;        // since a wait began asleep on purpose
  int missed_ = 0;       // in a row
  int sleeps_left_ = 0;  // before looking is tried again
  bool looked_ = false;  // in the present wait
};

}  // namespace mere::http
