#include "lake/multiparts.h"

#include <array>
#include <cstdlib>

#include "base/encoding.h"
#include "base/log.h"
#include "lake/multipart_access.h"
#include "lake/multipart_record.h"
#include "version/names.h"

namespace mere::lake {
namespace {

constexpr std::size_t kCopyChunkBytes = 1u << 20;

}  // namespace

Error no_such_upload() {
  return {Code::not_found, "there is no such upload: it was completed or aborted, or never begun"};
}

Multiparts::Multiparts(version::Engine& engine, kv::Store& state, block::Store& store, const Clock& clock,
                       Random& random)
    : engine_(engine),
      state_(state),
      store_(store),
      clock_(clock),
      random_(random),
      addresses_(clock, random) {}

Result<MultipartUpload> Multiparts::begin(const Repository& repository, const BranchName& branch,
                                          std::string_view path, const MultipartOptions& options) {
  RETURN_IF_ERROR(version::check_path(path));
  RETURN_IF_ERROR(version::check_branch_argument(branch.str()));
  RETURN_IF_ERROR(version::check_writable(repository, options.force));
  if (auto found = engine_.refs.branch(repository, branch); !found) {
    if (found.error().code != Code::not_found) return std::move(found).error();
    return Error{Code::not_found, "branch '" + branch.str() + "' not found"};
  }

  StoredUpload stored;
  MultipartUpload& upload = stored.upload;
  std::array<std::byte, kUploadIdDigits / 2> id;
  random_.fill(id);
  upload.name = {branch, std::string(path), to_hex({reinterpret_cast<const char*>(id.data()), id.size()})};
  upload.options = options;
  upload.started = clock_.now();
  stored.relative_address = addresses_.next();
  upload.address = block::join(repository.storage_namespace, stored.relative_address);
  stored.repository = repository.name.str();
  stored.instance_uid = repository.instance_uid;

  ASSIGN_OR_RETURN(kv::Write exists, version::while_it_exists(state_, repository));
  ASSIGN_OR_RETURN(upload.store_id, store_.begin_upload(upload.address));
  const kv::Write writes[] = {std::move(exists),
                              kv::Write::put(upload_key(repository.instance_uid, upload.name),
                                             encode_upload(stored), kv::Condition::absent())};
  const Status written = state_.write(writes);
  if (written) return std::move(stored.upload);
  // Nobody knows its id: whether it was recorded or not, it holds nothing.
  if (auto aborted = store_.abort_upload(upload.address, upload.store_id); !aborted)
    log::warn("an upload that could not be recorded stays in the store",
              {{"address", upload.address.uri}, {"error", aborted.error().message}});
  if (written.error().code == Code::conflict) return Error{Code::not_found, "repository not found"};
  return written.error();
}

Result<Multiparts::Read> Multiparts::read(const Repository& repository, const UploadName& name) const {
  if (!is_upload_id(name.id) || !version::check_path(name.path) ||
      !version::check_branch_argument(name.branch.str()))
    return no_such_upload();
  Read read;
  read.key = upload_key(repository.instance_uid, name);
  ASSIGN_OR_RETURN(auto bytes, state_.get(read.key));
  if (!bytes) return no_such_upload();
  ASSIGN_OR_RETURN(read.stored, decode_upload(*bytes));
  read.bytes = std::move(*bytes);
  return read;
}

Result<MultipartUpload> Multiparts::find(const Repository& repository, const UploadName& name) const {
  ASSIGN_OR_RETURN(Read found, read(repository, name));
  if (found.stored.state == UploadState::completed) return no_such_upload();
  return std::move(found.stored.upload);
}

Result<std::unique_ptr<block::Writer>> Multiparts::part(const MultipartUpload& upload, int number) {
  return store_.upload_part(upload.address, upload.store_id, number);
}

Result<block::Written> Multiparts::copy_part(const Repository& repository, const MultipartUpload& upload,
                                             int number, const block::Reader& source, std::uint64_t offset,
                                             std::uint64_t length) {
  ASSIGN_OR_RETURN(const auto writer, part(upload, number));
  std::optional<ContentChecksum> checksum;
  if (upload.options.checksum) checksum.emplace(*upload.options.checksum);
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(length, kCopyChunkBytes)));
  for (std::uint64_t left = length; left > 0;) {
    const std::span<std::byte> into(buffer.data(), std::min<std::uint64_t>(left, buffer.size()));
    ASSIGN_OR_RETURN(const std::size_t got, source.read_at(offset, into));
    if (got == 0) return Error{Code::gone, "the source of the copy is shorter than its entry says"};
    const std::span<const std::byte> bytes(into.data(), got);
    if (checksum) checksum->update(bytes);
    RETURN_IF_ERROR(writer->append(bytes));
    offset += got;
    left -= got;
  }
  ASSIGN_OR_RETURN(block::Written written, writer->finish());
  if (checksum) {
    RETURN_IF_ERROR(keep_checksum(repository, upload, number, written.md5, checksum->finish()));
  }
  return written;
}

