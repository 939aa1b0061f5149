// A file that becomes visible under its name only when it is whole.
#pragma once

#include <string>

#include "base/fd.h"

namespace mere::client {

// Files without a name, which not every file system has, nor every system the way to give them one: behind an
// interface, so that a test can refuse them. Any thread may call any method. Failures are told by `errno`.
class NamelessFiles {
 public:
  virtual ~NamelessFiles() = default;
  // One in `folder`, to be read and written; empty: there is none.
  virtual Fd open(const std::string& folder) const = 0;
  // Gives it the name `path`, which nothing has (else EEXIST).
  virtual bool name(int file, const std::string& path) const = 0;
};
const NamelessFiles& system_nameless_files();

// A file in the folder of `path` that becomes `path` when it is whole, in place of what is there, and else
// goes without a trace. Its functions answer false with `errno` set; after that it can only go.
//
// Linux has files without a name (O_TMPFILE). One that is given its name at the end changes its folder once;
// a name for the meantime and its renaming change it three times, each with the folder's lock held, which
// costs twice the processor where many files are made side by side. Where there are none, a named one does;
// where one cannot be given its name (no /proc), it is copied to a named one.
class UnfinishedFile {
 public:
  // `nameless` outlives it.
  UnfinishedFile(std::string path, const NamelessFiles& nameless)
      : path_(std::move(path)), nameless_(nameless) {}
  ~UnfinishedFile();
  UnfinishedFile(const UnfinishedFile&) = delete;

  bool open();
  int file() const { return file_.get(); }  // to be written to
  bool finish();

 private:
  std::string new_part() const;
  bool open_part();
  bool name_as_part();
  bool copy_to_part();
  bool close_or_remove(const std::string& name);

  const std::string path_;
  const NamelessFiles& nameless_;
  Fd file_;
  std::string part_;  // its name meanwhile; "": none
};

}  // namespace mere::client
