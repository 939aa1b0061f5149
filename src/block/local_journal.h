// A journal that makes small objects durable many at a time.
//
// An fsync of a new file and one of its folder cost several writes to the disk each, whatever the file's
// size. Here the bytes of all small objects that are finished at the same time go to the end of one file,
// which one fsync covers; the objects' own files reach the disk later, with everything else, and until then a
// power failure is mended from the journal when the store is opened next (replay_journals). So:
//
//   keep(path, bytes)      the record is durable; the object's own file, complete and closed, gets its name
//   after it a journal file is full the next one takes over; once every object in it has its name, and the
//   whole file
//                          system was synced (syncfs), it is removed
//   the store is closed    the same for what is left
//
//   root/.mere-journal/<a process's own, locked while it lives>/<number>
//
// Replaying writes an object again: it is for addresses at which no other bytes are ever written. An object
// that was removed meanwhile may come back by it, as it may when its removal had not reached the disk.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "block/file_system.h"
#include "block/local_folders.h"

namespace mere::block {

class LocalDisk;

// Any thread may call keep().
class LocalJournal {
  struct Segment;
  struct Group;

 public:
  static constexpr std::size_t kMaxObjectBytes = 32u << 10;  // a larger one is not worth writing twice

  // Both outlive it. `segment_bytes`: after which a journal file is full.
  LocalJournal(FileSystem& files, const LocalFolders& folders, std::uint64_t segment_bytes = 8u << 20);
  ~LocalJournal();

  // Keeps the record until the object's file has its name: held from keep() until then.
  class Hold {
   public:
    Hold(Hold&& other) noexcept : journal_(other.journal_), segment_(std::move(other.segment_)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (segment_) journal_.release(*segment_);
    }

   private:
    friend class LocalJournal;
    Hold(LocalJournal& journal, std::shared_ptr<Segment> segment)
        : journal_(journal), segment_(std::move(segment)) {}
    LocalJournal& journal_;
    std::shared_ptr<Segment> segment_;
  };

  // The object is durable when a Hold is answered. Nothing: it is not, and its file must be synced itself.
  std::optional<Hold> keep(std::string_view path, std::span<const std::byte> bytes);

 private:
  std::shared_ptr<Segment> write(const std::string& records);
  std::shared_ptr<Segment> active_segment(std::size_t more_bytes);
  std::shared_ptr<Segment> new_segment();
  Status open_own_folder();
  void retire();
  void release(Segment& segment);
  void work();
  bool sync_objects_of(const Segment& segment);
  void forget(const std::vector<std::shared_ptr<Segment>>& segments);

  FileSystem& files_;
  const LocalFolders& folders_;
  const std::uint64_t segment_bytes_;

  std::mutex mutex_;
  std::shared_ptr<Group> open_;  // takes records while another group is being written; or null
  bool writing_ = false;
  bool broken_ = false;                            // the disk lost something: nothing more is kept here
  std::deque<std::shared_ptr<Segment>> retiring_;  // full; oldest first
  bool closing_ = false;
  std::condition_variable changed_;  // retiring_, a segment's holds, closing_
  std::thread thread_;               // removes full segments; started with the first

  // Of the one who writes:
  Fd own_;  // the folder, locked
  std::string own_name_;
  std::uint64_t next_number_ = 0;
  std::shared_ptr<Segment> active_;
};

// Writes what dead processes' journals hold to where it belongs, and removes them. `disk` is not yet used by
// others. Errors: why something could not be written.
Status replay_journals(LocalDisk& disk);

}  // namespace mere::block
