// Which processor a thread runs on.
#pragma once

namespace mere {

// This thread's, now; -1 if that cannot be told.
int current_processor();

// Moves this thread to another processor, if it runs on `processor` and may run elsewhere.
//
// For work that was begun to run beside its starter's: Linux wakes a thread where it ran last or where it is
// woken from, may not look for an idle processor (on small machines, under some load), and sets that right at
// a later tick, milliseconds on.
void leave_processor(int processor);

}  // namespace mere
