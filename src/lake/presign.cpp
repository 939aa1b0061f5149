#include "lake/presign.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "base/wire.h"

namespace mere::lake {
namespace {

// 1 kind · 2 URI · 3 storage id · 4 expires · 5 file name · 6 content type · 7 ETag · 8 upload · 9 part
std::string encode(const ObjectLink& link) {
  std::string bytes;
  WireWriter out(bytes);
  out.varint(1, static_cast<std::uint64_t>(link.kind));
  out.bytes(2, link.address.uri);
  out.bytes(3, link.address.storage_id);
  out.varint(4, static_cast<std::uint64_t>(link.expires));
  out.bytes(5, link.file_name);
  out.bytes(6, link.content_type);
  out.bytes(7, link.etag);
  out.bytes(8, link.upload_id);
  out.varint(9, static_cast<std::uint64_t>(link.part_number));
  return bytes;
}

std::optional<ObjectLink> decode(std::string_view bytes) {
  ObjectLink link;
  std::uint64_t kind = 0;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        kind = in.varint();
        break;
      case 2:
        link.address.uri = in.bytes();
        break;
      case 3:
        link.address.storage_id = in.bytes();
        break;
      case 4:
        link.expires = static_cast<std::int64_t>(in.varint());
        break;
      case 5:
        link.file_name = in.bytes();
        break;
      case 6:
        link.content_type = in.bytes();
        break;
      case 7:
        link.etag = in.bytes();
        break;
      case 8:
        link.upload_id = in.bytes();
        break;
      case 9:
        link.part_number = static_cast<int>(in.varint());
        break;
      default:
        return std::nullopt;  // says something that this server would not heed
    }
  }
  if (in.failed() || kind < 1 || kind > 3) return std::nullopt;
  link.kind = static_cast<ObjectLink::Kind>(kind);
  return link;
}

// The secret is for other signatures too: what is signed says what it is.
std::string signature_of(std::string_view secret, std::string_view claims) {
  return to_base64url(hmac_sha256(secret, std::string("object link 1\n").append(claims)));
}

}  // namespace

std::string sign_object_link(std::string_view secret, const ObjectLink& link) {
  const std::string claims = to_base64url(encode(link));
  std::string path(kObjectLinks);
  path.append(claims).append(".").append(signature_of(secret, claims));
  if (!link.file_name.empty()) path.append("/").append(percent_encode(link.file_name));
  return path;
}

Result<ObjectLink> check_object_link(std::string_view secret, std::string_view path, Timestamp now) {
  const Error refused{Code::permission_denied, "this link is not one that this server gave out"};
  if (!path.starts_with(kObjectLinks)) return refused;
  std::string_view rest = path.substr(kObjectLinks.size());
  const std::string_view token = rest.substr(0, rest.find('/'));
  rest.remove_prefix(token.size());
  const std::size_t dot = token.find('.');
  if (dot == std::string_view::npos) return refused;
  const std::string_view claims = token.substr(0, dot);
  if (!equal_secrets(signature_of(secret, claims), token.substr(dot + 1))) return refused;
  const auto bytes = from_base64url(claims);
  if (!bytes) return refused;
  auto link = decode(*bytes);
  if (!link) return refused;
  // The name is for whoever reads the URL: a link under another name is not the one given out.
  if (!link->file_name.empty()) {
    const auto name = percent_decode(rest);
    if (!name || *name != "/" + link->file_name) return refused;
  } else if (!rest.empty()) {
    return refused;
  }
  if (now.seconds >= link->expires) return Error{Code::permission_denied, "this link has expired"};
  return std::move(*link);
}

Presigner::Presigner(const block::Store& store, const Clock& clock, std::string secret,
                     const std::map<std::string, PresignSettings>& settings)
    : store_(store), clock_(clock), secret_(std::move(secret)), settings_(settings.begin(), settings.end()) {}

const PresignSettings& Presigner::settings_of(std::string_view storage_id) const {
  const auto found = settings_.find(storage_id);
  return found == settings_.end() ? defaults_ : found->second;
}

PresignAbility Presigner::ability(std::string_view storage_id, std::string_view origin) const {
  const block::Capabilities& store = store_.capabilities(storage_id);
  const PresignSettings& settings = settings_of(storage_id);
  if (store.presign) return {true, store.presign_multipart, settings.in_ui};
  const bool links = settings.links && !origin.empty();
  return {links, links && settings.links_multipart, links && settings.in_ui};
}

Result<ObjectLink> Presigner::check(std::string_view path) const {
  ASSIGN_OR_RETURN(ObjectLink link, check_object_link(secret_, path, clock_.now()));
  const PresignSettings& settings = settings_of(link.address.storage_id);
  if (!settings.links || (link.kind == ObjectLink::Kind::put_part && !settings.links_multipart))
    return Error{Code::permission_denied, "this server takes no links to this store"};
  return link;
}

Result<PresignedUrl> Presigner::get(std::string_view origin, const block::Address& address,
                                    const Presentation& presentation) const {
  return sign(origin, {.kind = ObjectLink::Kind::get,
                       .address = address,
                       .file_name = presentation.file_name,
                       .content_type = presentation.content_type,
                       .etag = presentation.etag});
}

Result<PresignedUrl> Presigner::put(std::string_view origin, const block::Address& address) const {
  return sign(origin, {.kind = ObjectLink::Kind::put, .address = address});
}

Result<PresignedUrl> Presigner::put_part(std::string_view origin, const block::Address& address,
                                         std::string_view upload_id, int number) const {
  return sign(origin, {.kind = ObjectLink::Kind::put_part,
                       .address = address,
                       .upload_id = std::string(upload_id),
                       .part_number = number});
}

Result<PresignedUrl> Presigner::sign(std::string_view origin, ObjectLink link) const {
  const std::string& storage_id = link.address.storage_id;
  const PresignAbility able = ability(storage_id, origin);
  const bool allowed = link.kind == ObjectLink::Kind::put_part ? able.multipart : able.get_and_put;
  if (!allowed) return Error{Code::not_implemented, "this store has no presigned URLs"};
  const block::Capabilities& store = store_.capabilities(storage_id);
  const std::chrono::seconds expiry = settings_of(storage_id).expiry;
  link.expires = (clock_.now() + expiry).seconds;
  if (!store.presign) {
    PresignedUrl made{std::string(origin), link.expires};
    made.url += sign_object_link(secret_, link);
    return made;
  }
  block::PresignRequest request;
  request.method = link.kind == ObjectLink::Kind::get ? block::PresignMethod::get : block::PresignMethod::put;
  request.expiry = expiry;
  request.upload_id = link.upload_id;
  request.part_number = link.part_number;
  request.file_name = link.file_name;
  ASSIGN_OR_RETURN(std::string url, store_.presign(link.address, request));
  return PresignedUrl{std::move(url), link.expires};
}

}  // namespace mere::lake
