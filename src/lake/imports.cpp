#include "lake/imports.h"

#include "base/wire.h"
#include "lake/import_lister.h"
#include "lake/import_record.h"
#include "lake/record_sorter.h"
#include "version/records.h"

namespace mere::lake {
namespace {

// What is needed while it runs: copies and what outlives the tasks, not the Imports that started it.
struct Job {
  version::Engine& engine;
  block::Store& store;
  tree::Trees& trees;
  ImportOptions options;
  version::Repository repository;
  version::BranchName branch;
  ImportStart start;
};

// Stops a walk when the task is cancelled.
class Cancellable final : public tree::Cursor {
 public:
  Cancellable(std::unique_ptr<tree::Cursor> records, const TaskContext& context)
      : records_(std::move(records)), context_(context) {}
  bool valid() const override { return !context_.cancelled() && records_->valid(); }
  const tree::Record& record() const override { return records_->record(); }
  void next() override { records_->next(); }
  void seek(std::string_view key) override { records_->seek(key); }
  Status status() const override {
    if (context_.cancelled()) return import_cancelled();
    return records_->status();
  }

 private:
  std::unique_ptr<tree::Cursor> records_;
  const TaskContext& context_;
};

// The result of the task: 1 metarange id · 2 commit, as version stores it · 3 objects.
std::string encode_result(const version::Commit& commit, std::int64_t count) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, commit.meta_range_id.str());
  out.bytes(2, version::encode_commit(commit));
  out.varint(3, static_cast<std::uint64_t>(count));
  return bytes;
}

Status decode_result(std::string_view bytes, ImportState& state) {
  std::string_view commit;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        state.metarange_id = in.bytes();
        break;
      case 2:
        commit = in.bytes();
        break;
      case 3:
        state.ingested_objects = static_cast<std::int64_t>(in.varint());
        break;
      default:
        break;
    }
  }
  if (in.failed()) return Error{Code::corrupt, "stored import does not parse"};
  ASSIGN_OR_RETURN(state.commit, version::decode_commit(commit));
  return {};
}

// Known before hours of listing rather than after: the merge checks again.
Status check_target(const Job& job) {
  RETURN_IF_ERROR(version::check_writable(job.repository, job.start.commit.force));
  ASSIGN_OR_RETURN(const version::Branch branch, job.engine.refs.branch(job.repository, job.branch));
  ASSIGN_OR_RETURN(const bool dirty, job.engine.entries.is_dirty(job.repository, branch));
  if (dirty) return Error{Code::invalid_argument, "uncommitted changes (dirty branch)"};
  return {};
}

Status as_ingest_error(Status added) {
  if (added || added.error().code == Code::cancelled) return added;
  return with_context("error on ingest", std::move(added).error());
}

Result<std::string> run(const Job& job, TaskContext& context) {
  RETURN_IF_ERROR(check_target(job));

  RecordSorter sorter({.memory_bytes = job.options.sort_memory_bytes, .folder = ""});
  ImportLister lister(job.store, job.repository.storage_namespace.storage_id, job.options, context, sorter);
  version::ImportRequest request{
      .commit = job.start.commit, .records = {}, .replaced_prefixes = {}, .replaced_keys = {}};
  std::uint32_t rank = 0;
  for (const ImportLocation& location : job.start.locations) {
    RETURN_IF_ERROR(as_ingest_error(lister.add(location, ++rank)));
    if (location.type == ImportLocation::Type::common_prefix) {
      request.replaced_prefixes.push_back(as_folder(location.destination));
    } else {
      request.replaced_keys.push_back(location.destination);
    }
  }
  RETURN_IF_ERROR(as_ingest_error(lister.finish()));

  ASSIGN_OR_RETURN(auto sorted, sorter.sorted());
  Cancellable records(std::move(sorted), context);
  ASSIGN_OR_RETURN(const tree::Built built, job.trees.build(job.repository.storage_namespace, records));
  request.records = built.id;
  request.note = [&](const version::Commit& commit) {
    return context.ending_with(encode_result(commit, lister.count()));
  };
  ASSIGN_OR_RETURN(const version::Commit commit,
                   job.engine.updates.import(job.repository, job.branch, request));

  return encode_result(commit, lister.count());
}

