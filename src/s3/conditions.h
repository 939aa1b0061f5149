// Conditional requests: If-Match and its kind, on reads, writes and copies (RFC 9110, section 13).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "s3/context.h"
#include "s3/outcome.h"
#include "tree/types.h"
#include "version/entries.h"

namespace mere::s3 {

enum class Verdict { holds, not_modified, failed };

// What the headers whose names begin with `prefix` ("" or "x-amz-copy-source-") say about an entry.
Verdict check_conditions(const http::Headers& headers, std::string_view prefix, const tree::Entry& entry);

// True if `list`, as If-Match has it, names the ETag (quotes are optional), or is "*".
bool names_etag(std::string_view list, std::string_view etag);

// The conditions of a write to `branch`, as its options, so that they still hold when it happens: blocks.
// `NoSuchKey` (If-Match of nothing), `PreconditionFailed`.
Outcome<version::WriteOptions> write_options(const Call& call, const version::BranchName& branch);

// What a deletion is conditional on: If-Match, x-amz-if-match-size, x-amz-if-match-last-modified-time, or the
// elements of a list that say the same.
struct DeleteConditions {
  std::string etag;  // "": not said
  std::optional<std::int64_t> size_bytes;
  std::optional<std::int64_t> modified_seconds;

  friend bool operator==(const DeleteConditions&, const DeleteConditions&) = default;
};
// As they were sent, "" for what was not. `InvalidArgument`.
Outcome<DeleteConditions> delete_conditions(std::string_view etag, std::string_view size,
                                            std::string_view modified);
// The options of the deletion, so that the conditions hold when it happens: blocks. nullopt: nothing is
// there, as a deletion that is repeated finds it, and it has succeeded. `PreconditionFailed`.
Outcome<std::optional<version::WriteOptions>> delete_options(const Call& call,
                                                             const version::BranchName& branch,
                                                             std::string_view path,
                                                             const DeleteConditions& conditions);

}  // namespace mere::s3
