#include "lake/pull_record.h"

#include "base/wire.h"

namespace mere::lake {

std::string encode_pull(const Pull& pull) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, pull.id);
  out.varint(2, static_cast<std::uint64_t>(pull.status));
  out.timestamp(3, pull.creation_date);
  out.bytes(4, pull.title);
  out.bytes(5, pull.author);
  out.bytes(6, pull.description);
  out.bytes(7, pull.source.str());
  out.bytes(8, pull.destination.str());
  out.bytes(9, pull.merged_commit_id);
  if (pull.closed_date) out.timestamp(10, *pull.closed_date);
  return bytes;
}

Result<Pull> decode_pull(std::string_view bytes) {
  Pull pull;
  std::uint64_t status = 0;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        pull.id = in.bytes();
        break;
      case 2:
        status = in.varint();
        break;
      case 3:
        pull.creation_date = in.timestamp();
        break;
      case 4:
        pull.title = in.bytes();
        break;
      case 5:
        pull.author = in.bytes();
        break;
      case 6:
        pull.description = in.bytes();
        break;
      case 7:
        pull.source = version::BranchName(in.bytes());
        break;
      case 8:
        pull.destination = version::BranchName(in.bytes());
        break;
      case 9:
        pull.merged_commit_id = in.bytes();
        break;
      case 10:
        pull.closed_date = in.timestamp();
        break;
      default:
        break;
    }
  }
  if (in.failed() || pull.id.empty() || status > static_cast<std::uint64_t>(PullStatus::merged)) {
    return Error{Code::corrupt, "stored pull request does not parse"};
  }
  pull.status = static_cast<PullStatus>(status);
  return pull;
}

}  // namespace mere::lake
