// A power failure, made after a kill from the ledger that the server's failing disk kept
// (base/disk_faults.h): what had not been synced goes, in whole or in part.
#pragma once

#include <string>

#include "base/result.h"
#include "torture/dice.h"

namespace mere::torture {

struct PowerLoss {
  std::uint64_t files_cut = 0;     // whose end was not on the disk
  std::uint64_t names_undone = 0;  // creations, renamings, removals
};

// `folder`: the lake's; no process has it open. The ledger and what it kept are removed. Errors: io_error.
Result<PowerLoss> lose_power(const std::string& folder, const std::string& ledger, Dice& dice);

}  // namespace mere::torture
