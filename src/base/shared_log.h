// Records that become durable with somebody else's next sync.
//
// A store of objects and a store of state each have to reach the disk before an answer, one after the
// other. Here the first gives its few bytes to the second, which writes them to its log beside its own
// record: one fsync for both. After a crash the owner of the log hands back what it finds in it.
//
//   rider   block's local store: gives records, makes objects of those that come back
//   owner   kv's RocksDB store: carries them in its write-ahead log until the rider has settled
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mere {

class SharedLog {
 public:
  class Rider {
   public:
    virtual ~Rider() = default;
    // Makes good what a record says; it may have been done already. After a crash, before anything is read.
    virtual Status replay(std::string_view record) = 0;
    // Makes durable, without the log, whatever was given before the call. Any thread.
    virtual Status settle() = 0;
    // Tells what settle() speaks of from all else, as long as the owner does not have the log open: something
    // that took its place, a copy of it. Errors: of the disk; `unavailable`: settling makes nothing durable.
    virtual Result<std::string> place() const = 0;
    // Whether nothing is there, so that nothing can have to settle.
    virtual bool is_empty() const = 0;
    // Whether this process has made or begun anything there.
    virtual bool has_written() const = 0;
  };

  static constexpr std::size_t kMaxWaitingBytes = std::size_t{4} << 20;

  // --- riders ---------------------------------------------------------------------------------------
  // `rider` stays until it leaves; `name` finds it again after a restart. Before the owner begins.
  void join(std::string name, Rider& rider);
  void leave(std::string_view name);

  // The record is durable when the owner's next synced write is, and not before. What it says must be done
  // by then, if not durably. False: nobody carries it (no owner, one that fell behind or cannot settle).
  bool add(std::string_view name, std::string_view record);

  // --- the owner ------------------------------------------------------------------------------------
  void begin();  // from here on add() finds an owner
  void end();
  // What was added and not yet taken, as one piece for the log; "" if there is nothing.
  std::string take();
  // A piece that could not be written: first in the next take().
  void give_back(std::string piece);
  // A piece out of the log after a crash. Records of riders that are not there are counted in `orphans`.
  // Errors: those of the riders; `corrupt`.
  Status replay(std::string_view piece, std::size_t& orphans);
  // All riders settle. After an error nothing more is carried: what was must stay in the log.
  Status settle();
  // Of all riders, with their names. Errors: those of the riders.
  Result<std::string> places() const;
  bool is_empty() const;     // all riders are
  bool has_written() const;  // any rider has

 private:
  using Riders = std::map<std::string, Rider*, std::less<>>;
  Riders riders() const;

  mutable std::mutex mutex_;
  Riders riders_;
  bool carried_ = false;
  std::string waiting_;  // pairs of name and record, each with its size (u32 LE) before it
};

}  // namespace mere
