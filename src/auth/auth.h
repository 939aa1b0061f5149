// Who is asking: the installation, its users and their keys, tokens and cookies. Any thread.
//
// State lies in kv under "auth/": "auth/installation" (id, setup time), "auth/users/<id>",
// "auth/keys/<access key id>" (owner, secret encrypted under the server's secret). What is looked up a
// request is cached with exact invalidation within the process.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "kv/store.h"

namespace mere::auth {

struct User {
  std::string id;  // the name
  Timestamp creation_date;
  std::string friendly_name;
  std::string email;

  friend bool operator==(const User&, const User&) = default;
};

// Whoever a request acts for.
struct Principal {
  std::string user_id;
  std::string access_key_id;  // "" when a token or cookie was used
};

struct Credentials {
  std::string access_key_id;      // "AKIA" and 16 of A-Z2-7
  std::string secret_access_key;  // 40 characters
  Timestamp creation_date;
  std::string user_id;
};

struct AuthOptions {
  std::string secret;  // signs tokens and cookies, encrypts stored secrets
  std::chrono::seconds login_duration{7 * 24 * 3600};
  std::string fixed_installation_id;  // "" : a random UUID, kept
};

struct Login {
  std::string token;            // a JWT: HS256, claims jti iss sub aud iat exp
  std::int64_t expires_at = 0;  // Unix seconds
};

class Auth {
 public:
  Auth(kv::Store& state, const Clock& clock, Random& random, AuthOptions options);
  ~Auth();

  // Setup: the first admin, once.
  Result<bool> is_initialized() const;
  Result<std::string> installation_id() const;
  // `already_exists` "lakeFS already initialized" the second time; `invalid_argument` "empty user display
  // name". Without a given pair, keys are made.
  Result<Credentials> setup(const std::string& user_name, const std::optional<std::string>& access_key_id,
                            const std::optional<std::string>& secret_access_key);
  // Has `told` called when a setup has made the first admin, before it is answered, on its thread. Null: once
  // this returns, nobody is called.
  void when_set_up(std::function<void()> told);

  // Each answers `unauthenticated` "error authenticating request", in time that does not tell which part was
  // wrong.
  Result<Principal> check_keys(std::string_view access_key_id, std::string_view secret_access_key) const;
  Result<Principal> check_token(std::string_view token) const;   // of a login, or a passing one
  Result<Principal> check_cookie(std::string_view value) const;  // "internal_auth_session"
  // For signatures: the secret of a key. `not_found`.
  Result<Credentials> credentials(std::string_view access_key_id) const;

  Result<Login> login(std::string_view access_key_id, std::string_view secret_access_key) const;
  // A token that is good as long as this Auth lives and not longer, for a door that needs no keys because
  // whoever holds it owns the lake's folder. `not_found`: no such user.
  Result<std::string> passing_token(std::string_view user_id) const;
  // The cookie's signed value for a token.
  std::string cookie_for(const Login& login) const;

  Result<User> user(std::string_view id) const;  // not_found "user not found"
  Result<std::vector<User>> users() const;
  Status remove_user(std::string_view id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mere::auth
