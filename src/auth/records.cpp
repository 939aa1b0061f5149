#include "auth/records.h"

#include "base/wire.h"

namespace mere::auth {
namespace {

Error corrupt(std::string_view what) {
  return {Code::corrupt, "stored " + std::string(what) + " does not parse"};
}

}  // namespace

std::string encode_installation(const InstallationRecord& installation) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, installation.id);
  if (installation.set_up_at) out.timestamp(2, *installation.set_up_at);
  return bytes;
}

Result<InstallationRecord> decode_installation(std::string_view bytes) {
  InstallationRecord installation;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        installation.id = in.bytes();
        break;
      case 2:
        installation.set_up_at = in.timestamp();
        break;
      default:
        break;
    }
  }
  if (in.failed() || installation.id.empty()) return corrupt("installation");
  return installation;
}

std::string encode_user(const User& user) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, user.id);
  out.timestamp(2, user.creation_date);
  out.bytes(3, user.friendly_name);
  out.bytes(4, user.email);
  return bytes;
}

Result<User> decode_user(std::string_view bytes) {
  User user;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        user.id = in.bytes();
        break;
      case 2:
        user.creation_date = in.timestamp();
        break;
      case 3:
        user.friendly_name = in.bytes();
        break;
      case 4:
        user.email = in.bytes();
        break;
      default:
        break;
    }
  }
  if (in.failed() || user.id.empty()) return corrupt("user");
  return user;
}

std::string encode_key(const KeyRecord& key) {
  std::string bytes;
  WireWriter out(bytes);
  out.bytes(1, key.user_id);
  out.bytes(2, key.sealed_secret);
  out.timestamp(3, key.creation_date);
  return bytes;
}

Result<KeyRecord> decode_key(std::string_view bytes) {
  KeyRecord key;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        key.user_id = in.bytes();
        break;
      case 2:
        key.sealed_secret = in.bytes();
        break;
      case 3:
        key.creation_date = in.timestamp();
        break;
      default:
        break;
    }
  }
  if (in.failed() || key.user_id.empty()) return corrupt("access key");
  return key;
}

}  // namespace mere::auth
