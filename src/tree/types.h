// The words of committed metadata: records, entries, ranges. Format: docs/design/0001-storage-format.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"

namespace mere::tree {

using RangeId = Id<struct RangeIdTag>;          // 64 lower-case hex digits
using MetaRangeId = Id<struct MetaRangeIdTag>;  // 64 lower-case hex digits, or "": no objects

using Metadata = std::map<std::string, std::string>;

enum class AddressType : std::uint8_t { by_prefix_deprecated = 0, relative = 1, full = 2 };

// What a path stands for.
struct Entry {
  std::string address;  // below the storage namespace (relative), or a URI (full)
  AddressType address_type = AddressType::relative;
  Timestamp last_modified;
  std::int64_t size_bytes = 0;
  std::string checksum;  // "e_tag" of the stored form, without quotes
  Metadata metadata;
  std::string content_type;  // "" for imported objects

  friend bool operator==(const Entry&, const Entry&) = default;
};

std::string encode_entry(const Entry& entry);             // catalog.Entry, protobuf
Result<Entry> decode_entry(std::string_view data);        // corrupt
Status decode_entry(std::string_view data, Entry& into);  // the same, into memory that it has already
// 32 raw bytes: SHA-256 over size, checksum, metadata and content type; neither path, address nor time.
std::string identity_of(const Entry& entry);
// Size and checksum of a stored entry without decoding the rest.
struct EntrySummary {
  std::int64_t size_bytes = 0;
  std::string_view checksum;
};
Result<EntrySummary> summarise_entry(std::string_view data);

// One key of a tree, or of a list of changes to one. Views; whoever hands them out says how long they hold.
struct Record {
  std::string_view key;
  std::string_view identity;  // empty: a tombstone (only in changes)
  std::string_view data;      // encode_entry(...), or another message (refs dumps)

  bool is_tombstone() const { return identity.empty(); }
};

// A walk in key order (bytewise). One thread. Records hold until the next move.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool valid() const = 0;               // false at the end and after an error
  virtual const Record& record() const = 0;     // requires valid()
  virtual void next() = 0;                      // requires valid()
  virtual void seek(std::string_view key) = 0;  // to the first record >= key, forwards or back
  virtual Status status() const = 0;            // why valid() is false: success at the end
};

// One range as its metarange describes it.
struct Range {
  RangeId id;
  std::string min_key;
  std::string max_key;
  std::uint64_t estimated_size_bytes = 0;
  std::int64_t count = 0;

  friend bool operator==(const Range&, const Range&) = default;
};

enum class DiffType : std::uint8_t { added, removed, changed, conflict };

// Records hold until the next move of the cursor that shows it.
struct Difference {
  DiffType type = DiffType::added;
  std::string_view key;
  Record left;  // key empty if absent there
  Record right;
};

class DiffCursor {
 public:
  virtual ~DiffCursor() = default;
  virtual bool valid() const = 0;
  virtual const Difference& difference() const = 0;
  virtual void next() = 0;
  virtual void seek(std::string_view key) = 0;
  virtual Status status() const = 0;
};

}  // namespace mere::tree
