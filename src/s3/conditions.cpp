#include "s3/conditions.h"

#include "base/text.h"
#include "base/time_format.h"
#include "s3/access.h"
#include "s3/object_headers.h"

namespace mere::s3 {
namespace {

std::string_view bare(std::string_view etag) {
  etag.remove_prefix(std::min(etag.find_first_not_of(" \t"), etag.size()));
  etag = etag.substr(0, etag.find_last_not_of(" \t") + 1);
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return etag;
}

const std::string* find(const http::Headers& headers, std::string_view prefix, std::string_view name) {
  return prefix.empty() ? headers.find(name) : headers.find(std::string(prefix) + std::string(name));
}

std::optional<Timestamp> parse_modified(std::string_view text) {
  if (const auto date = from_http_date(text)) return date;
  return from_rfc3339(text);
}

}  // namespace

bool names_etag(std::string_view list, std::string_view etag) {
  const std::string_view wanted = bare(etag);
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), one.size() + 1));
    if (bare(one) == "*" || bare(one) == wanted) return true;
  }
  return false;
}

Verdict check_conditions(const http::Headers& headers, std::string_view prefix, const tree::Entry& entry) {
  const std::string etag = etag_of(entry);
  // Dates have whole seconds.
  const Timestamp modified{entry.last_modified.seconds, 0};

  if (const std::string* match = find(headers, prefix, "if-match")) {
    if (!names_etag(*match, etag)) return Verdict::failed;
  } else if (const std::string* since = find(headers, prefix, "if-unmodified-since")) {
    const auto date = from_http_date(*since);
    if (date && modified > *date) return Verdict::failed;
  }
  if (const std::string* match = find(headers, prefix, "if-none-match")) {
    if (names_etag(*match, etag)) return Verdict::not_modified;
  } else if (const std::string* since = find(headers, prefix, "if-modified-since")) {
    const auto date = from_http_date(*since);
    if (date && modified <= *date) return Verdict::not_modified;
  }
  return Verdict::holds;
}

Outcome<DeleteConditions> delete_conditions(std::string_view etag, std::string_view size,
                                            std::string_view modified) {
  DeleteConditions conditions;
  conditions.etag = etag;
  if (!size.empty()) {
    conditions.size_bytes = parse_integer<std::int64_t>(size);
    if (!conditions.size_bytes) {
      return s3_error("InvalidArgument", "The size that a deletion is conditional on is no number.");
    }
  }
  if (!modified.empty()) {
    const auto time = parse_modified(modified);
    if (!time) return s3_error("InvalidArgument", "The time that a deletion is conditional on is no date.");
    conditions.modified_seconds = time->seconds;
  }
  return conditions;
}

Outcome<std::optional<version::WriteOptions>> delete_options(const Call& call,
                                                             const version::BranchName& branch,
                                                             std::string_view path,
                                                             const DeleteConditions& conditions) {
  version::WriteOptions options;
  if (conditions == DeleteConditions()) return std::optional(options);
  const auto found = find_on_branch(call, branch, path);
  if (!found && found.error().code == Code::not_found) return std::optional<version::WriteOptions>();
  if (!found) return write_error(found.error());
  const bool holds =
      (conditions.etag.empty() || names_etag(conditions.etag, etag_of(*found))) &&
      conditions.size_bytes.value_or(found->size_bytes) == found->size_bytes &&
      conditions.modified_seconds.value_or(found->last_modified.seconds) == found->last_modified.seconds;
  if (!holds) return s3_error("PreconditionFailed");
  options.if_identity.emplace(tree::identity_of(*found));
  return std::optional(options);
}

Outcome<version::WriteOptions> write_options(const Call& call, const version::BranchName& branch) {
  version::WriteOptions options;
  const std::string* none = call.request.headers.find("If-None-Match");
  const std::string* match = call.request.headers.find("If-Match");
  options.if_absent = none != nullptr && bare(*none) == "*";
  if (match == nullptr && (none == nullptr || options.if_absent)) return options;

  const auto found = find_on_branch(call, branch, call.target.path);
  const bool is_there = found.has_value();
  if (!found && found.error().code != Code::not_found) return write_error(found.error());
  if (match != nullptr) {
    if (!is_there) return s3_error("NoSuchKey");
    if (options.if_absent || !names_etag(*match, etag_of(*found))) return s3_error("PreconditionFailed");
  }
  if (none != nullptr && is_there && names_etag(*none, etag_of(*found)))
    return s3_error("PreconditionFailed");
  options.if_identity.emplace(is_there ? std::optional(tree::identity_of(*found)) : std::nullopt);
  return options;
}

}  // namespace mere::s3
