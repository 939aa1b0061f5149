#include "version/refs_dump_records.h"

#include <initializer_list>
#include <utility>

#include "base/json_writer.h"
#include "version/keys.h"
#include "version/records.h"

namespace mere::version {
namespace {

struct Dumped {
  std::string identity;
  std::string data;
};
using Convert = Result<Dumped> (*)(std::string_view value);

class DumpCursor final : public tree::Cursor {
 public:
  DumpCursor(std::unique_ptr<kv::Cursor> stored, std::string folder, Convert convert)
      : stored_(std::move(stored)), folder_(std::move(folder)), convert_(convert) {
    read();
  }

  bool valid() const override { return status_.has_value() && stored_->valid(); }
  const tree::Record& record() const override { return record_; }
  void next() override {
    stored_->next();
    read();
  }
  void seek(std::string_view key) override {
    stored_->seek(folder_ + std::string(key));
    read();
  }
  Status status() const override { return status_ ? Status() : Status(status_.error()); }

 private:
  void read() {
    status_ = {};
    if (!stored_->valid()) {
      status_ = stored_->status();
      return;
    }
    Result<Dumped> dumped = convert_(stored_->value());
    if (!dumped) {
      status_ = with_context(std::string(stored_->key()), std::move(dumped).error());
      return;
    }
    dumped_ = *std::move(dumped);
    record_ = {stored_->key().substr(folder_.size()), dumped_.identity, dumped_.data};
  }

  std::unique_ptr<kv::Cursor> stored_;
  const std::string folder_;
  const Convert convert_;
  Dumped dumped_;
  tree::Record record_;
  Status status_;
};

Result<Dumped> dump_commit(std::string_view value) {
  ASSIGN_OR_RETURN(const Commit commit, decode_commit(value));
  return Dumped{commit.id.str(), std::string(value)};
}

Result<Dumped> dump_branch(std::string_view value) {
  ASSIGN_OR_RETURN(const Branch branch, decode_branch(value));
  Branch moved;  // uncommitted changes and whether it is hidden stay behind
  moved.name = branch.name;
  moved.commit_id = branch.commit_id;
  return Dumped{branch.commit_id.str(), encode_branch(moved)};
}

Result<Dumped> dump_tag(std::string_view value) {
  ASSIGN_OR_RETURN(const Tag tag, decode_tag(value));
  return Dumped{tag.commit_id.str(), encode_tag(tag)};
}

std::unique_ptr<tree::Cursor> dump_of(const kv::Store& state, const Repository& repository,
                                      std::string_view kind, Convert convert) {
  std::string folder = keys::of_repository(repository, kind);
  auto stored = state.scan(folder);
  return std::make_unique<DumpCursor>(std::move(stored), std::move(folder), convert);
}

// A message's fields as its protobuf descriptor writes them in JSON.
struct Field {
  std::string_view name, json_name;
  int number;
  std::string_view type, label = "LABEL_OPTIONAL", type_name = {};
};

void write_fields(JsonWriter& json, std::initializer_list<Field> fields) {
  json.key("field");
  json.begin_array();
  for (const Field& field : fields) {
    json.begin_object();
    json.key("name");
    json.string(field.name);
    json.key("number");
    json.integer(field.number);
    json.key("label");
    json.string(field.label);
    json.key("type");
    json.string(field.type);
    if (!field.type_name.empty()) {
      json.key("typeName");
      json.string(field.type_name);
    }
    json.key("jsonName");
    json.string(field.json_name);
    json.end_object();
  }
  json.end_array();
}

tree::TableProperties properties(std::string entity, const std::string& message, std::string definition) {
  return {{"entity", std::move(entity)},
          {"schema_name", "io.treeverse.lakefs.graveler." + message},
          {"schema_definition", std::move(definition)}};
}

std::string definition_of(std::string_view message, std::initializer_list<Field> fields) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("name");
  json.string(message);
  write_fields(json, fields);
  json.end_object();
  return text;
}

std::string commit_definition() {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("name");
  json.string("CommitData");
  write_fields(json, {{"id", "id", 1, "TYPE_STRING"},
                      {"committer", "committer", 2, "TYPE_STRING"},
                      {"message", "message", 3, "TYPE_STRING"},
                      {"creation_date", "creationDate", 4, "TYPE_MESSAGE", "LABEL_OPTIONAL",
                       ".google.protobuf.Timestamp"},
                      {"meta_range_id", "metaRangeId", 5, "TYPE_STRING"},
                      {"metadata", "metadata", 6, "TYPE_MESSAGE", "LABEL_REPEATED",
                       ".io.treeverse.lakefs.graveler.CommitData.MetadataEntry"},
                      {"parents", "parents", 7, "TYPE_STRING", "LABEL_REPEATED"},
                      {"version", "version", 8, "TYPE_INT32"},
                      {"generation", "generation", 9, "TYPE_INT32"}});
  json.key("nestedType");
  json.begin_array();
  json.begin_object();
  json.key("name");
  json.string("MetadataEntry");
  write_fields(json, {{"key", "key", 1, "TYPE_STRING"}, {"value", "value", 2, "TYPE_STRING"}});
  json.key("options");
  json.begin_object();
  json.key("mapEntry");
  json.boolean(true);
  json.end_object();
  json.end_object();
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace

std::unique_ptr<tree::Cursor> commit_dump(const kv::Store& state, const Repository& repository) {
  return dump_of(state, repository, keys::kCommits, dump_commit);
}

std::unique_ptr<tree::Cursor> branch_dump(const kv::Store& state, const Repository& repository) {
  return dump_of(state, repository, keys::kBranches, dump_branch);
}

std::unique_ptr<tree::Cursor> tag_dump(const kv::Store& state, const Repository& repository) {
  return dump_of(state, repository, keys::kTags, dump_tag);
}

tree::TableProperties commit_dump_properties() {
  return properties("commit", "CommitData", commit_definition());
}

tree::TableProperties branch_dump_properties() {
  return properties(
      "branch", "BranchData",
      definition_of("BranchData", {{"id", "id", 1, "TYPE_STRING"},
                                   {"commit_id", "commitId", 2, "TYPE_STRING"},
                                   {"staging_token", "stagingToken", 3, "TYPE_STRING"},
                                   {"sealed_tokens", "sealedTokens", 4, "TYPE_STRING", "LABEL_REPEATED"},
                                   {"hidden", "hidden", 5, "TYPE_BOOL"}}));
}

tree::TableProperties tag_dump_properties() {
  return properties("tag", "TagData",
                    definition_of("TagData", {{"id", "id", 1, "TYPE_STRING"},
                                              {"commit_id", "commitId", 2, "TYPE_STRING"}}));
}

}  // namespace mere::version
