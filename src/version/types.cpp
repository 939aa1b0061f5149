#include "version/types.h"

#include <algorithm>

#include "base/hash.h"

namespace mere::version {
namespace {

// Typed items, each with its tag byte, so that no two sequences of values give the same bytes (storage
// format, section 5.1). Lengths and counts are whole integer items themselves.
void put_integer(Digest& digest, std::int64_t value) {
  char item[10] = {'\x02', '\x08'};
  for (int i = 0; i < 8; ++i) item[2 + i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (56 - 8 * i));
  digest.update(std::string_view(item, sizeof item));
}

void put_tagged(Digest& digest, char tag, std::string_view bytes) {
  digest.update(std::string_view(&tag, 1));
  put_integer(digest, static_cast<std::int64_t>(bytes.size()));
  digest.update(bytes);
}

void put_string(Digest& digest, std::string_view text) { put_tagged(digest, '\x01', text); }

void put_count(Digest& digest, char tag, std::size_t count) {
  digest.update(std::string_view(&tag, 1));
  put_integer(digest, static_cast<std::int64_t>(count));
}

std::string digest_of(const std::vector<CommitId>& parents) {
  Digest digest = Digest::sha256();
  put_count(digest, '\x03', parents.size());
  for (const CommitId& parent : parents) put_string(digest, parent.str());
  return digest.finish();
}

}  // namespace

CommitId id_of(const Commit& commit) {
  std::vector<CommitId> parents = commit.parents;
  if (commit.version == 0) std::reverse(parents.begin(), parents.end());  // the id covers the stored order

  Digest digest = Digest::sha256();
  put_string(digest, "commit:v1");
  put_string(digest, commit.committer);
  put_string(digest, commit.message);
  put_string(digest, commit.meta_range_id.str());
  put_integer(digest, commit.creation_date.seconds);
  put_count(digest, '\x04', commit.metadata.size());
  for (const auto& [key, value] : commit.metadata) {
    put_string(digest, key);
    put_string(digest, value);
  }
  digest.update(std::string_view("\x05", 1));
  put_tagged(digest, '\0', digest_of(parents));
  return CommitId(digest.finish_hex());
}

}  // namespace mere::version
