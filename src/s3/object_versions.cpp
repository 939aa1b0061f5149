// ListObjectVersions: an object's versions are the commits of its branch that changed it, along first
// parents; what is not committed is version "null". GET ?versionId= takes the ids.
#include "base/xml.h"
#include "s3/access.h"
#include "s3/list_token.h"
#include "s3/object_headers.h"
#include "s3/operations.h"
#include "s3/page_parameters.h"
#include "s3/reply.h"
#include "s3/version_page.h"
#include "version/names.h"

namespace mere::s3 {
namespace {

struct VersionsCall {
  std::string prefix;  // as sent
  std::string ref;
  bool url_encoding = false;
  VersionPageRequest page;

  std::string shown(std::string_view key) const { return url_encoding ? url_encoded(key) : std::string(key); }
};

Outcome<VersionsCall> parse_versions(const Call& call) {
  const Query& query = call.query;
  VersionsCall wanted;
  wanted.prefix = query.get("prefix");
  wanted.url_encoding = query.get("encoding-type") == "url";
  Key start = parse_key(wanted.prefix);
  wanted.ref = std::move(start.ref);
  wanted.page.prefix = std::move(start.path);
  wanted.page.delimiter = query.get("delimiter");
  auto amount = page_limit(query.get("max-keys"), "max-keys");
  if (!amount) return amount.error();
  wanted.page.amount = static_cast<std::size_t>(*amount);
  if (const std::string_view marker = query.get("key-marker"); !marker.empty()) {
    Key behind = parse_key(from_token(marker));
    if (behind.ref != wanted.ref) return s3_error("BadRequest");
    wanted.page.key_marker = std::move(behind.path);
    wanted.page.version_marker = query.get("version-id-marker");
  }
  return wanted;
}

Status add_uncommitted(const Call& call, const version::Branch& branch, const VersionsCall& wanted,
                       VersionPage& page) {
  const version::DiffRequest request{wanted.page.prefix, wanted.page.key_marker, "", wanted.page.amount + 1};
  const auto visit = [&](const version::DiffItem& item) {
    ObjectVersion version{"null", std::nullopt, call.lake().clock.now()};
    if (item.right != nullptr) version.entry = *item.right;
    page.add(item.path, std::move(version));
  };
  RETURN_IF_ERROR(call.lake().engine.entries.diff_branch(call.repository, branch.name, request, visit));
  return {};
}

Status add_changes(const Call& call, const version::Commit& commit, const version::MetaRangeId& before,
                   VersionPage& page) {
  if (commit.meta_range_id == before) return {};
  const auto changes =
      call.lake().trees.diff(call.repository.storage_namespace, before, commit.meta_range_id);
  for (changes->seek(page.start()); changes->valid(); changes->next()) {
    const tree::Difference& change = changes->difference();
    if (!page.wants(change.key)) break;
    ObjectVersion version{commit.id.str(), std::nullopt, commit.creation_date};
    if (change.type != tree::DiffType::removed) {
      ASSIGN_OR_RETURN(version.entry, tree::decode_entry(change.right.data));
    }
    page.add(change.key, std::move(version));
  }
  return changes->status();
}

// Walks back along first parents. Of commits with one parent the history of paths knows which cannot have
// changed what the prefix names: they are not compared, and where they stand in a line not even read.
Status collect(const Call& call, const VersionsCall& wanted, VersionPage& page) {
  version::Engine& engine = call.lake().engine;
  ASSIGN_OR_RETURN(const version::Resolved at,
                   engine.refs.resolve(call.repository, version::RefExpr(wanted.ref)));
  if (at.branch) RETURN_IF_ERROR(add_uncommitted(call, *at.branch, wanted, page));

  const auto skipper = engine.history.skipper(call.repository, {}, {wanted.page.prefix});
  const auto never = [](std::string_view, Timestamp) { return false; };
  for (version::CommitId id = at.commit; !page.is_settled();) {
    ASSIGN_OR_RETURN(id, skipper->pass(std::move(id), never));
    ASSIGN_OR_RETURN(const auto commit, engine.commits.get(call.repository, id));
    if (commit->parents.empty()) return add_changes(call, *commit, version::MetaRangeId(), page);
    id = commit->parents.front();
    if (commit->parents.size() == 1) {
      ASSIGN_OR_RETURN(const bool may_pass, skipper->may_pass(*commit));
      if (may_pass) continue;
    }
    ASSIGN_OR_RETURN(const auto parent, engine.commits.get(call.repository, id));
    RETURN_IF_ERROR(add_changes(call, *commit, parent->meta_range_id, page));
  }
  return {};
}

void write_version(XmlWriter& xml, const Call& call, std::string_view key, const VersionPage::Item& item) {
  const ObjectVersion& version = *item.version;
  xml.open(version.entry ? "Version" : "DeleteMarker");
  xml.element("Key", key);
  xml.element("VersionId", version.id);
  xml.element("IsLatest", item.is_latest);
  xml.element("LastModified", to_xml_time(version.entry ? version.entry->last_modified : version.since));
  if (version.entry) {
    xml.element("ETag", etag_of(*version.entry));
    xml.element("Size", version.entry->size_bytes);
    xml.element("StorageClass", "STANDARD");
  }
  xml.open("Owner");
  xml.element("ID", call.principal.user_id);
  xml.element("DisplayName", call.principal.user_id);
  xml.close();
  xml.close();
}

http::Response versions_reply(const Call& call, const VersionsCall& wanted,
                              const std::vector<VersionPage::Item>& items, bool has_more) {
  const std::string folder = wanted.ref.empty() ? "" : wanted.ref + "/";
  std::string document;
  XmlWriter xml(document);
  xml.open("ListVersionsResult", kXmlNamespace);
  xml.element("Name", call.target.repository);
  xml.element("Prefix", wanted.shown(wanted.prefix));
  xml.element("KeyMarker", wanted.shown(call.query.get("key-marker")));
  xml.element("VersionIdMarker", call.query.get("version-id-marker"));
  if (has_more && !items.empty()) {
    xml.element("NextKeyMarker", wanted.shown(folder + items.back().path));
    if (items.back().version) xml.element("NextVersionIdMarker", items.back().version->id);
  }
  xml.element("MaxKeys", wanted.page.amount);
  if (!wanted.page.delimiter.empty()) xml.element("Delimiter", wanted.shown(wanted.page.delimiter));
  if (wanted.url_encoding) xml.element("EncodingType", "url");
  xml.element("IsTruncated", has_more && wanted.page.amount > 0);
  for (const VersionPage::Item& item : items) {
    const std::string key = wanted.shown(folder + item.path);
    if (item.version) {
      write_version(xml, call, key, item);
    } else {
      xml.open("CommonPrefixes");
      xml.element("Prefix", key);
      xml.close();
    }
  }
  xml.close();
  return xml_reply(std::move(document));
}

}  // namespace

http::Response list_object_versions(Call& call) {
  ASSIGN_OR_REPLY(call, const VersionsCall wanted, parse_versions(call));
  if (wanted.prefix.find('/') == wanted.prefix.npos) {
    ASSIGN_OR_REPLY(call, const auto branches,
                    call.lake().engine.refs.branches(call.repository,
                                                     {wanted.prefix, wanted.ref, wanted.page.amount}, false));
    std::vector<VersionPage::Item> folders;
    for (const auto& branch : branches.items)
      folders.push_back({branch.name.str() + "/", false, std::nullopt});
    return versions_reply(
        call, {.prefix = wanted.prefix, .ref = {}, .url_encoding = wanted.url_encoding, .page = wanted.page},
        folders, branches.has_more);
  }
  if (!version::check_ref_expr(wanted.ref)) return error_reply(call, "BadRequest");
  VersionPage page(wanted.page);
  if (const Status done = collect(call, wanted, page); !done) {
    const Code code = done.error().code;
    if (code == Code::not_found || code == Code::invalid_argument) return error_reply(call, "BadRequest");
    return error_reply(call, done.error());
  }
  const auto [items, has_more] = page.finish();
  return versions_reply(call, wanted, items, has_more);
}

}  // namespace mere::s3
