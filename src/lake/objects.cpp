#include "lake/objects.h"

#include "lake/entry_address.h"
#include "lake/upload.h"

namespace mere::lake {
namespace {

constexpr int kAttempts = 16;

version::Resolved at_head(const version::Branch& branch) {
  return {.commit = branch.commit_id, .branch = branch};
}

}  // namespace

Objects::Objects(version::Engine& engine, block::Store& store, const Clock& clock, Random& random,
                 std::string signing_secret)
    : engine_(engine),
      store_(store),
      clock_(clock),
      addresses_(clock, random),
      signing_secret_(std::move(signing_secret)) {}

Result<std::unique_ptr<Upload>> Objects::begin_upload(const Repository& repository, const BranchName& branch,
                                                      std::string_view path, const UploadOptions& options) {
  const version::WriteOptions write{.force = options.force, .if_absent = options.if_absent};
  RETURN_IF_ERROR(engine_.entries.check_put(repository, branch, path, write));

  UploadTarget target{.repository = repository,
                      .branch = branch,
                      .path = std::string(path),
                      .address = {},
                      .entry = {.address = addresses_.next(),
                                .address_type = tree::AddressType::relative,
                                .metadata = options.metadata,
                                .content_type = options.content_type},
                      .write = write};
  target.address = block::join(repository.storage_namespace, target.entry.address);
  ASSIGN_OR_RETURN(
      auto writer,
      store_.create(target.address, {.md5 = true, .expected_size_bytes = options.expected_size_bytes}));
  return make_upload(engine_, store_, clock_, std::move(target), std::move(writer));
}

Result<tree::Entry> Objects::find(const Repository& repository, const RefExpr& ref,
                                  std::string_view path) const {
  return engine_.entries.find(repository, ref, path);
}

Result<OpenObject> Objects::open(const Repository& repository, const tree::Entry& entry) const {
  auto reader = store_.open(address_of(repository, entry));
  if (!reader)
    return reader.error().code == Code::not_found ? Error{Code::gone, "No data"} : std::move(reader).error();
  return OpenObject{entry, *std::move(reader)};
}

Result<tree::Entry> Objects::copy(const Repository& repository, const BranchName& branch,
                                  const CopyRequest& request) {
  RETURN_IF_ERROR(
      engine_.entries.check_put(repository, branch, request.destination_path, {.force = request.force}));
  ASSIGN_OR_RETURN(const version::Branch head, engine_.refs.branch(repository, branch));
  ASSIGN_OR_RETURN(const tree::Entry source,
                   request.source_ref
                       ? engine_.entries.find(repository, *request.source_ref, request.source_path)
                       : engine_.entries.find(repository, at_head(head), request.source_path));

  UploadTarget target{.repository = repository,
                      .branch = branch,
                      .path = request.destination_path,
                      .address = {},
                      .entry = source,
                      .write = {.force = request.force}};
  target.entry.address = addresses_.next();
  target.entry.address_type = tree::AddressType::relative;
  target.address = block::join(repository.storage_namespace, target.entry.address);
  auto copied = store_.copy(address_of(repository, source), target.address);
  if (!copied)
    return copied.error().code == Code::not_found ? Error{Code::gone, "No data"} : std::move(copied).error();
  target.entry.last_modified = clock_.now();
  RETURN_IF_ERROR(stage_or_remove(engine_, store_, target));
  return std::move(target.entry);
}

Status Objects::update_user_metadata(const Repository& repository, const BranchName& branch,
                                     std::string_view path, const Metadata& metadata) {
  // Repeated when another writer comes between: its content must not be undone by an old entry.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const version::Branch head, engine_.refs.branch(repository, branch));
    RETURN_IF_ERROR(engine_.entries.check_put(repository, branch, path));
    auto entry = engine_.entries.find(repository, at_head(head), path);
    if (!entry) {
      if (entry.error().code != Code::not_found) return std::move(entry).error();
      return Error{Code::not_found, "update user metadata on " + repository.name.str() + "/" + branch.str() +
                                        "/" + std::string(path) + ": not found"};
    }
    const std::string identity = tree::identity_of(*entry);
    entry->metadata = metadata;
    auto written = engine_.entries.put(repository, branch, path, *entry, {.if_identity = identity});
    if (written || written.error().code != Code::precondition_failed) return written;
  }
  return Error{Code::too_many_requests, "Too many attempts, try again later"};
}

}  // namespace mere::lake
