// The records of a journal of small objects (local_journal.h).
//
//   | magic u32 | checksum u32 | path size u32 | bytes size u32 | path | bytes | 0 to 7 zeroes |
//
// Integers are little-endian; the checksum is the CRC-32C of all that follows it, zeroes excluded. A record
// begins at a multiple of 8, so that the next one is found behind a damaged one.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace mere::block {

struct JournalRecord {
  std::string_view path;  // below the root of the store
  std::string_view bytes;
};

void append_journal_record(std::string& out, std::string_view path, std::span<const std::byte> bytes);

// Calls `visit` for each intact record, in order. Answers whether bytes before the last of them belong to
// none: damage, where a journal that was cut off only has some at its end.
bool for_each_journal_record(std::string_view journal, const std::function<void(JournalRecord)>& visit);

}  // namespace mere::block
