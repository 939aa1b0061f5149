// ListObjects, versions 1 and 2 (contract: S3 gateway, section 8). Without a '/' in the prefix: the branches,
// as folders; with one: the objects of that ref.
#include <optional>

#include "base/xml.h"
#include "s3/access.h"
#include "s3/list_token.h"
#include "s3/object_headers.h"
#include "s3/operations.h"
#include "s3/page_parameters.h"
#include "s3/reply.h"
#include "version/names.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kBytesPerKey = 256;

struct ListCall {
  bool is_v2 = false;
  bool url_encoding = false;
  bool with_owner = false;
  std::string prefix;
  std::string delimiter;
  std::string after;  // where to begin behind: token, start-after or marker
  std::size_t amount = 0;

  std::string shown(std::string_view key) const { return url_encoding ? url_encoded(key) : std::string(key); }
};

Outcome<ListCall> parse_list(const Call& call) {
  const Query& query = call.query;
  const std::string_view type = query.get("list-type");
  if (!type.empty() && type != "1" && type != "2") return s3_error("BadRequest");
  ListCall list;
  list.is_v2 = type == "2";
  list.with_owner = !list.is_v2 || query.get("fetch-owner") == "true";
  const std::string_view encoding = query.get("encoding-type");
  if (!encoding.empty() && encoding != "url") {
    return s3_error("InvalidArgument", "Invalid Encoding Method specified in Request");
  }
  list.url_encoding = !encoding.empty();
  list.prefix = query.get("prefix");
  list.delimiter = query.get("delimiter");
  auto amount = page_limit(query.get("max-keys"), "max-keys");
  if (!amount) return amount.error();
  list.amount = static_cast<std::size_t>(*amount);
  if (!list.is_v2) {
    list.after = query.get("marker");
  } else if (const std::string* token = query.find("continuation-token")) {
    if (token->empty()) return s3_error("InvalidArgument", "The continuation token provided is incorrect");
    list.after = from_token(*token);
  } else {
    list.after = query.get("start-after");
  }
  return list;
}

// A piece of a document: the writer's declaration is cut off again.
class Fragment {
 public:
  Fragment() : xml_(text_) { text_.clear(); }
  XmlWriter& xml() { return xml_; }
  std::string& text() { return text_; }

 private:
  std::string text_;
  XmlWriter xml_;
};

// There is no owner of a single object: whoever lists it may do all with it that there is to do.
std::string owner_element(const Call& call) {
  Fragment owner;
  owner.xml().open("Owner");
  owner.xml().element("ID", call.principal.user_id);
  owner.xml().element("DisplayName", call.principal.user_id);
  owner.xml().close();
  return std::move(owner.text());
}

void write_prefix(XmlWriter& xml, std::string_view prefix) {
  xml.open("CommonPrefixes");
  xml.element("Prefix", prefix);
  xml.close();
}

http::Response list_reply(const Call& call, const ListCall& list, const FoundPage& found) {
  std::string document;
  document.reserve(found.contents.size() + found.prefixes.size() + 1024);
  XmlWriter xml(document);
  xml.open("ListBucketResult");
  xml.element("Name", call.target.repository);
  xml.element("IsTruncated", found.has_more);
  xml.element("Prefix", list.shown(list.prefix));
  if (!list.delimiter.empty()) xml.element("Delimiter", list.shown(list.delimiter));
  xml.element("KeyCount", found.count);
  xml.element("MaxKeys", list.amount);
  if (list.url_encoding) xml.element("EncodingType", "url");
  document += found.prefixes;
  if (list.is_v2) {
    if (found.has_more) xml.element("NextContinuationToken", to_token(found.last));
    if (const std::string* token = call.query.find("continuation-token")) {
      xml.element("ContinuationToken", *token);
    }
    if (const std::string* start = call.query.find("start-after")) {
      xml.element("StartAfter", list.shown(*start));
    }
  } else {
    xml.element("Marker", list.shown(call.query.get("marker")));
    if (found.has_more && !list.delimiter.empty()) xml.element("NextMarker", list.shown(found.last));
  }
  document += found.contents;
  xml.close();
  return xml_reply(std::move(document));
}

