// Many calls that run together, and where the body of each goes.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/task.h"
#include "call.h"

namespace mere::python {

// One call of many.
struct Piece {
  std::shared_ptr<Call> call;
  std::string path;  // of the file to write; "": the body is the result
  Outcome outcome;
  std::uint64_t saved = 0;  // bytes of that file
};

class Batch {
 public:
  std::vector<Piece> pieces;  // not changed in number once it runs
  std::stop_source stop;      // asked to, what has not begun ends with `cancelled`
  // Called with the index of each piece that is done; None: nobody. Ctrl-C in it ends the batch, other
  // exceptions are told as those that nobody can catch.
  Kept progress;

  // Runs all to their ends, at most `concurrency` at a time, on this thread and others that end with it;
  // called without the interpreter's lock. `waiting` and `progress` are called on this thread alone. Throws
  // what ended it before its time: Ctrl-C in `progress` or in the iterator of a body.
  //
  // Over HTTP a piece has a thread of its own, of as many as there may be connections, which sends, waits and
  // saves the file: no other has to be woken, and files are made side by side. In-process few threads carry
  // many pieces each, since what has to be waited for is done by the lake's own threads.
  static void run_here(const std::shared_ptr<Batch>& batch, std::size_t concurrency, Waiting waiting);
  // The same on `executor` alone.
  static Task<bool> run_on(std::shared_ptr<Batch> batch, std::size_t concurrency, Executor& executor);

 private:
  struct Lane;
  static Task<bool> work(std::shared_ptr<Batch> batch, Executor& executor, bool tells);
  static Task<bool> run_lane(std::shared_ptr<Batch> batch, std::size_t width, Executor& executor, bool tells);
  bool take(std::size_t& index);  // the next piece; false: none is left
  void done(std::size_t index);
  void tell();  // of what is done and was not told
  void end_with(std::exception_ptr thrown);

  std::mutex mutex_;
  std::condition_variable lane_ended_;
  std::size_t next_ = 0;           // guarded by mutex_, as all below
  std::size_t lanes_ = 0;          // of other threads, that have not ended
  std::vector<std::size_t> done_;  // and not told
  std::exception_ptr thrown_;      // the first
};

}  // namespace mere::python
