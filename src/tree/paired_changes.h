// The changes of a list, each beside the record that a tree has under its key.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/executor.h"
#include "base/result.h"
#include "tree/types.h"

namespace mere::tree {

// What whoever walks will look at, so that it can be had ready: about `count` changes from where the walk
// began, whose keys begin with `prefix`.
struct Expected {
  std::size_t count = 0;
  std::string prefix{};
};

// One thread. Records hold until the next move.
//
// A walk that has gone a few steps has the rest of what is expected looked up ahead, in pieces, by this
// thread and by helpers: whoever is free takes the next piece, so that a busy or stopped queue delays
// nothing.
class PairedChanges {
 public:
  // Stands on the first change. `open_tree` is called by any thread, not after this is gone. `helpers` (or
  // null: there are none) outlives this; its work may not wait for this thread's.
  PairedChanges(std::unique_ptr<Cursor> changes, std::function<std::unique_ptr<Cursor>()> open_tree,
                Expected expected = {}, WorkQueue* helpers = nullptr);
  ~PairedChanges();
  PairedChanges(const PairedChanges&) = delete;

  bool valid() const;            // false at the end and after an error
  const Record& change() const;  // requires valid()
  // Requires valid(). Null: the tree has none, or cannot be read, which shows in status().
  const Record* in_tree();
  void next();                      // requires valid()
  void seek(std::string_view key);  // to the first change >= `key`, forwards or back
  Status status() const;

 private:
  class Batch;

  void look_ahead();
  void leave_batch();
  void show_of_batch();
  void fail(Error error);

  std::unique_ptr<Cursor> changes_;  // behind the batch, where there is one
  std::function<std::unique_ptr<Cursor>()> open_tree_;
  std::unique_ptr<Cursor> tree_;
  const Expected expected_;
  WorkQueue* const helpers_;
  std::size_t steps_ = 0;  // since the last seek

  std::shared_ptr<Batch> batch_;  // null: none
  Record change_;                 // of the batch
  Record in_tree_;
  bool is_in_tree_ = false;
  Status status_;
};

}  // namespace mere::tree
