#include "version/records.h"

#include <algorithm>
#include <cstdint>

#include "base/wire.h"

namespace mere::version {
namespace {

// Of a branch.
constexpr int kTokenField = 3;
constexpr int kSealedTokenField = 4;
constexpr int kCompactedField = 100;  // ours: far from the numbers that lakeFS may give out

Error corrupt(std::string_view what) {
  return {Code::corrupt, "stored " + std::string(what) + " record is damaged"};
}

// int32 and enums travel as 64-bit two's complement.
std::uint64_t to_wire(std::int32_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
}

}  // namespace

std::string encode_repository(const Repository& repository) {
  std::string out;
  WireWriter wire(out);
  wire.bytes(1, repository.name.str());
  wire.bytes(2, repository.storage_namespace.uri);
  wire.bytes(3, repository.default_branch.str());
  wire.timestamp(4, repository.creation_date);
  wire.varint(5, repository.in_deletion ? 1 : 0);
  wire.bytes(6, repository.instance_uid);
  wire.varint(7, repository.read_only ? 1 : 0);
  wire.bytes(8, repository.storage_namespace.storage_id);
  return out;
}

Result<Repository> decode_repository(std::string_view bytes) {
  Repository repository;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        repository.name = RepositoryName(in.bytes());
        break;
      case 2:
        repository.storage_namespace.uri = in.bytes();
        break;
      case 3:
        repository.default_branch = BranchName(in.bytes());
        break;
      case 4:
        repository.creation_date = in.timestamp();
        break;
      case 5:
        repository.in_deletion = in.varint() == 1;
        break;
      case 6:
        repository.instance_uid = in.bytes();
        break;
      case 7:
        repository.read_only = in.varint() != 0;
        break;
      case 8:
        repository.storage_namespace.storage_id = in.bytes();
        break;
      default:
        break;
    }
  }
  // Without an instance the keys of its records would be those of another's.
  if (in.failed() || repository.name.empty() || repository.instance_uid.empty()) return corrupt("repository");
  return repository;
}

std::string encode_commit(const Commit& commit) {
  std::string out;
  WireWriter wire(out);
  wire.bytes(1, commit.id.str());
  wire.bytes(2, commit.committer);
  wire.bytes(3, commit.message);
  wire.timestamp(4, commit.creation_date);
  wire.bytes(5, commit.meta_range_id.str());
  wire.string_map(6, commit.metadata);
  if (commit.version == 0) {
    for (auto parent = commit.parents.rbegin(); parent != commit.parents.rend(); ++parent) {
      wire.bytes_always(7, parent->str());
    }
  } else {
    for (const CommitId& parent : commit.parents) wire.bytes_always(7, parent.str());
  }
  wire.varint(8, to_wire(commit.version));
  wire.varint(9, to_wire(commit.generation));
  return out;
}

Result<Commit> decode_commit(std::string_view bytes) {
  Commit commit;
  commit.version = 0;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        commit.id = CommitId(in.bytes());
        break;
      case 2:
        commit.committer = in.bytes();
        break;
      case 3:
        commit.message = in.bytes();
        break;
      case 4:
        commit.creation_date = in.timestamp();
        break;
      case 5:
        commit.meta_range_id = MetaRangeId(in.bytes());
        break;
      case 6:
        in.string_map_entry(commit.metadata);
        break;
      case 7:
        commit.parents.emplace_back(in.bytes());
        break;
      case 8:
        commit.version = static_cast<std::int32_t>(in.varint());
        break;
      case 9:
        commit.generation = static_cast<std::int32_t>(in.varint());
        break;
      default:
        break;
    }
  }
  if (in.failed() || commit.id.empty()) return corrupt("commit");
  if (commit.version == 0) std::reverse(commit.parents.begin(), commit.parents.end());
  return commit;
}

std::string encode_branch(const Branch& branch) {
  std::string out;
  WireWriter wire(out);
  wire.bytes(1, branch.name.str());
  wire.bytes(2, branch.commit_id.str());
  wire.bytes(kTokenField, branch.staging_token.str());
  for (const StagingToken& token : branch.sealed_tokens) wire.bytes_always(kSealedTokenField, token.str());
  wire.varint(5, branch.hidden ? 1 : 0);
  if (branch.compacted) wire.bytes_always(kCompactedField, branch.compacted->str());
  return out;
}

Result<Branch> decode_branch(std::string_view bytes) {
  Branch branch;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        branch.name = BranchName(in.bytes());
        break;
      case 2:
        branch.commit_id = CommitId(in.bytes());
        break;
      case kTokenField:
        branch.staging_token = StagingToken(in.bytes());
        break;
      case kSealedTokenField:
        branch.sealed_tokens.emplace_back(in.bytes());
        break;
      case 5:
        branch.hidden = in.varint() != 0;
        break;
      case kCompactedField:
        branch.compacted = MetaRangeId(in.bytes());
        break;
      default:
        break;
    }
  }
  if (in.failed() || branch.name.empty() || branch.commit_id.empty()) return corrupt("branch");
  return branch;
}

bool branch_refers_to(std::string_view bytes, const StagingToken& token) {
  bool has_token = false;
  WireReader in(bytes);
  while (in.next()) {
    has_token = has_token || in.field() == kTokenField;
    if ((in.field() == kTokenField || in.field() == kSealedTokenField) && in.bytes() == token.str())
      return true;
  }
  return token.empty() && !has_token;
}

std::string encode_tag(const Tag& tag) {
  std::string out;
  WireWriter wire(out);
  wire.bytes(1, tag.name.str());
  wire.bytes(2, tag.commit_id.str());
  return out;
}

Result<Tag> decode_tag(std::string_view bytes) {
  Tag tag;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        tag.name = TagName(in.bytes());
        break;
      case 2:
        tag.commit_id = CommitId(in.bytes());
        break;
      default:
        break;
    }
  }
  if (in.failed() || tag.name.empty() || tag.commit_id.empty()) return corrupt("tag");
  return tag;
}

std::string encode_staged(std::string_view identity, std::string_view data) {
  std::string out;
  WireWriter wire(out);
  wire.bytes(2, identity);  // field 1, the path, is the key's
  wire.bytes(3, data);
  return out;
}

Result<Staged> decode_staged(std::string_view bytes) {
  Staged staged;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 2:
        staged.identity = in.bytes();
        break;
      case 3:
        staged.data = in.bytes();
        break;
      default:
        break;
    }
  }
  if (in.failed()) return corrupt("staged");
  return staged;
}

}  // namespace mere::version
