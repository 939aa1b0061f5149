// Conditional requests: If-Match and its kind, on reads, writes and copies (RFC 9110, section 13).
#pragma once

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
// `NoSuchKey`, `PreconditionFailed`, `NotImplemented`.
Outcome<version::WriteOptions> write_options(const Call& call, const version::BranchName& branch);

}  // namespace mere::s3