http::Response list_branches(const Call& call, const ListCall& list) {
  std::string after = list.after;
  if (after.ends_with('/')) after.pop_back();
  FoundPage found;
  Fragment prefixes;
  if (list.amount > 0) {
    ASSIGN_OR_REPLY(call, const auto branches,
                    call.lake().engine.refs.branches(call.repository, {list.prefix, after, list.amount},
                                                     /*show_hidden=*/false));
    for (const version::Branch& branch : branches.items) {
      write_prefix(prefixes.xml(), list.shown(branch.name.str() + "/"));
    }
    found.count = branches.items.size();
    found.has_more = branches.has_more;
    if (!branches.items.empty()) found.last = branches.items.back().name.str();
  }
  found.prefixes = std::move(prefixes.text());
  return list_reply(call, list, found);
}

// The path behind `ref` that a listing begins after; nullopt if the marker is of another ref.
std::optional<std::string> path_after(const std::string& marker, const std::string& ref) {
  if (marker.empty()) return "";
  Key key = parse_key(marker);
  if (key.ref != ref || marker.find('/') == marker.npos) return std::nullopt;
  return std::move(key.path);
}

http::Response list_ref(const Call& call, const ListCall& list) {
  const Key start = parse_key(list.prefix);
  if (start.ref.empty() || !version::check_ref_expr(start.ref)) return error_reply(call, "BadRequest");
  const auto after = path_after(list.after, start.ref);
  if (!after) return error_reply(call, "BadRequest");

  const version::ListRequest request{start.path, *after, list.delimiter, list.amount};
  const std::string ref = start.ref + "/";
  const std::string shown_ref = list.shown(ref);
  const std::string owner = owner_element(call);
  // Folders of committed data are asked for again and again.
  std::string name;
  std::shared_ptr<const FoundPage> known;
  const auto is_known = [&](const std::string& page) {
    name = (list.url_encoding ? "u" : "-") + (list.with_owner ? owner : std::string()) + ref + page;
    known = call.listings.get(name);
    return known != nullptr;
  };
  FoundPage found;
  Fragment prefixes;
  Fragment contents;
  contents.text().reserve(std::min<std::size_t>(list.amount, 100) * kBytesPerKey);
  std::string key;
  Timestamp time;  // to the millisecond; objects that came together have the same
  std::string shown_time;
  const auto visit = [&](std::string_view path, const tree::Entry* entry) {
    ++found.count;
    found.last.assign(path);
    key.assign(shown_ref);
    if (list.url_encoding) {
      key += url_encoded(path);
    } else {
      key += path;
    }
    if (entry == nullptr) return write_prefix(prefixes.xml(), key);
    XmlWriter& xml = contents.xml();
    xml.open("Contents");
    xml.element("Key", key);
    const Timestamp modified{entry->last_modified.seconds,
                             entry->last_modified.nanos / 1'000'000 * 1'000'000};
    if (time != modified || shown_time.empty()) {
      time = modified;
      shown_time = to_xml_time(time);
    }
    xml.element("LastModified", shown_time);
    xml.element("ETag", etag_of(*entry));
    xml.element("Size", entry->size_bytes);
    if (list.with_owner) contents.text() += owner;
    xml.element("StorageClass", "STANDARD");
    xml.close();
  };
  bool is_whole = false;
  if (list.amount > 0) {
    const auto has_more = call.lake().engine.entries.list(call.repository, version::RefExpr(start.ref),
                                                          request, visit, is_known);
    if (known) return list_reply(call, list, *known);
    if (!has_more) {
      const Code code = has_more.error().code;
      if (code != Code::not_found && code != Code::invalid_argument)
        return error_reply(call, has_more.error());
      if (list.is_v2 || code == Code::invalid_argument) return error_reply(call, "BadRequest");
      found = {};
    } else {
      found.has_more = *has_more;
      is_whole = true;
    }
  }
  found.last.insert(0, ref);
  found.prefixes = std::move(prefixes.text());
  found.contents = std::move(contents.text());
  http::Response response = list_reply(call, list, found);
  if (is_whole && !name.empty()) {
    const std::size_t cost = name.size() + found.prefixes.size() + found.contents.size() + 256;
    call.listings.put(name, std::make_shared<const FoundPage>(std::move(found)), cost);
  }
  return response;
}

}  // namespace

http::Response list_objects(Call& call) {
  ASSIGN_OR_REPLY(call, const ListCall list, parse_list(call));
  return list.prefix.find('/') == list.prefix.npos ? list_branches(call, list) : list_ref(call, list);
}

}  // namespace mere::s3
