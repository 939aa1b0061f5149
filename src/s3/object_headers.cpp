#include "s3/object_headers.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/text.h"
#include "lake/own_metadata.h"
#include "lake/part_checksums.h"
#include "s3/encoded_words.h"

namespace mere::s3 {
namespace {

constexpr std::string_view kUserHeader = "x-amz-meta-";
constexpr std::string_view kUserKey = "X-Amz-Meta-";
constexpr std::size_t kMaxUserMetadata = 2048;
constexpr std::size_t kMaxTags = 10;

struct KeptHeader {
  std::string_view header;
  std::string_view key;
  std::string_view override;  // "": none
};
constexpr auto kKept = std::to_array<KeptHeader>({
    {"Cache-Control", "::mere::cache-control", "response-cache-control"},
    {"Content-Disposition", "::mere::content-disposition", "response-content-disposition"},
    {"Content-Encoding", "::mere::content-encoding", "response-content-encoding"},
    {"Content-Language", "::mere::content-language", "response-content-language"},
    {"Expires", "::mere::expires", "response-expires"},
    {"x-amz-website-redirect-location", "::mere::website-redirect-location", ""},
});

bool is_token(std::string_view text) {
  constexpr std::string_view kOther = "!#$%&'*+-.^_`|~";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOther.find(c) != kOther.npos;
  });
}

// A header's value must not end its line.
bool is_sendable(std::string_view value) {
  return value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos;
}

// "aws-chunked" says how the body was sent, not what it is.
std::string content_encoding(std::string_view value) {
  std::string kept;
  while (!value.empty()) {
    std::string_view word = value.substr(0, value.find(','));
    value.remove_prefix(std::min(value.size(), word.size() + 1));
    word.remove_prefix(std::min(word.find_first_not_of(" \t"), word.size()));
    word = word.substr(0, word.find_last_not_of(" \t") + 1);
    if (word.empty() || http::equal_ignoring_case(word, "aws-chunked")) continue;
    if (!kept.empty()) kept += ", ";
    kept += word;
  }
  return kept;
}

}  // namespace

Outcome<ObjectHeaders> parse_object_headers(const http::Headers& headers) {
  ObjectHeaders parsed;
  parsed.content_type = headers.get("Content-Type");
  if (parsed.content_type.empty()) parsed.content_type = "application/octet-stream";

  std::size_t user_bytes = 0;
  for (const auto& [name, value] : headers) {
    std::string key = ascii_lower(name);
    if (!key.starts_with(kUserHeader) || key.size() == kUserHeader.size()) continue;
    key.erase(0, kUserHeader.size());
    const auto decoded = decode_words(value);
    if (!decoded) return s3_error("InvalidArgument", "Invalid header value.");
    user_bytes += key.size() + decoded->size();
    // Said twice, it is a list, as any header is.
    std::string& kept = parsed.metadata[std::string(kUserKey) + key];
    kept = kept.empty() ? *decoded : kept + "," + *decoded;
  }
  if (user_bytes > kMaxUserMetadata) return s3_error("MetadataTooLarge");

  for (const KeptHeader& kept : kKept) {
    const std::string* value = headers.find(kept.header);
    if (value == nullptr) continue;
    std::string text = kept.header == "Content-Encoding" ? content_encoding(*value) : *value;
    if (!text.empty()) parsed.metadata.emplace(kept.key, std::move(text));
  }
  if (const std::string* tagging = headers.find("x-amz-tagging")) {
    auto pairs = http::parse_query(*tagging);
    if (!pairs) return s3_error("InvalidTag");
    auto tags = check_tags(*std::move(pairs));
    if (!tags) return tags.error();
    set_tags(parsed.metadata, *tags);
  }
  return parsed;
}

