#include "rest/diff_reply.h"

#include "rest/convert.h"

namespace mere::rest {
namespace {

std::string_view wire_name(tree::DiffType type) {
  switch (type) {
    case tree::DiffType::added:
      return "added";
    case tree::DiffType::removed:
      return "removed";
    case tree::DiffType::changed:
      return "changed";
    case tree::DiffType::conflict:
      return "conflict";
  }
  return "";
}

}  // namespace

DiffReply::DiffReply(RightStats right_stats, Removed removed)
    : right_stats_(right_stats), removed_(removed), json_(body_) {
  json_.begin_object();
  json_.key("results");
  json_.begin_array();
}

void DiffReply::add(const version::DiffItem& item) {
  json_.begin_object();
  json_.key("path");
  json_.string(item.path);
  json_.key("path_type");
  json_.string(item.is_prefix ? "common_prefix" : "object");
  json_.key("type");
  json_.string(item.is_prefix ? "prefix_changed" : wire_name(item.type));
  if (!item.is_prefix) {
    const tree::Entry* shown = item.right;
    if (shown == nullptr && removed_ == Removed::as_it_was) shown = item.left;
    json_.key("size_bytes");
    json_.integer(shown != nullptr ? shown->size_bytes : 0);
    if (right_stats_ == RightStats::yes && shown != nullptr) {
      json_.key("right");
      json_.begin_object();
      json_.key("checksum");
      json_.string(shown->checksum);
      json_.key("content_type");
      json_.string(content_type_of(*shown));
      json_.key("mtime");
      json_.integer(shown->last_modified.seconds);
      json_.key("metadata");
      write_user_metadata(json_, shown->metadata);
      json_.end_object();
    }
  }
  json_.end_object();
  ++count_;
  last_.assign(item.path);
}

http::Response DiffReply::finish(bool has_more) && {
  json_.end_array();
  write_pagination(json_, has_more, count_, last_);
  json_.end_object();
  return json_text(200, std::move(body_));
}

}  // namespace mere::rest
