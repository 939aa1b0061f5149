// What S3's clients say about an object in headers, kept in its entry's metadata, and given back.
//
// A user's own metadata, x-amz-meta-NAME, is kept as "X-Amz-Meta-name", which is how REST's clients see it.
// What S3 itself defines is kept under reserved keys (docs/design/0001-storage-format.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "s3/addressing.h"
#include "s3/outcome.h"
#include "tree/types.h"

namespace mere::s3 {

struct ObjectHeaders {
  std::string content_type;  // "application/octet-stream" if none was sent
  tree::Metadata metadata;   // the tags too
};
// `MetadataTooLarge`, `InvalidArgument`, `InvalidTag`.
Outcome<ObjectHeaders> parse_object_headers(const http::Headers& headers);

// Content-Type, Cache-Control and their kind, the user's metadata, x-amz-tagging-count; `query` may override
// some: response-content-type=….
void add_object_headers(http::Headers& headers, const tree::Entry& entry, const Query& query);
// x-amz-checksum-…, x-amz-checksum-type: of the whole object.
void add_checksum_headers(http::Headers& headers, const tree::Entry& entry);

// The same of one of the parts it was uploaded in, if that is kept.
void add_part_checksum_headers(http::Headers& headers, const tree::Entry& entry, std::size_t part_index);

// "\"<md5>\"", with "-N" for an object that was uploaded in parts.
std::string etag_of(const tree::Entry& entry);

// Tags: at most ten, each once; `InvalidTag` otherwise.
using Tags = std::vector<std::pair<std::string, std::string>>;
inline constexpr std::string_view kTaggingKey = "::mere::tagging";  // as the header has it: "a=1&b=2"
Outcome<Tags> check_tags(Tags tags);
Tags tags_of(const tree::Metadata& metadata);
void set_tags(tree::Metadata& metadata, const Tags& tags);

}  // namespace mere::s3
