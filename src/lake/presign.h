// URLs that need no credentials for a while: the store's own where it has them, else links to this server
// (docs/design/0007-object-links.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "block/store.h"

namespace mere::lake {

inline constexpr std::string_view kObjectLinks = "/_objects/";  // links to this server lie below it

// What a link permits. Whoever has the link has read this: it holds no secrets.
struct ObjectLink {
  enum class Kind { get = 1, put = 2, put_part = 3 };
  Kind kind = Kind::get;
  block::Address address;
  std::int64_t expires = 0;  // Unix seconds: good before then
  std::string file_name;     // get: the link's last part, and what a browser calls the download
  std::string content_type;  // get
  std::string etag;          // get: without quotes
  std::string upload_id;     // put_part: the block store's
  int part_number = 0;       // put_part

  friend bool operator==(const ObjectLink&, const ObjectLink&) = default;
};

// "/_objects/<claims>.<signature>[/<file name>]": base64url of the claims (protobuf) and of their
// HMAC-SHA256 with `secret`.
std::string sign_object_link(std::string_view secret, const ObjectLink& link);
// The link that `path` (percent-encoded, as a request has it) is. Constant time in the signature. Errors:
// `permission_denied` for all that was not signed with `secret` exactly so, and from `expires` on.
Result<ObjectLink> check_object_link(std::string_view secret, std::string_view path, Timestamp now);

// What a store's presigned URLs are good for; of one that cannot presign, whether they are links to this
// server.
struct PresignSettings {
  bool links = false;
  bool links_multipart = true;  // for parts too
  bool in_ui = false;           // pages use the URLs
  std::chrono::seconds expiry{15 * 60};
  std::uint64_t max_put_bytes = std::uint64_t{5} << 30;  // of a body that a link takes
};

struct PresignAbility {
  bool get_and_put = false;
  bool multipart = false;
  bool in_ui = false;
};

struct PresignedUrl {
  std::string url;
  std::int64_t expires = 0;  // Unix seconds
};

// What an object is shown as by whoever follows a link to it.
struct Presentation {
  std::string file_name;
  std::string content_type;
  std::string etag;
};

// Any thread.
class Presigner {
 public:
  // `store` and `clock` outlive it. `secret` signs links to this server; `settings` by storage id.
  Presigner(const block::Store& store, const Clock& clock, std::string secret,
            const std::map<std::string, PresignSettings>& settings);

  // What a store can do. `origin` ("https://host:port", or "" if nobody could reach one) is where links to
  // this server begin.
  PresignAbility ability(std::string_view storage_id, std::string_view origin) const;

  // `not_implemented` where ability() says so; the store's errors.
  Result<PresignedUrl> get(std::string_view origin, const block::Address& address,
                           const Presentation& presentation) const;
  // Only for addresses that were made for it: whoever has the URL decides what lies there.
  Result<PresignedUrl> put(std::string_view origin, const block::Address& address) const;
  Result<PresignedUrl> put_part(std::string_view origin, const block::Address& address,
                                std::string_view upload_id, int number) const;

  // The link to this server that `path` is. Errors: those of check_object_link(), also where links are no
  // longer given out.
  Result<ObjectLink> check(std::string_view path) const;
  std::uint64_t max_put_bytes(const ObjectLink& link) const {
    return settings_of(link.address.storage_id).max_put_bytes;
  }

 private:
  const PresignSettings& settings_of(std::string_view storage_id) const;
  Result<PresignedUrl> sign(std::string_view origin, ObjectLink link) const;

  const block::Store& store_;
  const Clock& clock_;
  std::string secret_;
  std::map<std::string, PresignSettings, std::less<>> settings_;
  const PresignSettings defaults_{};
};

}  // namespace mere::lake
