#include "block/azure_uploads.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "block/multipart.h"
#include "block/remote_part.h"

namespace mere::block {
namespace {

constexpr std::string_view kUploadRecord = "upload";
constexpr std::size_t kTagSize = 16;
constexpr std::uint64_t kBlockBytes = 64u << 20;
constexpr std::uint64_t kMaxBlocksOfAPart = 5;  // 10,000 parts of them are the 50,000 that a blob may have

AzureAddress record_of(const AzureAddress& blob, const std::string& id, std::string_view name) {
  return {blob.base, blob.container, fmt::format("{}{}/{}", kAzureUploads, id, name)};
}

std::string part_name(int number) {
  return fmt::format("{:05}", number);
}

// A piece of a payload.
class Slice final : public Payload {
 public:
  Slice(std::shared_ptr<const Payload> whole, std::uint64_t begin, std::uint64_t size_bytes)
      : whole_(std::move(whole)), begin_(begin), size_bytes_(size_bytes) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= size_bytes_) return std::size_t{0};
    return whole_->read_at(
        begin_ + offset,
        into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_bytes_ - offset))));
  }

 private:
  const std::shared_ptr<const Payload> whole_;
  const std::uint64_t begin_;
  const std::uint64_t size_bytes_;
};

template <class T>
bool parse(const std::map<std::string, std::string>& metadata, const std::string& name, T& into) {
  const auto found = metadata.find(name);
  if (found == metadata.end()) return false;
  const auto parsed = parse_integer<T>(found->second);
  if (parsed) into = *parsed;
  return parsed.has_value();
}

// Of all parts of an upload that clients PUT themselves.
std::string_view tag_of_upload(std::string_view id) {
  return id.substr(0, kTagSize);
}

}  // namespace

std::string new_azure_tag() {
  return random_hex(kTagSize / 2);
}

std::string azure_block_id(std::string_view tag, int index) {
  return fmt::format("{}-{:05}", tag, index);
}

Result<std::string> AzureUploads::begin(const AzureAddress& blob) const {
  const std::string id = random_hex(kRemoteUploadIdSize / 2);
  RETURN_IF_ERROR(api_.put_blob(record_of(blob, id, kUploadRecord), make_payload(blob.blob), {}));
  return id;
}

Status AzureUploads::check(const AzureAddress& blob, const std::string& id) const {
  const Error none = no_such_upload({azure_uri(blob)});
  if (!is_remote_upload_id(id)) return none;
  auto answer = api_.client().require(AzureApi::get_request(record_of(blob, id, kUploadRecord)));
  if (!answer) return answer.error().code == Code::not_found ? none : std::move(answer).error();
  if (answer->body != blob.blob) return none;
  return {};
}

Result<std::string> AzureUploads::block_of_part(std::string_view id, int number) {
  RETURN_IF_ERROR(check_part_number(number));
  if (!is_remote_upload_id(id)) return Error{Code::invalid_argument, "no upload has this id"};
  return azure_block_id(tag_of_upload(id), number);
}

Result<std::unique_ptr<Writer>> AzureUploads::part(const AzureAddress& blob, const std::string& id,
                                                   int number) const {
  RETURN_IF_ERROR(check_part_number(number));
  RETURN_IF_ERROR(check(blob, id));
  return std::make_unique<RemotePartWriter<AzureUploads, AzureAddress>>(*this, writers_.new_payload(), blob,
                                                                        id, number);
}

Result<Written> AzureUploads::put_part(const AzureAddress& blob, const std::string& id, int number,
                                       std::shared_ptr<const Payload> payload, const std::string& md5) const {
  RETURN_IF_ERROR(check(blob, id));
  const std::uint64_t size_bytes = payload->size_bytes();
  const std::uint64_t step = std::max(kBlockBytes, (size_bytes + kMaxBlocksOfAPart - 1) / kMaxBlocksOfAPart);
  const std::string tag = new_azure_tag();
  int blocks = 0;
  for (std::uint64_t begin = 0; begin < size_bytes; begin += step) {
    const auto piece = std::make_shared<Slice>(payload, begin, std::min(step, size_bytes - begin));
    RETURN_IF_ERROR(api_.put_block(blob, azure_block_id(tag, blocks++), piece));
  }
  const AzureAddress record = record_of(blob, id, part_name(number));
  RETURN_IF_ERROR(api_.put_blob(record, make_payload(""),
                                {.metadata = {{"size", std::to_string(size_bytes)},
                                              {"md5", to_hex(md5)},
                                              {"tag", tag},
                                              {"blocks", std::to_string(blocks)}}}));
  // If the upload ended meanwhile, nobody else would remove the record.
  if (Status exists = check(blob, id); !exists) {
    if (exists.error().code == Code::not_found) RETURN_IF_ERROR(api_.remove(record));
    return std::move(exists).error();
  }
  return Written{size_bytes, to_hex(md5)};
}

