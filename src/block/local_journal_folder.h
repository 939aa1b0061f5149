// Where journals lie: root/.mere-journal.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "block/file_system.h"
#include "block/local_path.h"

namespace mere::block {

inline const std::string kJournals = std::string(kReservedPrefix) + "journal";

// Opens it, or makes it. An Fd that is none if it is not there and not to be made.
Result<Fd> open_journal_folder(FileSystem& files, const Fd& root, bool make);

// flock(2); errno says why not. The lock goes with the descriptor.
bool lock_folder(const Fd& folder, int how);

}  // namespace mere::block
