// Stored forms: the protobuf messages of the storage format (section 4), fields in number order, maps
// sorted by key. BranchData gets field 100 (compacted tree) of our own. Decoders answer `corrupt`.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "version/types.h"

namespace mere::version {

std::string encode_repository(const Repository& repository);
Result<Repository> decode_repository(std::string_view bytes);
std::string encode_commit(const Commit& commit);
Result<Commit> decode_commit(std::string_view bytes);
std::string encode_branch(const Branch& branch);
Result<Branch> decode_branch(std::string_view bytes);
// As of what decode_branch() makes of `bytes`, without making it.
bool branch_refers_to(std::string_view bytes, const StagingToken& token);
std::string encode_tag(const Tag& tag);
Result<Tag> decode_tag(std::string_view bytes);

// A staged value: identity and data of the entry; both empty for a tombstone.
struct Staged {
  std::string_view identity;
  std::string_view data;
};
std::string encode_staged(std::string_view identity, std::string_view data);
Result<Staged> decode_staged(std::string_view bytes);  // views into `bytes`

}  // namespace mere::version