Status Multiparts::keep_checksum(const Repository& repository, const MultipartUpload& upload, int number,
                                 std::string_view etag, std::string_view checksum) {
  // Only beside an upload that stands: what is written later would never be erased.
  const std::string key = upload_key(repository.instance_uid, upload.name);
  ASSIGN_OR_RETURN(const auto bytes, state_.get(key));
  if (!bytes) return no_such_upload();
  const kv::Write writes[] = {kv::Write::check(key, kv::Condition::equals(*bytes)),
                              kv::Write::put(part_checksum_key(upload.name.id, number),
                                             encode_part({std::string(etag), std::string(checksum)}))};
  Status written = state_.write(writes);
  if (!written && written.error().code == Code::conflict) return no_such_upload();
  return written;
}

Result<std::map<int, StoredPart>> read_part_checksums(const kv::Store& state, std::string_view upload_id) {
  std::map<int, StoredPart> checksums;
  const std::string prefix = part_checksums_key(upload_id);
  const auto cursor = state.scan(prefix);
  for (; cursor->valid(); cursor->next()) {
    ASSIGN_OR_RETURN(StoredPart part, decode_part(cursor->value()));
    checksums.emplace(std::atoi(std::string(cursor->key().substr(prefix.size())).c_str()), std::move(part));
  }
  RETURN_IF_ERROR(cursor->status());
  return checksums;
}

std::string checksum_of_part(const std::map<int, StoredPart>& checksums, const block::Part& part) {
  const auto found = checksums.find(part.number);
  // One that was kept for other bytes, which were sent before or after, says nothing about these.
  return found == checksums.end() || found->second.etag != part.etag ? std::string() : found->second.checksum;
}

Result<version::Page<UploadedPart>> Multiparts::parts(const Repository&, const MultipartUpload& upload,
                                                      int marker, std::size_t amount) const {
  auto stored = store_.list_parts(upload.address, upload.store_id);
  if (!stored) {
    if (stored.error().code == Code::not_found) return no_such_upload();
    return std::move(stored).error();
  }
  std::map<int, StoredPart> checksums;
  if (upload.options.checksum) {
    ASSIGN_OR_RETURN(checksums, read_part_checksums(state_, upload.name.id));
  }
  version::Page<UploadedPart> page;
  for (block::Part& part : *stored) {
    if (part.number <= marker) continue;
    if (page.items.size() == amount) {
      page.has_more = true;
      break;
    }
    std::string checksum = checksum_of_part(checksums, part);
    page.items.push_back({std::move(part), std::move(checksum)});
  }
  return page;
}

Status Multiparts::abort(const Repository& repository, const UploadName& name) {
  while (true) {
    ASSIGN_OR_RETURN(const Read found, read(repository, name));
    if (found.stored.state == UploadState::completed) return no_such_upload();
    Status forgotten = forget(found.key, found.bytes, found.stored);
    if (forgotten || forgotten.error().code != Code::conflict) return forgotten;
    // A completion began or ended meanwhile: look again.
  }
}

// Store first: a crash in between leaves a record that can be aborted again, not parts that nobody knows.
// Joined bytes are not touched: whether an entry refers to them cannot be told apart from one that is
// about to. Errors: `conflict` if the record is no longer `bytes`.
Status Multiparts::forget(const std::string& key, const std::string& bytes, const StoredUpload& stored) {
  const MultipartUpload& upload = stored.upload;
  if (stored.state != UploadState::completed) {
    RETURN_IF_ERROR(store_.abort_upload(upload.address, upload.store_id));
  }
  RETURN_IF_ERROR(erase_part_checksums(state_, upload));
  return kv::erase(state_, key, kv::Condition::equals(bytes));
}

Status erase_part_checksums(kv::Store& state, const MultipartUpload& upload) {
  if (!upload.options.checksum) return {};
  std::vector<kv::Write> erases;
  {
    const auto cursor = state.scan(part_checksums_key(upload.name.id));
    for (; cursor->valid(); cursor->next()) erases.push_back(kv::Write::erase(std::string(cursor->key())));
    RETURN_IF_ERROR(cursor->status());
  }
  if (erases.empty()) return {};
  return state.write(erases, kv::Durability::ordered);
}

}  // namespace mere::lake
