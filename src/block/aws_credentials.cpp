#include "block/aws_credentials.h"

#include <fmt/format.h>

#include "base/log.h"

namespace mere::block {

AwsCredentialProvider::AwsCredentialProvider(std::vector<std::unique_ptr<AwsCredentialSource>> sources,
                                             std::chrono::seconds window, const Clock& clock)
    : sources_(std::move(sources)), window_(window), clock_(clock) {}

Result<http::AwsKeys> AwsCredentialProvider::get() {
  const auto usable = [&](std::chrono::nanoseconds margin) -> std::optional<http::AwsKeys> {
    std::lock_guard lock(mutex_);
    if (!current_) return std::nullopt;
    if (current_->expires && *current_->expires - clock_.now() <= margin) return std::nullopt;
    return current_->keys;
  };
  if (auto keys = usable(window_)) return *std::move(keys);
  const auto old = usable(std::chrono::seconds(0));
  std::unique_lock fetching(fetching_, std::defer_lock);
  if (!old) {
    fetching.lock();
  } else if (!fetching.try_lock()) {
    return *old;
  }
  if (auto keys = usable(window_)) return *std::move(keys);  // another thread has been here
  Result<AwsCredentials> fetched = fetch();
  if (!fetched) {
    if (!old) return std::move(fetched).error();
    log::warn("AWS credentials could not be renewed before they expire",
              {{"error", fetched.error().message}});
    return *old;
  }
  std::lock_guard lock(mutex_);
  current_ = *std::move(fetched);
  return current_->keys;
}

bool AwsCredentialProvider::renew(const http::AwsKeys& refused) {
  const auto is_refused = [&](const http::AwsKeys& keys) {
    return keys.access_key_id == refused.access_key_id && keys.session_token == refused.session_token;
  };
  std::lock_guard fetching(fetching_);
  {
    std::lock_guard lock(mutex_);
    if (current_ && !is_refused(current_->keys)) return true;
  }
  Result<AwsCredentials> fetched = fetch();
  if (!fetched || is_refused(fetched->keys)) return false;
  std::lock_guard lock(mutex_);
  current_ = *std::move(fetched);
  return true;
}

Result<AwsCredentials> AwsCredentialProvider::fetch() {
  if (source_) return source_->fetch();
  std::string asked;
  for (const auto& source : sources_) {
    Result<AwsCredentials> fetched = source->fetch();
    if (fetched) {
      source_ = source.get();
      return fetched;
    }
    if (fetched.error().code != Code::not_found)
      return with_context(fmt::format("AWS credentials from {}", source->name()), std::move(fetched).error());
    asked += (asked.empty() ? "" : ", ") + std::string(source->name());
  }
  return Error{Code::unauthenticated,
               fmt::format("there are no AWS credentials (looked at: {}); set blockstore.s3.credentials or "
                           "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                           asked)};
}

}  // namespace mere::block
