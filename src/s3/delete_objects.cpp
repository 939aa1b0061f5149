// DeleteObject, DeleteObjects (contract: S3 gateway, section 9). What is not there is deleted already: keys,
// branches, and refs that take no writes.
#include <map>

#include "base/xml.h"
#include "s3/access.h"
#include "s3/conditions.h"
#include "s3/object_headers.h"
#include "s3/operations.h"
#include "s3/reply.h"
#include "version/names.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kMaxKeys = 1000;

// Commits are for ever: only what a branch shows now can go.
bool names_old_version(std::string_view version) {
  return !version.empty() && version != "null";
}

struct Doomed {
  std::string key;  // as sent
  Key parsed;
  Refusal refusal;
  DeleteConditions conditions;
};

S3Error deleting_key(const Error& error) {
  if (error.code == Code::permission_denied) {
    const S3Error refusal = write_error(error);
    return s3_error(refusal.code, "error deleting object: " + refusal.message);
  }
  return s3_error("ErrDeletingKey", "error deleting object: " + error.message);
}

// Deletes one key if its conditions hold.
void remove_conditionally(Call& call, const version::BranchName& branch, Doomed& doomed) {
  const auto options = delete_options(call, branch, doomed.parsed.path, doomed.conditions);
  if (!options) {
    doomed.refusal = options.error();
    return;
  }
  if (!*options) return;
  const auto removed =
      call.lake().engine.entries.remove(call.repository, branch, doomed.parsed.path, **options);
  if (removed || removed.error().code == Code::not_found) return;
  doomed.refusal = removed.error().code == Code::precondition_failed ? s3_error("PreconditionFailed")
                                                                     : deleting_key(removed.error());
}

// Deletes the keys of one branch.
void remove_keys(Call& call, const std::string& ref, const std::vector<Doomed*>& keys) {
  if (!version::check_branch_argument(ref)) return;
  const version::BranchName branch(ref);
  std::vector<std::string> paths;
  for (Doomed* doomed : keys) {
    if (doomed->conditions == DeleteConditions()) {
      paths.push_back(doomed->parsed.path);
    } else {
      remove_conditionally(call, branch, *doomed);
    }
  }
  if (paths.empty()) return;
  const auto errors = call.lake().engine.entries.remove(call.repository, branch, paths);
  if (!errors) {
    if (errors.error().code == Code::not_found) return;
    for (Doomed* doomed : keys) {
      if (!doomed->refusal) doomed->refusal = deleting_key(errors.error());
    }
    return;
  }
  std::map<std::string_view, const Error*> by_path;
  for (const version::PathError& failed : *errors) by_path.emplace(failed.path, &failed.error);
  for (Doomed* doomed : keys) {
    const auto found = by_path.find(doomed->parsed.path);
    if (found != by_path.end()) doomed->refusal = deleting_key(*found->second);
  }
}

}  // namespace

http::Response delete_object(Call& call) {
  if (names_old_version(call.query.get("versionId"))) return error_reply(call, "MethodNotAllowed");
  ASSIGN_OR_REPLY(call, const auto conditions,
                  delete_conditions(call.header("If-Match"), call.header("x-amz-if-match-size"),
                                    call.header("x-amz-if-match-last-modified-time")));
  if (!version::check_branch_argument(call.target.ref)) return empty_reply(204);
  const version::BranchName branch(call.target.ref);
  ASSIGN_OR_REPLY(call, const auto options, delete_options(call, branch, call.target.path, conditions));
  if (!options) return empty_reply(204);
  const auto removed = call.lake().engine.entries.remove(call.repository, branch, call.target.path, *options);
  if (!removed && removed.error().code == Code::invalid_argument) return error_reply(call, "KeyTooLongError");
  if (!removed && removed.error().code != Code::not_found) {
    return error_reply(call, write_error(removed.error()));
  }
  return empty_reply(204);
}

// "main/" cannot go, and tools that clear folders do not mind.
http::Response delete_ref(Call& call) {
  return empty_reply(call.target.ref.empty() ? 404 : 204);
}

http::Response delete_objects(Call& call) {
  const auto parsed = parse_xml(call.document);
  if (!parsed) return error_reply(call, "BadRequest");
  std::vector<Doomed> all;
  for (const XmlElement& element : parsed->children) {
    if (element.name != "Object") continue;
    Doomed doomed{std::string(element.text_of("Key")), parse_key(element.text_of("Key")), std::nullopt, {}};
    if (doomed.key.empty()) {
      doomed.refusal = s3_error("ErrDeletingKey", "error deleting object: empty key");
    } else if (names_old_version(element.text_of("VersionId"))) {
      doomed.refusal = s3_error("MethodNotAllowed");
    } else {
      auto conditions = delete_conditions(element.text_of("ETag"), element.text_of("Size"),
                                          element.text_of("LastModifiedTime"));
      if (conditions) {
        doomed.conditions = *std::move(conditions);
      } else {
        doomed.refusal = conditions.error();
      }
    }
    all.push_back(std::move(doomed));
  }
  if (all.empty() || all.size() > kMaxKeys) return error_reply(call, "MalformedXML");
  if (call.repository.read_only) return error_reply(call, "ErrReadOnlyRepository");

  std::map<std::string, std::vector<Doomed*>> by_ref;
  for (Doomed& doomed : all) {
    if (!doomed.refusal && !doomed.parsed.path.empty()) by_ref[doomed.parsed.ref].push_back(&doomed);
  }
  for (const auto& [ref, keys] : by_ref) remove_keys(call, ref, keys);

  const bool quiet = parsed->text_of("Quiet") == "true";
  std::string document;
  XmlWriter xml(document);
  xml.open("DeleteResult", kXmlNamespace);
  for (const Doomed& doomed : all) {
    if (doomed.refusal || quiet) continue;
    xml.open("Deleted");
    xml.element("Key", doomed.key);
    xml.close();
  }
  for (const Doomed& doomed : all) {
    if (!doomed.refusal) continue;
    xml.open("Error");
    xml.element("Code", doomed.refusal->code);
    xml.element("Key", doomed.key);
    xml.element("Message", doomed.refusal->message);
    xml.close();
  }
  xml.close();
  return xml_reply(std::move(document));
}

}  // namespace mere::s3
