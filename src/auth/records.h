// Stored forms of the installation, users and keys: protobuf messages of our own. Decoders answer `corrupt`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/auth.h"

namespace mere::auth {

// "auth/installation"
struct InstallationRecord {
  std::string id;
  std::optional<Timestamp> set_up_at;  // when the first admin was made
};
// "auth/keys/<access key id>"
struct KeyRecord {
  std::string user_id;
  std::string sealed_secret;  // secret_box.h, with the access key id as context
  Timestamp creation_date;
};

std::string encode_installation(const InstallationRecord& installation);  // 1 id · 2 set_up_at
Result<InstallationRecord> decode_installation(std::string_view bytes);
std::string encode_user(const User& user);  // 1 id · 2 creation_date · 3 friendly_name · 4 email
Result<User> decode_user(std::string_view bytes);
std::string encode_key(const KeyRecord& key);  // 1 user_id · 2 sealed_secret · 3 creation_date
Result<KeyRecord> decode_key(std::string_view bytes);

}  // namespace mere::auth
