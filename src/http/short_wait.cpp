#include "http/short_wait.h"

#include <sched.h>

namespace mere::http {
namespace {

constexpr int kMisses = 4;   // in a row, and looking does not pay
constexpr int kSleeps = 64;  // waits until it may again
constexpr int kLooks = 64;   // waits until one sleeps, to see whether that is as good by now

}  // namespace

bool ShortWait::begins_with_looking() {
  looked_ = false;
  if (!pays_) return false;
  if (++waits_ >= kLooks) {
    waits_ = 0;
    return false;
  }
  return true;
}

void ShortWait::looked(bool in_time) {
  looked_ = true;
  missed_ = in_time ? 0 : missed_ + 1;
  if (missed_ < kMisses) return;
  missed_ = 0;
  pays_ = false;
  sleeps_left_ = kSleeps;
}

void ShortWait::slept(Clock::duration took) {
  if (looked_) return;  // how long it would have taken asleep is not known
  if (sleeps_left_ > 0) {
    --sleeps_left_;
    return;
  }
  pays_ = took > kShortSleep && took < kLongSleep;
}

void ShortWait::give_way() {
  ::sched_yield();
}

}  // namespace mere::http
