// catalog.Entry, the data of an object's record:
//   1 address string · 2 last_modified Timestamp · 3 size int64 · 4 e_tag string ·
//   5 metadata map<string,string> · 6 address_type enum · 7 content_type string
#include "base/hash.h"
#include "base/wire.h"
#include "tree/reserved_metadata.h"
#include "tree/typed_hash.h"
#include "tree/types.h"

namespace mere::tree {
namespace {

Error bad_entry() {
  return {Code::corrupt, "a stored entry is not a valid protobuf message"};
}

bool has_derived(const Metadata& metadata) {
  for (auto at = metadata.lower_bound(std::string(kReservedPrefix));
       at != metadata.end() && is_reserved(at->first); ++at) {
    if (is_derived(at->first)) return true;
  }
  return false;
}

}  // namespace

Metadata without_reserved(const Metadata& metadata) {
  Metadata rest = metadata;
  std::erase_if(rest, [](const auto& item) { return is_reserved(item.first); });
  return rest;
}

std::string encode_entry(const Entry& entry) {
  std::string out;
  out.reserve(64 + entry.address.size() + entry.checksum.size() + entry.content_type.size());
  WireWriter wire(out);
  wire.bytes(1, entry.address);
  wire.timestamp(2, entry.last_modified);
  wire.varint(3, static_cast<std::uint64_t>(entry.size_bytes));
  wire.bytes(4, entry.checksum);
  wire.string_map(5, entry.metadata);
  wire.varint(6, static_cast<std::uint64_t>(entry.address_type));
  wire.bytes(7, entry.content_type);
  return out;
}

Result<Entry> decode_entry(std::string_view data) {
  Entry entry;
  RETURN_IF_ERROR(decode_entry(data, entry));
  return entry;
}

Status decode_entry(std::string_view data, Entry& entry) {
  entry.address.clear();
  entry.address_type = AddressType::by_prefix_deprecated;
  entry.last_modified = {};
  entry.size_bytes = 0;
  entry.checksum.clear();
  entry.metadata.clear();
  entry.content_type.clear();
  WireReader wire(data);
  while (wire.next()) {
    switch (wire.field()) {
      case 1:
        entry.address = wire.bytes();
        break;
      case 2:
        entry.last_modified = wire.timestamp();
        break;
      case 3:
        entry.size_bytes = static_cast<std::int64_t>(wire.varint());
        break;
      case 4:
        entry.checksum = wire.bytes();
        break;
      case 5:
        wire.string_map_entry(entry.metadata);
        break;
      case 6: {
        const std::uint64_t type = wire.varint();
        if (type > static_cast<std::uint64_t>(AddressType::full)) return bad_entry();
        entry.address_type = static_cast<AddressType>(type);
        break;
      }
      case 7:
        entry.content_type = wire.bytes();
        break;
      default:
        break;  // a field of a later version
    }
    if (wire.failed()) return bad_entry();
  }
  if (wire.failed()) return bad_entry();
  return {};
}

std::string identity_of(const Entry& entry) {
  std::string items;
  append_typed_int(items, entry.size_bytes);
  append_typed_string(items, entry.checksum);
  if (has_derived(entry.metadata)) {
    Metadata rest = entry.metadata;
    std::erase_if(rest, [](const auto& item) { return is_derived(item.first); });
    append_typed_map(items, rest);
  } else {
    append_typed_map(items, entry.metadata);
  }
  if (!entry.content_type.empty()) append_typed_string(items, entry.content_type);
  return sha256(items);
}

Result<EntrySummary> summarise_entry(std::string_view data) {
  EntrySummary summary;
  WireReader wire(data);
  while (wire.next()) {
    if (wire.field() == 3) summary.size_bytes = static_cast<std::int64_t>(wire.varint());
    if (wire.field() == 4) summary.checksum = wire.bytes();
    if (wire.failed()) return bad_entry();
  }
  if (wire.failed()) return bad_entry();
  return summary;
}

}  // namespace mere::tree