Error bad_location(const ImportLocation& location, std::string_view what) {
  return {Code::invalid_argument, "import path " + location.path + ": " + std::string(what)};
}

Status check_location(const block::Store& store, const version::Repository& repository,
                      const ImportLocation& location) {
  const bool folder = location.type == ImportLocation::Type::common_prefix;
  if (!folder && location.destination.empty())
    return bad_location(location, "the destination of an object is its path");
  const std::string& storage_id = repository.storage_namespace.storage_id;
  const block::Address source{folder ? as_folder(location.path) : location.path, storage_id};
  RETURN_IF_ERROR(store.check(source));
  // Objects of the repository itself have entries already, and garbage collection would not spare them.
  // Both forms of an address are compared, as given and resolved.
  const block::Address own{as_folder(repository.storage_namespace.uri), storage_id};
  // A folder given without its last '/' is taken as a prefix of names here, as lakeFS does: in an object
  // store it is one.
  const auto inside = [](const std::string& inner, const std::string& outer) {
    return inner.starts_with(outer);
  };
  const std::string shown_own = as_folder(store.display(own));
  if (inside(source.uri, own.uri) || inside(store.display(source), shown_own) ||
      (folder &&
       (inside(own.uri, location.path) || inside(shown_own, store.display({location.path, storage_id}))))) {
    return bad_location(location, "the repository's own storage namespace is an invalid import source");
  }
  return {};
}

}  // namespace

Imports::Imports(version::Engine& engine, block::Store& store, tree::Trees& trees, Tasks& tasks,
                 const ImportOptions& options)
    : engine_(engine), store_(store), trees_(trees), tasks_(tasks), options_(options) {}

Status Imports::check(const version::Repository& repository, const ImportStart& import) const {
  if (!store_.capabilities(repository.storage_namespace.storage_id).can_import) {
    return Error{Code::permission_denied, "import is not supported for this storage"};
  }
  for (const ImportLocation& location : import.locations)
    RETURN_IF_ERROR(check_location(store_, repository, location));
  return {};
}

Result<std::string> Imports::start(const version::Repository& repository, const version::BranchName& branch,
                                   const ImportStart& import) {
  RETURN_IF_ERROR(engine_.refs.branch(repository, branch));
  RETURN_IF_ERROR(check(repository, import));
  return tasks_.start(repository, "", work(repository, branch, import),
                      encode_import({repository.name, repository.instance_uid, branch, import}));
}

Tasks::Work Imports::work(const version::Repository& repository, const version::BranchName& branch,
                          const ImportStart& import) {
  return [job = Job{engine_, store_, trees_, options_, repository, branch, import}](TaskContext& context) {
    return run(job, context);
  };
}

Result<Tasks::Work> Imports::again(std::string_view request) {
  ASSIGN_OR_RETURN(const ImportRecord record, decode_import(request));
  ASSIGN_OR_RETURN(const version::Repository repository, engine_.repositories.get(record.repository));
  if (repository.instance_uid != record.instance_uid)
    return Error{Code::not_found, "the repository of the import is gone"};
  RETURN_IF_ERROR(check(repository, record.start));
  return work(repository, record.branch, record.start);
}

Result<ImportState> Imports::state(const version::Repository& repository, std::string_view id) const {
  if (!is_xid(id)) return Error{Code::not_found, "not found"};
  ASSIGN_OR_RETURN(const TaskRecord task, tasks_.get(repository, id));
  ImportState state;
  state.update_time = task.updated_at;
  state.ingested_objects = task.progress;
  if (!task.done) return state;
  if (task.error) {
    state.error = with_context("import error", *task.error);
    return state;
  }
  RETURN_IF_ERROR(decode_result(task.result, state));
  state.completed = true;
  return state;
}

Status Imports::cancel(const version::Repository& repository, std::string_view id) {
  if (!is_xid(id)) return Error{Code::not_found, "not found"};
  return tasks_.cancel(repository, id);
}

}  // namespace mere::lake
