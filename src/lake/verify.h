// The scrub: reads what a lake holds again and checks that it is all there and unchanged. Blocking.
//
// The lake may be in use meanwhile. All that it held from the beginning to the end is looked at, wherever
// commits move it; what comes or goes meanwhile may be. Nothing is reported of an object without a second
// look at it, and without asking whether it is an object still: what was deleted is not missing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "version/types.h"

namespace mere::lake {

struct Lake;

enum class FindingKind {
  missing_table,   // of committed metadata: its records cannot be read
  damaged_table,   // it is there, but not what its name says
  missing_object,  // an entry's bytes are gone
  wrong_size,      // its bytes are not as many as the entry says
  damaged_object,  // its bytes do not have the entry's checksum (only with VerifyOptions::objects)
  damaged_record,  // a commit, branch, tag or staged entry that does not say what it must
  unreadable,      // the store failed; nothing is known of what lies there
};
inline constexpr FindingKind kLastFindingKind = FindingKind::unreadable;
// "missing_table": also what is stored, printed, and said in the API, which names the same kinds.
std::string_view name_of(FindingKind kind);
std::optional<FindingKind> finding_kind_named(std::string_view name);

struct Finding {
  FindingKind kind = FindingKind::unreadable;
  version::RepositoryName repository;
  std::string where;    // "branch main", "commit 1f2e…", "table 3c4d…"
  std::string path;     // of the entry; "" for others
  std::string address;  // "" for records
  std::string detail;
  bool quarantined = false;
};

struct VerifyOptions {
  std::string repository;    // "": all
  bool objects = false;      // read the bytes of objects too, not only look whether they are there
  bool all_commits = false;  // objects of every commit, not only of branches, tags and uncommitted changes
  // Damaged files inside the storage namespace are moved to "<namespace>/_quarantine/", so that reading them
  // answers that they are gone rather than wrong bytes. What is missing, or could not be read, stays.
  bool quarantine = false;
  std::size_t threads = 4;                 // that look at objects
  std::uint64_t max_bytes_per_second = 0;  // read, of tables and objects together; 0: as many as can be
  // How many addresses and tables are known again, so as to be looked at once: up to 32 bytes of memory each.
  std::size_t remembered = 8u << 20;
};

struct VerifyCounts {
  std::uint64_t repositories = 0;
  std::uint64_t commits = 0;
  std::uint64_t tables = 0;
  std::uint64_t entries = 0;           // whose bytes were looked for
  std::uint64_t bytes = 0;             // of objects, read
  std::uint64_t without_checksum = 0;  // objects whose checksum is not one of their bytes (parts, imports)
  std::uint64_t findings = 0;
};

// Tells each finding as it is made, and `progress` several times a second: one call at a time, from any
// thread. Errors: `not_found` (the repository, or it is deleted meanwhile), `cancelled` if `progress` answers
// false once, and those of the metadata store.
Result<VerifyCounts> verify(Lake& lake, const VerifyOptions& options,
                            const std::function<void(const Finding&)>& on_finding,
                            const std::function<bool(const VerifyCounts&)>& progress);
Error check_stopped();  // `cancelled`

}  // namespace mere::lake