void add_object_headers(http::Headers& headers, const tree::Entry& entry, const Query& query) {
  const auto overridden = [&](std::string_view parameter) -> const std::string* {
    const std::string* value = parameter.empty() ? nullptr : query.find(parameter);
    return value != nullptr && is_sendable(*value) ? value : nullptr;
  };
  const std::string* type = overridden("response-content-type");
  headers.add("Content-Type", type != nullptr              ? *type
                              : entry.content_type.empty() ? "application/octet-stream"
                                                           : entry.content_type);
  for (const KeptHeader& kept : kKept) {
    if (const std::string* value = overridden(kept.override)) {
      headers.add(std::string(kept.header), *value);
      continue;
    }
    if (entry.metadata.empty()) continue;
    const auto found = entry.metadata.find(std::string(kept.key));
    if (found != entry.metadata.end()) headers.add(std::string(kept.header), found->second);
  }
  if (entry.metadata.empty()) return;

  std::size_t missing = 0;
  for (auto at = entry.metadata.lower_bound(std::string(kUserKey));
       at != entry.metadata.end() && at->first.starts_with(kUserKey); ++at) {
    const std::string_view name = std::string_view(at->first).substr(kUserKey.size());
    if (name.empty() || !is_token(name)) {
      ++missing;
    } else {
      headers.add(std::string(kUserHeader) + ascii_lower(name), encode_words(at->second));
    }
  }
  if (missing > 0) headers.add("x-amz-missing-meta", std::to_string(missing));
  if (const auto tags = tags_of(entry.metadata); !tags.empty()) {
    headers.add("x-amz-tagging-count", std::to_string(tags.size()));
  }
}

void add_checksum_headers(http::Headers& headers, const tree::Entry& entry) {
  const auto checksum = lake::checksum_of(entry);
  if (!checksum) return;
  headers.add(std::string(checksum_header(checksum->algorithm)), checksum->value);
  headers.add("x-amz-checksum-type",
              checksum->type == lake::ChecksumType::composite ? "COMPOSITE" : "FULL_OBJECT");
}

void add_part_checksum_headers(http::Headers& headers, const tree::Entry& entry, std::size_t part_index) {
  const auto checksum = lake::checksum_of(entry);
  const auto parts = lake::part_checksums_of(entry);
  if (!checksum || part_index >= parts.size()) return;
  headers.add(std::string(checksum_header(checksum->algorithm)), parts[part_index]);
  headers.add("x-amz-checksum-type",
              checksum->type == lake::ChecksumType::composite ? "COMPOSITE" : "FULL_OBJECT");
}

std::string etag_of(const tree::Entry& entry) {
  return "\"" + lake::s3_etag(entry) + "\"";
}

Outcome<Tags> check_tags(Tags tags) {
  if (tags.size() > kMaxTags) return s3_error("InvalidTag", "Object tags cannot be greater than 10");
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const auto& [key, value] = tags[i];
    if (key.empty() || key.size() > 128) {
      return s3_error("InvalidTag", "The TagKey you have provided is invalid");
    }
    if (value.size() > 256) return s3_error("InvalidTag", "The TagValue you have provided is invalid");
    const auto is_same = [&](const auto& other) { return other.first == key; };
    if (std::any_of(tags.begin(), tags.begin() + static_cast<std::ptrdiff_t>(i), is_same)) {
      return s3_error("InvalidTag", "Cannot provide multiple Tags with the same key");
    }
  }
  std::sort(tags.begin(), tags.end());  // a set: the order in which they were sent says nothing
  return tags;
}

Tags tags_of(const tree::Metadata& metadata) {
  const auto found = metadata.find(std::string(kTaggingKey));
  if (found == metadata.end()) return {};
  return http::parse_query(found->second).value_or(Tags());
}

void set_tags(tree::Metadata& metadata, const Tags& tags) {
  std::string text;
  for (const auto& [key, value] : tags) {
    if (!text.empty()) text += '&';
    text += percent_encode(key) + "=" + percent_encode(value);
  }
  if (text.empty()) {
    metadata.erase(std::string(kTaggingKey));
  } else {
    metadata.insert_or_assign(std::string(kTaggingKey), std::move(text));
  }
}

}  // namespace mere::s3
