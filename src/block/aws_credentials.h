// The keys that sign requests to AWS, from wherever they come, renewed before they expire.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "http/aws_signature.h"
#include "http/client.h"

namespace mere::block {

struct AwsCredentials {
  http::AwsKeys keys;
  std::optional<Timestamp> expires;  // nullopt: they last
};

// One place that keys come from.
class AwsCredentialSource {
 public:
  virtual ~AwsCredentialSource() = default;
  virtual std::string_view name() const = 0;  // for messages: "the environment"
  // `not_found`: this source is not set up here, and the next one is asked. Any other error is final.
  virtual Result<AwsCredentials> fetch() = 0;
};

struct AwsCredentialOptions {
  std::string access_key_id, secret_access_key, session_token;  // used alone if set
  std::string credentials_file;                   // "": AWS_SHARED_CREDENTIALS_FILE, ~/.aws/credentials
  std::string profile;                            // "": AWS_PROFILE, "default"
  std::string region = "us-east-1";               // of the token service
  std::chrono::seconds web_identity_duration{0};  // 0: what the role says
  std::chrono::seconds expiry_window{300};        // renewed this long before they expire
  std::function<std::optional<std::string>(std::string_view)> environment;  // null: this process's
};

// Keys now. Any thread may call any method.
class AwsCredentialProvider {
 public:
  // Asks `sources` in order; the first that is set up is kept to. The clock is borrowed.
  AwsCredentialProvider(std::vector<std::unique_ptr<AwsCredentialSource>> sources,
                        std::chrono::seconds window, const Clock& clock);

  // Near their expiry they are renewed first; if that fails while they still hold, they are answered.
  // Errors: `unauthenticated` if no source is set up, naming them; those of the source.
  Result<http::AwsKeys> get();
  // The service refused `keys` as expired: true if get() answers others from now on.
  bool renew(const http::AwsKeys& refused);

 private:
  Result<AwsCredentials> fetch();

  const std::vector<std::unique_ptr<AwsCredentialSource>> sources_;
  const std::chrono::seconds window_;
  const Clock& clock_;

  std::mutex fetching_;  // one thread asks; the others use what is there, or wait if there is nothing
  AwsCredentialSource* source_ = nullptr;  // the one that was set up

  std::mutex mutex_;  // guards the rest; never held while a source is asked
  std::optional<AwsCredentials> current_;
};

// The sources that `options` ask for: their keys; or the profile they name; or, as AWS's own tools do, the
// environment, a web identity, the shared files, the container's and the instance's metadata services.
// What is passed is borrowed.
std::vector<std::unique_ptr<AwsCredentialSource>> aws_credential_sources(const AwsCredentialOptions& options,
                                                                         http::Client& http,
                                                                         const Clock& clock, Random& random);

}  // namespace mere::block
