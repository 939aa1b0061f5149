#include "block/gcs_uploads.h"

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

GcsAddress inside(const GcsAddress& folder, std::string_view name) {
  return {folder.bucket, folder.key + std::string(name)};
}

}  // namespace

std::string new_gcs_upload_id() {
  return random_hex(kRemoteUploadIdSize / 2);
}

GcsAddress gcs_upload_folder(const GcsAddress& object, std::string_view id) {
  return {object.bucket, fmt::format("{}{}/", kGcsUploads, id)};
}

GcsAddress gcs_part(const GcsAddress& folder, int number) {
  return inside(folder, fmt::format("{:05}", number));
}

Status compose_all(const GcsApi& api, const GcsAddress& folder, std::vector<GcsObject> parts,
                   const GcsAddress& object, const GcsPut& put) {
  // What is empty adds nothing; if all is, the object is.
  std::erase_if(parts, [](const GcsObject& part) { return part.properties.size_bytes == 0; });
  if (parts.empty()) return api.insert(object, make_payload(""), put);
  int made = 0;
  while (parts.size() > kMaxComposed) {
    std::vector<GcsObject> groups;
    for (std::size_t begin = 0; begin < parts.size(); begin += kMaxComposed) {
      const auto group = std::span(parts).subspan(begin, std::min(kMaxComposed, parts.size() - begin));
      const GcsAddress together = inside(folder, fmt::format("+{}", made++));
      RETURN_IF_ERROR(api.compose(together, group, {}));
      GcsObject& next = groups.emplace_back();
      next.key = together.key;
      next.properties.size_bytes = 1;  // more than none is all that matters
    }
    parts = std::move(groups);
  }
  return api.compose(object, parts, put);
}

Status remove_all(const GcsApi& api, const GcsAddress& folder) {
  std::string token;
  do {
    ASSIGN_OR_RETURN(const GcsPage page, api.list(folder.bucket, folder.key, "", false, token));
    for (const GcsObject& object : page.objects) RETURN_IF_ERROR(api.remove({folder.bucket, object.key}));
    token = page.next;
  } while (!token.empty());
  return {};
}

Result<std::string> GcsUploads::begin(const GcsAddress& object) const {
  std::string id = new_gcs_upload_id();
  RETURN_IF_ERROR(
      api_.insert(inside(gcs_upload_folder(object, id), kUploadRecord), make_payload(object.key), {}));
  return id;
}

Status GcsUploads::check(const GcsAddress& object, const std::string& id) const {
  const Error none = no_such_upload({gcs_uri(object)});
  if (!is_remote_upload_id(id)) return none;
  auto answer = api_.client().require(api_.get_request(inside(gcs_upload_folder(object, id), kUploadRecord)));
  if (!answer) return answer.error().code == Code::not_found ? none : std::move(answer).error();
  if (answer->body != object.key) return none;
  return {};
}

Result<std::unique_ptr<Writer>> GcsUploads::part(const GcsAddress& object, const std::string& id,
                                                 int number) const {
  RETURN_IF_ERROR(check_part_number(number));
  RETURN_IF_ERROR(check(object, id));
  return std::make_unique<RemotePartWriter<GcsUploads, GcsAddress>>(*this, writers_.new_payload(), object, id,
                                                                    number);
}

Result<Written> GcsUploads::put_part(const GcsAddress& object, const std::string& id, int number,
                                     std::shared_ptr<const Payload> payload, const std::string& md5) const {
  RETURN_IF_ERROR(check(object, id));
  const GcsAddress part = gcs_part(gcs_upload_folder(object, id), number);
  const std::uint64_t size_bytes = payload->size_bytes();
  RETURN_IF_ERROR(api_.insert(part, std::move(payload), {.md5 = md5}));
  // If the upload ended meanwhile, nobody else would remove the part.
  if (Status exists = check(object, id); !exists) {
    if (exists.error().code == Code::not_found) RETURN_IF_ERROR(api_.remove(part));
    return std::move(exists).error();
  }
  return Written{size_bytes, to_hex(md5)};
}

Result<std::vector<GcsUploads::Stored>> GcsUploads::stored(const GcsAddress& object,
                                                           const std::string& id) const {
  RETURN_IF_ERROR(check(object, id));
  const GcsAddress folder = gcs_upload_folder(object, id);
  std::vector<Stored> found;
  std::string token;
  do {
    ASSIGN_OR_RETURN(GcsPage page, api_.list(folder.bucket, folder.key, "", false, token));
    for (GcsObject& part : page.objects) {
      const std::string_view name = std::string_view(part.key).substr(folder.key.size());
      const auto number = parse_integer<int>(name);
      if (!number) continue;  // no part
      const Properties properties = part.properties;
      found.push_back(
          {{*number, properties.size_bytes, properties.etag, properties.last_modified}, std::move(part)});
    }
    token = page.next;
  } while (!token.empty());
  return found;
}

Result<std::vector<Part>> GcsUploads::parts(const GcsAddress& object, const std::string& id) const {
  ASSIGN_OR_RETURN(const auto found, stored(object, id));
  std::vector<Part> parts;
  for (const Stored& one : found) parts.push_back(one.part);
  return parts;
}

Result<Properties> GcsUploads::complete(const GcsAddress& object, const std::string& id,
                                        std::span<const Part> parts) const {
  ASSIGN_OR_RETURN(const auto found, stored(object, id));
  RETURN_IF_ERROR(check_part_order(parts));
  std::vector<GcsObject> chosen;
  for (const Part& part : parts) {
    const auto one = std::find_if(found.begin(), found.end(),
                                  [&](const Stored& stored) { return stored.part.number == part.number; });
    if (one == found.end() || one->part.etag != part.etag) return wrong_part(part.number);
    chosen.push_back(one->object);
  }
  RETURN_IF_ERROR(compose_all(api_, gcs_upload_folder(object, id), std::move(chosen), object,
                              {.metadata = {{std::string(kGcsEtag), multipart_etag(parts)}}}));
  RETURN_IF_ERROR(forget(object, id));
  ASSIGN_OR_RETURN(GcsObject made, api_.stat(object));
  return std::move(made.properties);
}

Status GcsUploads::abort(const GcsAddress& object, const std::string& id) const {
  if (Status exists = check(object, id); !exists) {
    if (exists.error().code == Code::not_found) return {};
    return std::move(exists).error();
  }
  return forget(object, id);
}

// The record first: from then on there is no upload, whatever becomes of the rest.
Status GcsUploads::forget(const GcsAddress& object, const std::string& id) const {
  const GcsAddress folder = gcs_upload_folder(object, id);
  RETURN_IF_ERROR(api_.remove(inside(folder, kUploadRecord)));
  return remove_all(api_, folder);
}

}  // namespace mere::block
