// What an import was started with, kept while it runs: a restart begins it again from this.
// Protobuf: 1 repository · 2 its instance uid · 3 branch · 4 location: 1 type, 2 path, 3 destination ·
// commit: 5 committer, 6 message, 7 metadata, 8 date, a timestamp, 9 allow_empty, 10 force.
#pragma once

#include <string>
#include <string_view>

#include "lake/imports.h"

namespace mere::lake {

struct ImportRecord {
  version::RepositoryName repository;
  std::string instance_uid;
  version::BranchName branch;
  ImportStart start;
};

std::string encode_import(const ImportRecord& record);
Result<ImportRecord> decode_import(std::string_view bytes);  // `corrupt`

}  // namespace mere::lake
