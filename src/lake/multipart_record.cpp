#include "lake/multipart_record.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/wire.h"

namespace mere::lake {
namespace {

// An embedded message's fields are few and its own: who wrote the record wrote them too.
std::string encode_options(const MultipartOptions& options) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, options.content_type);
  out.string_map(2, options.metadata);
  out.varint(3, options.force);
  if (options.checksum) out.bytes(4, name_of(*options.checksum));
  out.varint(5, options.checksum_type == ChecksumType::full_object);
  return bytes;
}

Result<MultipartOptions> decode_options(std::string_view bytes) {
  MultipartOptions options;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        options.content_type = in.bytes();
        break;
      case 2:
        in.string_map_entry(options.metadata);
        break;
      case 3:
        options.force = in.varint() != 0;
        break;
      case 4:
        options.checksum = parse_checksum_algorithm(in.bytes());
        break;
      case 5:
        options.checksum_type = in.varint() != 0 ? ChecksumType::full_object : ChecksumType::composite;
        break;
      default:
        break;
    }
  }
  if (in.failed()) return Error{Code::corrupt, "the options of a stored upload do not parse"};
  return options;
}

}  // namespace

std::string encode_upload(const StoredUpload& stored) {
  const MultipartUpload& upload = stored.upload;
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, upload.name.id);
  out.bytes(2, upload.name.branch.str());
  out.bytes(3, upload.name.path);
  out.bytes(4, stored.repository);
  out.bytes(5, stored.instance_uid);
  out.timestamp(6, upload.started);
  out.bytes(7, upload.address.uri);
  out.bytes(8, upload.address.storage_id);
  out.bytes(9, stored.relative_address);
  out.bytes(10, upload.store_id);
  out.bytes_always(11, encode_options(upload.options));
  out.varint(12, static_cast<std::uint64_t>(stored.state));
  if (stored.state == UploadState::open) return bytes;
  out.bytes(13, stored.list);
  out.bytes_always(14, tree::encode_entry(stored.entry));
  if (stored.state == UploadState::completed) out.timestamp(15, stored.completed_at);
  return bytes;
}

Result<StoredUpload> decode_upload(std::string_view bytes) {
  const Error corrupt{Code::corrupt, "stored upload does not parse"};
  StoredUpload stored;
  MultipartUpload& upload = stored.upload;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        upload.name.id = in.bytes();
        break;
      case 2:
        upload.name.branch = BranchName(std::string(in.bytes()));
        break;
      case 3:
        upload.name.path = in.bytes();
        break;
      case 4:
        stored.repository = in.bytes();
        break;
      case 5:
        stored.instance_uid = in.bytes();
        break;
      case 6:
        upload.started = in.timestamp();
        break;
      case 7:
        upload.address.uri = in.bytes();
        break;
      case 8:
        upload.address.storage_id = in.bytes();
        break;
      case 9:
        stored.relative_address = in.bytes();
        break;
      case 10:
        upload.store_id = in.bytes();
        break;
      case 11: {
        ASSIGN_OR_RETURN(upload.options, decode_options(in.bytes()));
        break;
      }
      case 12: {
        const std::uint64_t state = in.varint();
        if (state > static_cast<std::uint64_t>(UploadState::completed)) return corrupt;
        stored.state = static_cast<UploadState>(state);
        break;
      }
      case 13:
        stored.list = in.bytes();
        break;
      case 14: {
        ASSIGN_OR_RETURN(stored.entry, tree::decode_entry(in.bytes()));
        break;
      }
      case 15:
        stored.completed_at = in.timestamp();
        break;
      default:
        break;
    }
  }
  const bool whole = upload.name.id.size() == kUploadIdDigits && !upload.address.uri.empty();
  if (in.failed() || !whole) return corrupt;
  return stored;
}

std::string encode_part(const StoredPart& part) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, part.etag);
  out.bytes(2, part.checksum);
  return bytes;
}

Result<StoredPart> decode_part(std::string_view bytes) {
  StoredPart part;
  WireReader in(bytes);
  while (in.next()) {
    if (in.field() == 1) part.etag = in.bytes();
    if (in.field() == 2) part.checksum = in.bytes();
  }
  if (in.failed()) return Error{Code::corrupt, "the stored checksum of a part does not parse"};
  return part;
}

std::string list_digest(const std::vector<CompletedPart>& parts) {
  Digest digest = Digest::sha256();
  for (const CompletedPart& part : parts) digest.update(fmt::format("{}:{}\n", part.number, part.etag));
  return digest.finish();
}

std::string uploads_of(std::string_view instance_uid) {
  return fmt::format("{}{}/", kUploads, instance_uid);
}

std::string upload_key(std::string_view instance_uid, const UploadName& name) {
  return (uploads_of(instance_uid) + name.key()).append(1, '\0').append(name.id);
}

std::string part_checksums_key(std::string_view upload_id) {
  return fmt::format("part-checksums/{}/", upload_id);
}

std::string part_checksum_key(std::string_view upload_id, int number) {
  return fmt::format("{}{:05}", part_checksums_key(upload_id), number);
}

}  // namespace mere::lake
