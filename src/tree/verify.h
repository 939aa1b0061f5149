// Reads tables whole, past every cache, and checks that they are what their names say: each block against
// its checksum, the order of the keys, the digest of all records against the table's id, and what a
// metarange says of its ranges against what they hold.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/seen_names.h"
#include "block/store.h"
#include "tree/types.h"

namespace mere::tree {

struct TableProblem {
  std::string table_id;
  block::Address address;
  Error error;  // `gone`, `corrupt`, or what the store answered
};

// One thread. Remembers the tables it has read, as trees share most of theirs; past so many it forgets them
// all, and those that it meets again are read again.
class TableVerifier {
 public:
  using OnProblem = std::function<void(const TableProblem&)>;
  // Record by record of each range as it is read the first time, up to where it is damaged. An error ends
  // verify() with it.
  using OnRecord = std::function<Status(const Record&)>;
  // Told before a table of so many bytes is read. An error ends verify() with it.
  using OnTable = std::function<Status(std::uint64_t size_bytes)>;
  static constexpr std::size_t kMostRemembered = 8u << 20;

  // `store` outlives it. `prefix`: TreeOptions::prefix.
  TableVerifier(const block::Store& store, std::string prefix, OnTable on_table = nullptr,
                std::size_t remembered = kMostRemembered);

  // Problems are told, not answered.
  Status verify(const block::Address& ns, const MetaRangeId& tree, const OnProblem& on_problem,
                const OnRecord& on_record);

  std::uint64_t tables() const { return tables_; }    // read
  std::uint64_t records() const { return records_; }  // in ranges

 private:
  // Reads one table; its records go to `visit`. `corrupt` if it is not what `id` says. `stopped`: what
  // `on_table_` answered.
  Status read(const block::Address& address, const std::string& id,
              const std::function<Status(std::string_view key, std::string_view value)>& visit,
              Status& stopped);
  Status read_range(const block::Address& ns, const Range& range, const OnProblem& on_problem,
                    const OnRecord& on_record);
  block::Address address_of(const block::Address& ns, const std::string& id) const;

  const block::Store& store_;
  const std::string prefix_;
  const OnTable on_table_;
  SeenNames read_;
  std::uint64_t tables_ = 0;
  std::uint64_t records_ = 0;
};

}  // namespace mere::tree
