#include "torture/caller.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "client/body_source.h"

namespace mere::torture {
namespace {

// Success without anything to tell.
Result<std::string> told(Status status) {
  if (!status) return std::move(status).error();
  return std::string();
}

template <class T>
Result<std::string> told(Result<T> result) {
  if (!result) return std::move(result).error();
  return std::string();
}

Result<std::string> id_of(Result<api::Commit> commit) {
  if (!commit) return std::move(commit).error();
  return std::move(commit->id);
}

}  // namespace

Outcome outcome_of(int status, const Error& error) {
  Outcome outcome{Outcome::Kind::refused, error.code, error.message, {}};
  if (status == 0 || (status >= 200 && status < 300)) outcome.kind = Outcome::Kind::lost;
  if (status >= 500) outcome.kind = Outcome::Kind::failed;
  return outcome;
}

Outcome Caller::carry_out(const Operation& operation, const Model& model) const {
  client::Answer answer;
  client::CallOptions options;
  options.retries = 0;
  options.answer = &answer;
  Result<std::string> commit_id = call(operation, model, options);
  if (!commit_id) return outcome_of(answer.status, commit_id.error());
  return {Outcome::Kind::done, {}, {}, *std::move(commit_id)};
}

// The parts go to addresses that the server has signed. The object is there when all are, and not before.
Result<std::string> Caller::put_in_parts(const Operation& op, const client::CallOptions& options) const {
  ASSIGN_OR_RETURN(const api::PresignMultipartUpload begun,
                   api_.create_presign_multipart_upload({.repository = repository_,
                                                         .branch = op.branch,
                                                         .path = op.path,
                                                         .parts = static_cast<std::int64_t>(op.parts.size())},
                                                        options));
  const std::vector<std::string> addresses = begun.presigned_urls.value_or(std::vector<std::string>());
  if (addresses.size() != op.parts.size())
    return Error{Code::corrupt, "there is not an address for each part"};
  const std::string bytes = bytes_of(op.object.content, op.object.size_bytes);
  api::CompletePresignMultipartUpload whole;
  whole.physical_address = begun.physical_address;
  if (!op.object.note.empty())
    whole.user_metadata = std::map<std::string, std::string>{{"note", op.object.note}};
  std::size_t at = 0;
  for (std::size_t part = 0; part < op.parts.size(); ++part) {
    // Its status is not told: what became of the part is open, and the object is not there.
    if (options.answer) options.answer->status = 0;
    ASSIGN_OR_RETURN(const http::Headers headers,
                     api_.session()->put_at_store(
                         addresses[part], client::make_text_source(bytes.substr(at, op.parts[part]))));
    whole.parts.push_back({static_cast<std::int64_t>(part + 1), std::string(headers.get("ETag"))});
    at += op.parts[part];
  }
  const Result<api::ObjectStats> stats = api_.complete_presign_multipart_upload(
      {.repository = repository_, .branch = op.branch, .upload_id = begun.upload_id, .path = op.path}, whole,
      options);
  return told(stats);
}

// It is acknowledged when its status says so.
Result<std::string> Caller::import(const Operation& op, const client::CallOptions& options) const {
  api::ImportCreation creation;
  creation.paths = {{.type = api::ImportLocationType::common_prefix,
                     .path = fmt::format("local://{}/{}/", imports_, op.source),
                     .destination = op.path}};
  creation.commit.message = op.text;
  ASSIGN_OR_RETURN(const api::ImportCreationResponse begun,
                   api_.import_start({.repository = repository_, .branch = op.branch}, creation, options));
  for (;;) {
    ASSIGN_OR_RETURN(
        const api::ImportStatus status,
        api_.import_status({.repository = repository_, .branch = op.branch, .id = begun.id}, options));
    if (status.error) {
      const bool is_dirty = status.error->message.find("dirty branch") != std::string::npos;
      // Else it failed for a reason of the server's.
      if (options.answer) options.answer->status = is_dirty ? 400 : 500;
      return Error{is_dirty ? Code::invalid_argument : Code::internal, status.error->message};
    }
    if (status.completed) return status.commit ? status.commit->id : std::string();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

Result<std::string> Caller::call(const Operation& op, const Model& model,
                                 const client::CallOptions& options) const {
  const std::string commit = op.commit ? model.commits[*op.commit].id : "";
  switch (op.kind) {
    case Kind::put: {
      client::CallOptions with_note = options;
      if (!op.object.note.empty()) with_note.headers.add("x-lakefs-meta-note", op.object.note);
      const Result<api::ObjectStats> stats = api_.upload_object(
          {.repository = repository_, .branch = op.branch, .path = op.path},
          client::make_text_source(bytes_of(op.object.content, op.object.size_bytes)), with_note);
      return told(std::move(stats));
    }
    case Kind::put_in_parts:
      return put_in_parts(op, options);
    case Kind::import:
      return import(op, options);
    case Kind::remove:
      return told(
          api_.delete_object({.repository = repository_, .branch = op.branch, .path = op.path}, options));
    case Kind::remove_many: {
      const Result<api::ObjectErrorList> failed =
          api_.delete_objects({.repository = repository_, .branch = op.branch}, {.paths = op.paths}, options);
      if (failed && !failed->errors.empty()) {
        return Error{Code::internal,
                     failed->errors.front().path.value_or("") + ": " + failed->errors.front().message};
      }
      return told(std::move(failed));
    }
    case Kind::copy:
      return told(api_.copy_object({.repository = repository_, .branch = op.branch, .dest_path = op.path},
                                   {.src_path = op.source_path, .src_ref = op.branch}, options));
    case Kind::set_note:
      return told(
          api_.update_object_user_metadata({.repository = repository_, .branch = op.branch, .path = op.path},
                                           {.set = {{"note", op.text}}}, options));
    case Kind::commit:
      return id_of(
          api_.commit({.repository = repository_, .branch = op.branch}, {.message = op.text}, options));
    case Kind::merge: {
      api::Merge merge;
      merge.message = op.text;
      if (!op.strategy.empty()) merge.strategy = op.strategy;
      auto made = api_.merge_into_branch(
          {.repository = repository_, .source_ref = op.source_branch, .destination_branch = op.branch}, merge,
          options);
      if (!made) return std::move(made).error();
      return std::move(made->reference);
    }
    case Kind::revert: {
      api::RevertCreation revert;
      revert.ref = commit;
      revert.commit_overrides = api::CommitOverrides{.message = op.text, .metadata = {}};
      return told(api_.revert_branch({.repository = repository_, .branch = op.branch}, revert, options));
    }
    case Kind::cherry_pick: {
      api::CherryPickCreation pick;
      pick.ref = commit;
      pick.commit_overrides = api::CommitOverrides{.message = op.text, .metadata = {}};
      return id_of(api_.cherry_pick({.repository = repository_, .branch = op.branch}, pick, options));
    }
    case Kind::reset:
    case Kind::reset_prefix:
    case Kind::reset_path: {
      api::ResetCreation reset;
      reset.type = op.kind == Kind::reset          ? api::ResetCreationType::reset
                   : op.kind == Kind::reset_prefix ? api::ResetCreationType::common_prefix
                                                   : api::ResetCreationType::object;
      if (op.kind != Kind::reset) reset.path = op.path;
      return told(api_.reset_branch({.repository = repository_, .branch = op.branch}, reset, options));
    }
    case Kind::create_branch:
      return told(api_.create_branch({.repository = repository_},
                                     {.name = op.branch, .source = op.commit ? commit : op.source_branch},
                                     options));
    case Kind::remove_branch:
      return told(api_.delete_branch({.repository = repository_, .branch = op.branch}, options));
    case Kind::move_branch:
      return told(
          api_.hard_reset_branch({.repository = repository_, .branch = op.branch, .ref = commit}, options));
    case Kind::create_tag:
      return told(api_.create_tag({.repository = repository_}, {.id = op.name, .ref = commit}, options));
    case Kind::remove_tag:
      return told(api_.delete_tag({.repository = repository_, .tag = op.name}, options));
    case Kind::set_setting:
      return told(api_.set_repository_metadata({.repository = repository_},
                                               {.metadata = {{op.name, op.text}}}, options));
    case Kind::erase_setting:
      return told(api_.delete_repository_metadata({.repository = repository_}, {.keys = {op.name}}, options));
  }
  return Error{Code::internal, "no such operation"};
}

}  // namespace mere::torture
