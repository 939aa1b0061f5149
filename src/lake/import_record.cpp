#include "lake/import_record.h"

#include "base/wire.h"

namespace mere::lake {
namespace {

constexpr std::uint64_t kObject = 1;

std::string encode_location(const ImportLocation& location) {
  std::string bytes;
  WireWriter out(bytes);
  out.varint(1, location.type == ImportLocation::Type::object ? kObject : 0);
  out.bytes(2, location.path);
  out.bytes(3, location.destination);
  return bytes;
}

bool decode_location(std::string_view bytes, ImportLocation& location) {
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        location.type =
            in.varint() == kObject ? ImportLocation::Type::object : ImportLocation::Type::common_prefix;
        break;
      case 2:
        location.path = in.bytes();
        break;
      case 3:
        location.destination = in.bytes();
        break;
      default:
        break;
    }
  }
  return !in.failed();
}

}  // namespace

std::string encode_import(const ImportRecord& record) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, record.repository.str());
  out.bytes(2, record.instance_uid);
  out.bytes(3, record.branch.str());
  for (const ImportLocation& location : record.start.locations)
    out.bytes_always(4, encode_location(location));
  const version::CommitRequest& commit = record.start.commit;
  out.bytes(5, commit.committer);
  out.bytes(6, commit.message);
  out.string_map(7, commit.metadata);
  if (commit.date) out.timestamp(8, {*commit.date, 0});
  out.varint(9, commit.allow_empty);
  out.varint(10, commit.force);
  return bytes;
}

Result<ImportRecord> decode_import(std::string_view bytes) {
  ImportRecord record;
  version::CommitRequest& commit = record.start.commit;
  bool good = true;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        record.repository = version::RepositoryName(std::string(in.bytes()));
        break;
      case 2:
        record.instance_uid = in.bytes();
        break;
      case 3:
        record.branch = version::BranchName(std::string(in.bytes()));
        break;
      case 4:
        good = decode_location(in.bytes(), record.start.locations.emplace_back()) && good;
        break;
      case 5:
        commit.committer = in.bytes();
        break;
      case 6:
        commit.message = in.bytes();
        break;
      case 7:
        in.string_map_entry(commit.metadata);
        break;
      case 8:
        commit.date = in.timestamp().seconds;
        break;
      case 9:
        commit.allow_empty = in.varint() != 0;
        break;
      case 10:
        commit.force = in.varint() != 0;
        break;
      default:
        break;
    }
  }
  if (in.failed() || !good) return Error{Code::corrupt, "stored import does not parse"};
  return record;
}

}  // namespace mere::lake
