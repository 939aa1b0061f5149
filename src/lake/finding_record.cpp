#include "lake/finding_record.h"

#include <optional>

#include "base/wire.h"

namespace mere::lake {
std::string encode_finding(const Finding& finding) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, name_of(finding.kind));
  out.bytes(2, finding.repository.str());
  out.bytes(3, finding.where);
  out.bytes(4, finding.path);
  out.bytes(5, finding.address);
  out.bytes(6, finding.detail);
  out.varint(7, finding.quarantined);
  return bytes;
}

Result<Finding> decode_finding(std::string_view bytes) {
  Finding finding;
  std::optional<FindingKind> kind;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        kind = finding_kind_named(in.bytes());
        break;
      case 2:
        finding.repository = version::RepositoryName(in.bytes());
        break;
      case 3:
        finding.where = in.bytes();
        break;
      case 4:
        finding.path = in.bytes();
        break;
      case 5:
        finding.address = in.bytes();
        break;
      case 6:
        finding.detail = in.bytes();
        break;
      case 7:
        finding.quarantined = in.varint() != 0;
        break;
      default:
        break;
    }
  }
  if (in.failed() || !kind) return Error{Code::corrupt, "stored finding does not parse"};
  finding.kind = *kind;
  return finding;
}

std::string encode_counts(const VerifyCounts& counts) {
  std::string bytes;
  WireWriter out(bytes);
  out.varint(1, counts.repositories);
  out.varint(2, counts.commits);
  out.varint(3, counts.tables);
  out.varint(4, counts.entries);
  out.varint(5, counts.bytes);
  out.varint(6, counts.without_checksum);
  out.varint(7, counts.findings);
  return bytes;
}

Result<VerifyCounts> decode_counts(std::string_view bytes) {
  VerifyCounts counts;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        counts.repositories = in.varint();
        break;
      case 2:
        counts.commits = in.varint();
        break;
      case 3:
        counts.tables = in.varint();
        break;
      case 4:
        counts.entries = in.varint();
        break;
      case 5:
        counts.bytes = in.varint();
        break;
      case 6:
        counts.without_checksum = in.varint();
        break;
      case 7:
        counts.findings = in.varint();
        break;
      default:
        break;
    }
  }
  if (in.failed()) return Error{Code::corrupt, "stored counts do not parse"};
  return counts;
}

}  // namespace mere::lake
