// Where the lake is and how to log in, as the environment and ~/.lakectl.yaml say.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "client/session.h"

namespace mere::client {

// The value of a variable; nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

struct Settings {
  std::string folder;  // of a lake to open in this process; the rest is empty then
  std::string url;
  SessionOptions session;
};

// In this order:
// 1. MERE_LAKE: the lake in that folder.
// 2. MERE_SERVER_ENDPOINT_URL, and MERE_CREDENTIALS_SESSION_TOKEN or MERE_CREDENTIALS_ACCESS_KEY_ID with
//    MERE_CREDENTIALS_SECRET_ACCESS_KEY; the same with LAKECTL_ or LAKEFS_ in front. A pair of keys is of one
//    family, never mixed.
// 3. The file that MERE_CONFIG_FILE or LAKECTL_CONFIG_FILE names, else ~/.lakectl.yaml (server.endpoint_url,
//    credentials.access_key_id, credentials.secret_access_key).
// Errors: `unauthenticated`, no credentials; `invalid_argument`, no server, or a file that is no such YAML;
// `not_implemented`, a login by an AWS role: it takes an authentication service that no server of Mere has.
Result<Settings> load_settings(const Environment& environment);

}  // namespace mere::client
