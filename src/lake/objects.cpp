#include "lake/objects.h"

#include "lake/entry_address.h"
#include "lake/upload.h"
#include "tree/reserved_metadata.h"

namespace mere::lake {
namespace {

constexpr int kAttempts = 16;
constexpr std::uint64_t kCopyBytes = 1u << 20;

version::Resolved at_head(const version::Branch& branch) {
  return {.commit = branch.commit_id, .branch = branch};
}

// Within one store by the store itself; from one store to another through this process.
Status copy_bytes(block::Store& store, const block::Address& from, const block::Address& to) {
  if (from.storage_id == to.storage_id) {
    RETURN_IF_ERROR(store.copy(from, to));
    return {};
  }
  ASSIGN_OR_RETURN(const auto reader, store.open(from));
  const std::uint64_t size = reader->properties().size_bytes;
  ASSIGN_OR_RETURN(const auto writer, store.create(to, {.md5 = false, .expected_size_bytes = size}));
  std::vector<std::byte> buffer(std::min<std::uint64_t>(size, kCopyBytes));
  for (std::uint64_t offset = 0; offset < size;) {
    ASSIGN_OR_RETURN(const std::size_t read, reader->read_at(offset, buffer));
    if (read == 0) return Error{Code::corrupt, "the object became shorter while it was copied"};
    RETURN_IF_ERROR(writer->append({buffer.data(), read}));
    offset += read;
  }
  RETURN_IF_ERROR(writer->finish());
  return {};
}

}  // namespace

Objects::Objects(version::Engine& engine, block::Store& store, const Clock& clock, Random& random,
                 std::string signing_secret, std::size_t cache_bytes)
    : engine_(engine),
      store_(store),
      clock_(clock),
      addresses_(clock, random),
      signing_secret_(std::move(signing_secret)),
      small_(cache_bytes) {}

Result<std::unique_ptr<Upload>> Objects::begin_upload(const Repository& repository, const BranchName& branch,
                                                      std::string_view path, const UploadOptions& options) {
  const version::WriteOptions write{
      .force = options.force, .if_absent = options.if_absent, .if_identity = options.if_identity};
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
  ASSIGN_OR_RETURN(auto writer,
                   store_.create(target.address, {.md5 = true,
                                                  .write_once = true,
                                                  .fresh_address = true,
                                                  .expected_size_bytes = options.expected_size_bytes}));
  return make_upload(engine_, store_, clock_, std::move(target), std::move(writer));
}

Result<tree::Entry> Objects::find(const Repository& repository, const RefExpr& ref,
                                  std::string_view path) const {
  return engine_.entries.find(repository, ref, path);
}

Result<std::shared_ptr<const block::Reader>> Objects::open(const Repository& repository,
                                                           const tree::Entry& entry) const {
  const block::Address address = address_of(repository, entry);
  if (auto kept = small_.find(address, entry)) return kept;
  auto reader = store_.open(address);
  if (!reader)
    return reader.error().code == Code::not_found ? Error{Code::gone, "No data"} : std::move(reader).error();
  if (SmallObjects::takes(entry)) return small_.keep(address, entry, *std::move(reader));
  return std::shared_ptr<const block::Reader>(*std::move(reader));
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
  return copy(repository, source, repository, branch, request.destination_path, {.force = request.force});
}

Result<tree::Entry> Objects::copy(const Repository& source_repository, const tree::Entry& source,
                                  const Repository& repository, const BranchName& branch,
                                  std::string_view path, const version::WriteOptions& write) {
  RETURN_IF_ERROR(engine_.entries.check_put(repository, branch, path, write));
  UploadTarget target{.repository = repository,
                      .branch = branch,
                      .path = std::string(path),
                      .address = {},
                      .entry = source,
                      .write = write};
  target.entry.address = addresses_.next();
  target.entry.address_type = tree::AddressType::relative;
  target.address = block::join(repository.storage_namespace, target.entry.address);
  const Status copied = copy_bytes(store_, address_of(source_repository, source), target.address);
  if (!copied) return copied.error().code == Code::not_found ? Error{Code::gone, "No data"} : copied.error();
  target.entry.last_modified = clock_.now();
  RETURN_IF_ERROR(stage_or_remove(engine_, store_, target));
  return std::move(target.entry);
}

Result<tree::Entry> Objects::change_metadata(const Repository& repository, const BranchName& branch,
                                             std::string_view path,
                                             const std::function<void(Metadata&)>& change) {
  // Repeated when another writer comes between: its content must not be undone by an old entry.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const version::Branch head, engine_.refs.branch(repository, branch));
    RETURN_IF_ERROR(engine_.entries.check_put(repository, branch, path));
    ASSIGN_OR_RETURN(tree::Entry entry, engine_.entries.find(repository, at_head(head), path));
    const std::string identity = tree::identity_of(entry);
    change(entry.metadata);
    auto written = engine_.entries.put(repository, branch, path, entry, {.if_identity = identity});
    if (written) return entry;
    if (written.error().code != Code::precondition_failed) return std::move(written).error();
  }
  return Error{Code::too_many_requests, "Too many attempts, try again later"};
}

Status Objects::update_user_metadata(const Repository& repository, const BranchName& branch,
                                     std::string_view path, const Metadata& metadata) {
  const auto replace = [&](Metadata& present) {
    Metadata next = tree::without_reserved(metadata);
    for (auto& [key, value] : present) {
      if (tree::is_reserved(key)) next.emplace(key, value);
    }
    present = std::move(next);
  };
  const auto changed = change_metadata(repository, branch, path, replace);
  if (changed) return {};
  if (changed.error().code == Code::not_found && changed.error().message == "not found") {
    return Error{Code::not_found, "update user metadata on " + repository.name.str() + "/" + branch.str() +
                                      "/" + std::string(path) + ": not found"};
  }
  return changed.error();
}

}  // namespace mere::lake
