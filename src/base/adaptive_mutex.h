// A mutex for critical sections that are shorter than a switch of threads.
#pragma once

#include <pthread.h>

#include <mutex>

namespace mere {

// A std::mutex (of a condition variable too, by std::unique_lock<std::mutex>), but who finds it taken looks
// again for about a microsecond before it sleeps (glibc's PTHREAD_MUTEX_ADAPTIVE_NP).
//
// Linux wakes a thread on its waker's processor where it takes no other for idle, as on virtual machines
// whose processors are halted when idle: whoever slept for a lock then waits for the waker's time slice to
// end, milliseconds, beside an idle processor.
class AdaptiveMutex : public std::mutex {
 public:
  AdaptiveMutex() {
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
    *native_handle() = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
#endif
  }
};

}  // namespace mere
