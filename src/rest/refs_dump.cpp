#include "lake/refs_manifest.h"
#include "rest/async_reply.h"
#include "rest/convert.h"
#include "rest/handlers.h"

namespace mere::rest {
namespace {

constexpr std::string_view kDumpTask = "DR";
constexpr std::string_view kRestoreTask = "RR";

api::RefsDump to_api(const version::RefsManifest& manifest) {
  api::RefsDump made;
  made.commits_meta_range_id = manifest.commits.str();
  made.tags_meta_range_id = manifest.tags.str();
  made.branches_meta_range_id = manifest.branches.str();
  return made;
}

version::RefsManifest from_api(const api::RefsRestore& body) {
  return {version::MetaRangeId(body.commits_meta_range_id), version::MetaRangeId(body.tags_meta_range_id),
          version::MetaRangeId(body.branches_meta_range_id)};
}

}  // namespace

http::Response Handlers::dump_refs(Call&, const api::DumpRefsParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto manifest, engine_.dumps.dump(repository));
  REPLY_IF_ERROR(lake::write_manifest(lake_, repository.storage_namespace, manifest));
  return json_reply(201, to_api(manifest));
}

http::Response Handlers::restore_refs(Call&, const api::RestoreRefsParams& params,
                                      const api::RefsRestore& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(version::check_writable(repository, body.force));
  REPLY_IF_ERROR(engine_.dumps.restore(repository, from_api(body)));
  return empty_reply(200);
}

http::Response Handlers::dump_submit(Call&, const api::DumpSubmitParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  auto work = [this, repository](lake::TaskContext&) -> Result<std::string> {
    ASSIGN_OR_RETURN(const auto manifest, engine_.dumps.dump(repository));
    return lake::format_manifest(manifest);
  };
  ASSIGN_OR_REPLY(const auto id, lake_.tasks.start(repository, kDumpTask, std::move(work)));
  return task_started_reply(id);
}

http::Response Handlers::dump_status(Call&, const api::DumpStatusParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto task, find_task(lake_, repository, kDumpTask, params.task_id));
  api::RepositoryDumpStatus status;
  status.id = task.id;
  status.done = task.done;
  status.update_time = task.updated_at;
  if (task.done && task.error) {
    status.error = task.error->message;
  } else if (task.done) {
    ASSIGN_OR_REPLY(const auto manifest, lake::parse_manifest(task.result));
    status.refs = to_api(manifest);
  }
  return json_reply(200, status);
}

http::Response Handlers::restore_submit(Call&, const api::RestoreSubmitParams& params,
                                        const api::RefsRestore& body) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  REPLY_IF_ERROR(version::check_writable(repository, body.force));
  // Told at once, not by the task.
  if (engine_.refs.branch(repository, repository.default_branch)) {
    return error_reply(400, "can only restore into a bare repository");
  }
  auto work = [this, repository,
               manifest = from_api(body)](lake::TaskContext& context) -> Result<std::string> {
    RETURN_IF_ERROR(
        engine_.dumps.restore(repository, manifest, [&](std::int64_t records) { context.report(records); }));
    return std::string();
  };
  ASSIGN_OR_REPLY(const auto id, lake_.tasks.start(repository, kRestoreTask, std::move(work)));
  return task_started_reply(id);
}

http::Response Handlers::restore_status(Call&, const api::RestoreStatusParams& params) {
  ASSIGN_OR_REPLY(const auto repository, find_repository(lake_, params.repository));
  ASSIGN_OR_REPLY(const auto task, find_task(lake_, repository, kRestoreTask, params.task_id));
  api::RepositoryRestoreStatus status;
  status.id = task.id;
  status.done = task.done;
  status.update_time = task.updated_at;
  if (task.done && task.error) status.error = task.error->message;
  return json_reply(200, status);
}

}  // namespace mere::rest