Result<AzureUploads::Uploaded> AzureUploads::uploaded(const AzureAddress& blob, const std::string& id) const {
  RETURN_IF_ERROR(check(blob, id));
  const std::string folder = record_of(blob, id, "").blob;
  Uploaded found;
  std::string marker;
  do {
    ASSIGN_OR_RETURN(const AzurePage page, api_.list(blob.container, folder, false, marker));
    for (const AzureBlob& record : page.blobs) {
      const std::string_view name = std::string_view(record.name).substr(folder.size());
      if (name == kUploadRecord) continue;
      Part& part = found.parts.emplace_back();
      Blocks& blocks = found.blocks.emplace_back();
      const auto number = parse_integer<int>(name);
      const auto& metadata = record.head.metadata;
      const auto md5 = metadata.find("md5");
      const auto tag = metadata.find("tag");
      if (!number || md5 == metadata.end() || !is_md5(md5->second) || tag == metadata.end() ||
          !parse(metadata, "size", part.size_bytes) || !parse(metadata, "blocks", blocks.count)) {
        return Error{Code::corrupt, fmt::format("'{}' is no record of a part of an upload", record.name)};
      }
      part.number = *number;
      part.etag = md5->second;
      part.last_modified = record.head.properties.last_modified;
      blocks.tag = tag->second;
    }
    marker = page.next;
  } while (!marker.empty());

  ASSIGN_OR_RETURN(const auto uncommitted, api_.uncommitted_blocks(blob));
  const std::string prefix = std::string(tag_of_upload(id)) + "-";
  for (const AzureBlock& block : uncommitted) {
    if (!block.id.starts_with(prefix)) continue;
    const auto number = parse_integer<int>(std::string_view(block.id).substr(prefix.size()));
    if (!number || !check_part_number(*number) || azure_block_id(tag_of_upload(id), *number) != block.id)
      continue;
    found.parts.push_back(
        {.number = *number, .size_bytes = block.size_bytes, .etag = {}, .last_modified = {}});
    found.blocks.push_back({std::string(tag_of_upload(id)), *number, 1});
  }
  return found;
}

Result<std::vector<Part>> AzureUploads::parts(const AzureAddress& blob, const std::string& id) const {
  ASSIGN_OR_RETURN(Uploaded found, uploaded(blob, id));
  std::stable_sort(found.parts.begin(), found.parts.end(),
                   [](const Part& a, const Part& b) { return a.number < b.number; });
  return std::move(found.parts);
}

Result<Properties> AzureUploads::complete(const AzureAddress& blob, const std::string& id,
                                          std::span<const Part> parts) const {
  ASSIGN_OR_RETURN(const Uploaded found, uploaded(blob, id));
  RETURN_IF_ERROR(check_part_order(parts));
  const UploadedParts by_name(found.parts);
  std::vector<std::string> ids;
  for (const Part& part : parts) {
    const Part* chosen = by_name.find(part.number, part.etag);
    if (chosen == nullptr) return wrong_part(part.number);
    const Blocks& blocks = found.blocks[static_cast<std::size_t>(chosen - found.parts.data())];
    for (int index = 0; index < blocks.count; ++index)
      ids.push_back(azure_block_id(blocks.tag, blocks.first + index));
  }
  // Without the MD5s of all parts the blob's own version is its ETag.
  AzurePut put;
  if (std::all_of(parts.begin(), parts.end(), [](const Part& part) { return is_md5(part.etag); }))
    put.metadata[std::string(kAzureEtag)] = multipart_etag(parts);
  RETURN_IF_ERROR(api_.put_block_list(blob, ids, put));
  RETURN_IF_ERROR(forget(blob, id));
  ASSIGN_OR_RETURN(AzureHead head, api_.head(blob));
  return std::move(head.properties);
}

Status AzureUploads::abort(const AzureAddress& blob, const std::string& id) const {
  // The service drops blocks that were never committed after a week.
  if (Status exists = check(blob, id); !exists) {
    if (exists.error().code == Code::not_found) return {};
    return std::move(exists).error();
  }
  return forget(blob, id);
}

Status AzureUploads::forget(const AzureAddress& blob, const std::string& id) const {
  RETURN_IF_ERROR(api_.remove(record_of(blob, id, kUploadRecord)));
  const std::string folder = record_of(blob, id, "").blob;
  std::string marker;
  do {
    ASSIGN_OR_RETURN(const AzurePage page, api_.list(blob.container, folder, false, marker));
    for (const AzureBlob& record : page.blobs)
      RETURN_IF_ERROR(api_.remove({blob.base, blob.container, record.name}));
    marker = page.next;
  } while (!marker.empty());
  return {};
}

}  // namespace mere::block
