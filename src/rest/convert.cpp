#include "rest/convert.h"

#include "tree/reserved_metadata.h"

namespace mere::rest {

Status check_argument(std::string_view name, Status checked) {
  if (checked) return checked;
  return with_context("argument " + std::string(name), std::move(checked).error());
}

Status check_object_texts(const version::Metadata& metadata, std::initializer_list<std::string_view> others) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : metadata) bytes += key.size() + value.size();
  for (const std::string_view text : others) bytes += text.size();
  if (bytes <= kMaxObjectTextBytes) return {};
  return Error{Code::too_large,
               "an object's metadata may take " + std::to_string(kMaxObjectTextBytes) + " bytes"};
}

Result<version::Repository> find_repository(const lake::Lake& lake, const std::string& name) {
  RETURN_IF_ERROR(check_argument("repository", version::check_repository_name(name)));
  return lake.engine.repositories.get(RepositoryName(name));
}

std::size_t page_size(std::int64_t amount) {
  return amount <= 0 ? 100 : static_cast<std::size_t>(std::min(amount, kMaxPerPage));
}

version::PageRequest page_request(std::string_view prefix, std::string_view after, std::int64_t amount) {
  return {std::string(prefix), std::string(after), page_size(amount)};
}

api::Pagination pagination(bool has_more, std::size_t results, std::string_view last_key) {
  api::Pagination made;
  made.has_more = has_more;
  made.next_offset = has_more ? std::string(last_key) : std::string();
  made.results = static_cast<std::int64_t>(results);
  made.max_per_page = kMaxPerPage;
  return made;
}

void write_pagination(JsonWriter& json, bool has_more, std::size_t results, std::string_view last_key) {
  json.key("pagination");
  json.begin_object();
  json.key("has_more");
  json.boolean(has_more);
  json.key("max_per_page");
  json.integer(kMaxPerPage);
  json.key("next_offset");
  json.string(has_more ? last_key : std::string_view());
  json.key("results");
  json.integer(static_cast<std::int64_t>(results));
  json.end_object();
}

api::Repository to_api(const block::Store& store, const version::Repository& repository) {
  api::Repository made;
  made.id = repository.name.str();
  made.creation_date = repository.creation_date.seconds;
  made.default_branch = repository.default_branch.str();
  // Of a repository that is older than the several stores: the default one's.
  made.storage_id = store.capabilities(repository.storage_namespace.storage_id).storage_id;
  made.storage_namespace = repository.storage_namespace.uri;
  made.read_only = repository.read_only;
  return made;
}

api::Commit to_api(const version::Commit& commit) {
  api::Commit made;
  made.id = commit.id.str();
  for (const CommitId& parent : commit.parents) made.parents.push_back(parent.str());
  made.committer = commit.committer;
  made.message = commit.message;
  made.creation_date = commit.creation_date.seconds;
  made.meta_range_id = commit.meta_range_id.str();
  made.metadata = commit.metadata;
  made.generation = commit.generation;
  made.version = commit.version;
  return made;
}

api::Ref to_api(const version::Branch& branch) {
  api::Ref made;
  made.id = branch.name.str();
  made.commit_id = branch.commit_id.str();
  return made;
}

api::Ref to_api(const version::Tag& tag) {
  api::Ref made;
  made.id = tag.name.str();
  made.commit_id = tag.commit_id.str();
  return made;
}

std::string_view content_type_of(const tree::Entry& entry) {
  return entry.content_type.empty() ? std::string_view("application/octet-stream") : entry.content_type;
}

bool has_user_metadata(const version::Metadata& metadata) {
  for (const auto& [key, value] : metadata) {
    if (!tree::is_reserved(key)) return true;
  }
  return false;
}

void write_user_metadata(JsonWriter& json, const version::Metadata& metadata) {
  json.begin_object();
  for (const auto& [key, value] : metadata) {
    if (tree::is_reserved(key)) continue;
    json.key(key);
    json.string(value);
  }
  json.end_object();
}

void write_object_stats(JsonWriter& json, std::string_view path, const tree::Entry& entry,
                        const ShownAddress& physical_address, ShowMetadata metadata,
                        ShowContentType content_type) {
  json.begin_object();
  json.quoted_key("\"checksum\":");
  json.string(entry.checksum);
  json.quoted_key("\"content_type\":");
  json.string(content_type == ShowContentType::as_sent ? std::string_view(entry.content_type)
                                                       : content_type_of(entry));
  if (metadata == ShowMetadata::always ||
      (metadata == ShowMetadata::if_any && has_user_metadata(entry.metadata))) {
    json.quoted_key("\"metadata\":");
    write_user_metadata(json, entry.metadata);
  } else if (metadata == ShowMetadata::empty) {
    json.quoted_key("\"metadata\":");
    json.begin_object();
    json.end_object();
  }
  json.quoted_key("\"mtime\":");
  json.integer(entry.last_modified.seconds);
  json.quoted_key("\"path\":");
  json.string(path);
  json.quoted_key("\"path_type\":");
  json.raw("\"object\"");
  json.quoted_key("\"physical_address\":");
  json.string(physical_address.text);
  if (physical_address.expires) {
    json.quoted_key("\"physical_address_expiry\":");
    json.integer(*physical_address.expires);
  }
  json.quoted_key("\"size_bytes\":");
  json.integer(entry.size_bytes);
  json.end_object();
}

http::Response object_reply(int status, const AddressDisplay& display, std::string_view path,
                            const tree::Entry& entry, ShowMetadata metadata) {
  std::string body;
  JsonWriter json(body);
  write_object_stats(json, path, entry, {display(entry)}, metadata);
  return json_text(status, std::move(body));
}

}  // namespace mere::rest
