#include "auth/auth.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

#include "auth/cookie.h"
#include "auth/records.h"
#include "auth/secret_box.h"
#include "auth/token.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/lru_cache.h"

namespace mere::auth {
namespace {

constexpr std::string_view kInstallation = "auth/installation";
constexpr std::string_view kUsers = "auth/users/";
constexpr std::string_view kKeys = "auth/keys/";
constexpr std::size_t kMaxNameBytes = 1024;  // of users and keys: they are parts of kv keys
constexpr std::size_t kMaxSecretBytes = 1024;
constexpr std::size_t kCached = 1024;
constexpr int kAttempts = 16;
constexpr std::string_view kPassing = "passing-";
constexpr std::size_t kPassDigits = 64;

Error refused() {
  return {Code::unauthenticated, "error authenticating request"};
}

std::string make_access_key_id(Random& random) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::byte bytes[14];
  random.fill(bytes);
  std::string id = "AKIAJ";
  for (const std::byte byte : bytes) id += kAlphabet[static_cast<unsigned>(byte) % kAlphabet.size()];
  return id + "Q";
}

std::string make_secret(Random& random) {
  std::string bytes(30, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return to_base64(bytes);
}

std::string make_pass(Random& random) {
  std::string bytes(kPassDigits / 2, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return to_hex(bytes);
}

}  // namespace

struct Auth::Impl {
  kv::Store& state;
  const Clock& clock;
  Random& random;
  AuthOptions options;
  std::string storage_key;  // seals secrets
  std::string cookie_key;
  std::string pass;  // of passing tokens: this process alone knows it

  // What was read, by access key id and by user id. `generation` moves with every change: a value that
  // was read before a change is not cached after it.
  mutable LruCache<std::string, Credentials> keys{kCached};
  mutable LruCache<std::string, User> users{kCached};
  mutable std::mutex fill_mutex;
  std::atomic<std::uint64_t> generation{0};
  mutable std::atomic<bool> known_initialized{false};  // never undone
  std::mutex told_mutex;
  std::function<void()> told;  // of a setup; guarded by told_mutex
  mutable std::mutex id_mutex;
  mutable std::string known_id;

  template <class T>
  std::shared_ptr<const T> remember(LruCache<std::string, T>& cache, std::string_view id,
                                    std::uint64_t read_at, T value) const {
    auto shared = std::make_shared<const T>(std::move(value));
    std::lock_guard lock(fill_mutex);
    if (generation == read_at) cache.put(std::string(id), shared, 1);
    return shared;
  }

  void forget(const std::string& user_id, const std::vector<std::string>& access_key_ids) {
    std::lock_guard lock(fill_mutex);
    ++generation;
    users.erase(user_id);
    for (const std::string& id : access_key_ids) keys.erase(id);
  }

  Result<Credentials> read_key(std::string_view access_key_id) const {
    if (access_key_id.empty() || access_key_id.size() > kMaxNameBytes)
      return Error{Code::not_found, "credentials not found"};
    ASSIGN_OR_RETURN(const auto stored, state.get(std::string(kKeys) + std::string(access_key_id)));
    if (!stored) return Error{Code::not_found, "credentials not found"};
    ASSIGN_OR_RETURN(KeyRecord record, decode_key(*stored));
    ASSIGN_OR_RETURN(std::string secret, open_sealed(storage_key, access_key_id, record.sealed_secret));
    return Credentials{std::string(access_key_id), std::move(secret), record.creation_date,
                       std::move(record.user_id)};
  }

  Result<std::shared_ptr<const Credentials>> key(std::string_view access_key_id) const {
    if (auto cached = keys.get(std::string(access_key_id))) return cached;
    const std::uint64_t read_at = generation;
    ASSIGN_OR_RETURN(Credentials read, read_key(access_key_id));
    return remember(keys, access_key_id, read_at, std::move(read));
  }

  Result<std::shared_ptr<const User>> user(std::string_view id) const {
    if (auto cached = users.get(std::string(id))) return cached;
    if (id.empty() || id.size() > kMaxNameBytes) return Error{Code::not_found, "user not found"};
    const std::uint64_t read_at = generation;
    ASSIGN_OR_RETURN(const auto stored, state.get(std::string(kUsers) + std::string(id)));
    if (!stored) return Error{Code::not_found, "user not found"};
    ASSIGN_OR_RETURN(User read, decode_user(*stored));
    return remember(users, id, read_at, std::move(read));
  }

  // The installation's record, made if it is the first time that anyone asks.
  Result<InstallationRecord> installation() const {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      ASSIGN_OR_RETURN(const auto stored, state.get(kInstallation));
      if (stored) return decode_installation(*stored);
      const InstallationRecord fresh{
          options.fixed_installation_id.empty() ? random_uuid(random) : options.fixed_installation_id, {}};
      auto written =
          kv::put(state, std::string(kInstallation), encode_installation(fresh), kv::Condition::absent());
      if (written) return fresh;
      if (written.error().code != Code::conflict) return std::move(written).error();
    }
    return Error{Code::too_many_requests, "the installation's record keeps changing"};
  }
};

Auth::Auth(kv::Store& state, const Clock& clock, Random& random, AuthOptions options)
    : impl_(new Impl{.state = state,
                     .clock = clock,
                     .random = random,
                     .options = options,
                     .storage_key = derive_key(options.secret, "mere: stored secrets"),
                     .cookie_key = derive_key(options.secret, "mere: session cookies"),
                     .pass = make_pass(random)}) {
  MERE_CHECK(!options.secret.empty());  // with an empty one, anybody could sign
}
Auth::~Auth() = default;

Result<bool> Auth::is_initialized() const {
  if (impl_->known_initialized) return true;
  ASSIGN_OR_RETURN(const auto stored, impl_->state.get(kInstallation));
  if (!stored) return false;
  ASSIGN_OR_RETURN(const InstallationRecord installation, decode_installation(*stored));
  if (installation.set_up_at) impl_->known_initialized = true;
  return installation.set_up_at.has_value();
}

Result<std::string> Auth::installation_id() const {
  if (!impl_->options.fixed_installation_id.empty()) return impl_->options.fixed_installation_id;
  std::lock_guard lock(impl_->id_mutex);
  if (impl_->known_id.empty()) {
    ASSIGN_OR_RETURN(const InstallationRecord installation, impl_->installation());
    impl_->known_id = installation.id;
  }
  return impl_->known_id;
}

Result<Credentials> Auth::setup(const std::string& user_name, const std::optional<std::string>& access_key_id,
                                const std::optional<std::string>& secret_access_key) {
  if (user_name.empty()) return Error{Code::invalid_argument, "empty user display name"};
  ASSIGN_OR_RETURN(InstallationRecord installation, impl_->installation());
  const Error already{Code::already_exists, "lakeFS already initialized"};
  if (installation.set_up_at) return already;
  if (access_key_id.has_value() != secret_access_key.has_value()) {
    return Error{Code::invalid_argument, "an access key id and a secret access key go together"};
  }
  if (user_name.size() > kMaxNameBytes ||
      (access_key_id && (access_key_id->empty() || access_key_id->size() > kMaxNameBytes)) ||
      (secret_access_key && (secret_access_key->empty() || secret_access_key->size() > kMaxSecretBytes))) {
    return Error{Code::invalid_argument, "user names, access key ids and secrets are 1 to 1024 bytes long"};
  }

  const Timestamp now = impl_->clock.now();
  const Credentials made{access_key_id ? *access_key_id : make_access_key_id(impl_->random),
                         secret_access_key ? *secret_access_key : make_secret(impl_->random), now, user_name};
  const User user{.id = user_name, .creation_date = now, .friendly_name = "", .email = ""};
  const std::string sealed =
      seal(impl_->storage_key, made.access_key_id, made.secret_access_key, impl_->random);
  const std::string before = encode_installation(installation);
  installation.set_up_at = now;
  const kv::Write writes[] = {
      kv::Write::put(std::string(kInstallation), encode_installation(installation),
                     kv::Condition::equals(before)),
      kv::Write::put(std::string(kUsers) + user.id, encode_user(user)),
      kv::Write::put(std::string(kKeys) + made.access_key_id, encode_key({user.id, sealed, now})),
  };
  auto written = impl_->state.write(writes);
  impl_->forget(user.id, {made.access_key_id});
  if (!written) return written.error().code == Code::conflict ? already : std::move(written).error();
  impl_->known_initialized = true;
  std::lock_guard lock(impl_->told_mutex);
  if (impl_->told) impl_->told();
  return made;
}

void Auth::when_set_up(std::function<void()> told) {
  std::lock_guard lock(impl_->told_mutex);
  impl_->told = std::move(told);
}

Result<Principal> Auth::check_keys(std::string_view access_key_id, std::string_view secret_access_key) const {
  auto key = impl_->key(access_key_id);
  if (!key && key.error().code != Code::not_found && key.error().code != Code::corrupt)
    return std::move(key).error();
  if (!key && key.error().code == Code::corrupt)
    log::error("access key", {{"id", access_key_id}, {"error", key.error().message}});
  if (key && equal_secrets((*key)->secret_access_key, secret_access_key)) {
    return Principal{(*key)->user_id, (*key)->access_key_id};
  }
  // A known key with a wrong secret costs a look into the store too, as an unknown key does.
  if (key) (void)impl_->state.get(std::string(kKeys) + std::string(access_key_id));
  return refused();
}

Result<Principal> Auth::check_token(std::string_view token) const {
  std::string user_id;
  if (token.starts_with(kPassing)) {
    // | "passing-" | the pass, 64 hex digits | a user's id, percent-encoded |
    const std::string_view rest = token.substr(kPassing.size());
    const auto named = percent_decode(rest.substr(std::min(rest.size(), kPassDigits)));
    if (!equal_secrets(impl_->pass, rest.substr(0, kPassDigits)) || !named) return refused();
    user_id = *named;
  } else {
    ASSIGN_OR_RETURN(const TokenClaims claims,
                     verify_token(impl_->options.secret, token, impl_->clock.now().seconds));
    user_id = claims.subject;
  }
  auto user = impl_->user(user_id);  // a removed user's tokens are void
  if (!user) return user.error().code == Code::not_found ? refused() : std::move(user).error();
  return Principal{std::move(user_id), ""};
}

Result<Principal> Auth::check_cookie(std::string_view value) const {
  ASSIGN_OR_RETURN(const std::string token,
                   open_cookie(impl_->cookie_key, value, impl_->clock.now().seconds));
  return check_token(token);
}

Result<Credentials> Auth::credentials(std::string_view access_key_id) const {
  ASSIGN_OR_RETURN(const auto key, impl_->key(access_key_id));
  return *key;
}

Result<Login> Auth::login(std::string_view access_key_id, std::string_view secret_access_key) const {
  ASSIGN_OR_RETURN(const Principal principal, check_keys(access_key_id, secret_access_key));
  ASSIGN_OR_RETURN(const auto user, impl_->user(principal.user_id));
  const std::int64_t now = impl_->clock.now().seconds;
  const std::int64_t expires_at = now + impl_->options.login_duration.count();
  return Login{sign_token(impl_->options.secret, {.id = random_uuid(impl_->random),
                                                  .issuer = "auth",
                                                  .subject = user->id,
                                                  .audience = "login",
                                                  .issued_at = now,
                                                  .expires_at = expires_at}),
               expires_at};
}

Result<std::string> Auth::passing_token(std::string_view user_id) const {
  ASSIGN_OR_RETURN(const auto user, impl_->user(user_id));
  return std::string(kPassing) + impl_->pass + percent_encode(user->id);
}

std::string Auth::cookie_for(const Login& login) const {
  return sign_cookie(impl_->cookie_key, login.token, login.expires_at);
}

Result<User> Auth::user(std::string_view id) const {
  ASSIGN_OR_RETURN(const auto user, impl_->user(id));
  return *user;
}

Result<std::vector<User>> Auth::users() const {
  std::vector<User> users;
  const auto cursor = impl_->state.scan(kUsers);
  for (; cursor->valid(); cursor->next()) {
    ASSIGN_OR_RETURN(User user, decode_user(cursor->value()));
    users.push_back(std::move(user));
  }
  RETURN_IF_ERROR(cursor->status());
  return users;
}

Status Auth::remove_user(std::string_view id) {
  const std::string key = std::string(kUsers) + std::string(id);
  if (id.empty() || id.size() > kMaxNameBytes) return Error{Code::not_found, "user not found"};
  ASSIGN_OR_RETURN(const auto stored, impl_->state.get(key));
  if (!stored) return Error{Code::not_found, "user not found"};

  std::vector<kv::Write> writes{kv::Write::erase(key)};
  std::vector<std::string> access_key_ids;
  const auto cursor = impl_->state.scan(kKeys);
  for (; cursor->valid(); cursor->next()) {
    ASSIGN_OR_RETURN(const KeyRecord record, decode_key(cursor->value()));
    if (record.user_id != id) continue;
    writes.push_back(kv::Write::erase(std::string(cursor->key())));
    access_key_ids.emplace_back(cursor->key().substr(kKeys.size()));
  }
  RETURN_IF_ERROR(cursor->status());
  auto written = impl_->state.write(writes);
  impl_->forget(std::string(id), access_key_ids);  // also when it is not known whether it was written
  return written;
}

}  // namespace mere::auth
