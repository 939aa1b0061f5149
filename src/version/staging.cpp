#include "version/staging.h"

#include <utility>

#include "version/keys.h"
#include "version/overlay_cursor.h"
#include "version/records.h"

namespace mere::version {
namespace {

// The changes under one token.
class TokenCursor final : public tree::Cursor {
 public:
  TokenCursor(const kv::Store& state, const StagingToken& token)
      : prefix_(keys::staged_prefix(token)), cursor_(state.scan(prefix_)) {
    settle();
  }

  bool valid() const override { return !error_ && cursor_->valid(); }
  const tree::Record& record() const override { return record_; }
  Status status() const override {
    if (error_) return *error_;
    return cursor_->status();
  }
  void next() override {
    cursor_->next();
    settle();
  }
  void seek(std::string_view key) override {
    if (error_) return;
    target_.assign(prefix_).append(key);
    cursor_->seek(target_);
    settle();
  }

 private:
  void settle() {
    if (!cursor_->valid()) return;
    auto staged = decode_staged(cursor_->value());
    if (!staged) {
      error_ = std::move(staged).error();
      return;
    }
    record_ = {cursor_->key().substr(prefix_.size()), staged->identity, staged->data};
  }

  std::string prefix_;
  std::unique_ptr<kv::Cursor> cursor_;
  std::string target_;
  tree::Record record_;
  std::optional<Error> error_;
};

constexpr std::size_t kErasuresPerWrite = 512;

// Adds the erasure of what is under a dropped token and of its mark. False, and nothing is added: it is more
// than fits into one write.
Result<bool> add_erasures(const kv::Store& state, const StagingToken& token,
                          std::vector<kv::Write>& erasures) {
  const std::size_t before = erasures.size();
  const auto cursor = state.scan(keys::staged_prefix(token));
  for (; cursor->valid(); cursor->next()) {
    if (erasures.size() - before == kErasuresPerWrite) {
      erasures.resize(before);
      return false;
    }
    erasures.push_back(kv::Write::erase(std::string(cursor->key())));
  }
  RETURN_IF_ERROR(cursor->status());
  erasures.push_back(kv::Write::erase(keys::dropped(token)));
  return true;
}

}  // namespace

Result<std::optional<StagedValue>> Staging::find(std::span<const StagingToken> tokens,
                                                 std::string_view path) const {
  for (const StagingToken& token : tokens) {
    ASSIGN_OR_RETURN(std::optional<std::string> value, state_.get(keys::staged(token, path)));
    if (!value) continue;
    auto bytes = std::make_shared<const std::string>(*std::move(value));
    ASSIGN_OR_RETURN(const Staged staged, decode_staged(*bytes));
    return std::optional(StagedValue{std::move(bytes), staged.identity, staged.data});
  }
  return std::optional<StagedValue>();
}

std::unique_ptr<tree::Cursor> Staging::changes(std::span<const StagingToken> tokens) const {
  std::vector<std::unique_ptr<tree::Cursor>> layers;
  layers.reserve(tokens.size());
  for (const StagingToken& token : tokens) layers.push_back(std::make_unique<TokenCursor>(state_, token));
  return overlay(std::move(layers));
}

Result<std::unique_ptr<tree::Cursor>> Staging::changes_if_any(std::span<const StagingToken> tokens) const {
  std::vector<std::unique_ptr<tree::Cursor>> layers;
  for (const StagingToken& token : tokens) {
    auto layer = std::make_unique<TokenCursor>(state_, token);
    if (layer->valid()) {
      layers.push_back(std::move(layer));
    } else {
      RETURN_IF_ERROR(layer->status());
    }
  }
  if (layers.empty()) return std::unique_ptr<tree::Cursor>();
  return overlay(std::move(layers));
}

Result<bool> Staging::any(std::span<const StagingToken> tokens) const {
  for (const StagingToken& token : tokens) {
    const auto cursor = state_.scan(keys::staged_prefix(token));
    if (cursor->valid()) return true;
    RETURN_IF_ERROR(cursor->status());
  }
  return false;
}

Result<std::uint64_t> Staging::count_entries(const StagingToken& token, std::uint64_t at_most) const {
  std::uint64_t count = 0;
  const auto cursor = state_.scan(keys::staged_prefix(token));
  for (; cursor->valid() && count < at_most; cursor->next()) ++count;
  RETURN_IF_ERROR(cursor->status());
  return count;
}

kv::Write Staging::mark_dropped(const StagingToken& token) {
  return kv::Write::put(keys::dropped(token), "1");
}

void Staging::note_dropped(std::span<const StagingToken> tokens, const Status& written) {
  constexpr std::size_t kMaxNoted = 4096;
  if (tokens.empty() || (!written && written.error().code == Code::conflict)) return;
  if (!written) return look_for_dropped();  // they may be marked, or not
  std::lock_guard lock(dropped_mutex_);
  if (dropped_.size() >= kMaxNoted) {
    erasures_until_look_ = 0;
  } else {
    dropped_.insert(dropped_.end(), tokens.begin(), tokens.end());
  }
}

void Staging::look_for_dropped() {
  std::lock_guard lock(dropped_mutex_);
  erasures_until_look_ = 0;
}

Status Staging::erase_dropped() {
  constexpr int kErasuresBetweenLooks = 256;
  std::vector<StagingToken> tokens;
  bool looks = false;
  {
    std::lock_guard lock(dropped_mutex_);
    tokens.swap(dropped_);
    looks = erasures_until_look_ == 0;
    erasures_until_look_ = looks ? kErasuresBetweenLooks : erasures_until_look_ - 1;
  }
  Status erased = looks ? erase_marked() : erase(tokens);
  if (!erased) look_for_dropped();
  return erased;
}

Status Staging::erase_marked() {
  constexpr std::size_t kBatch = 256;
  for (;;) {
    std::vector<StagingToken> tokens;
    {
      const auto cursor = state_.scan(keys::kDropped);
      for (; cursor->valid() && tokens.size() < kBatch; cursor->next()) {
        tokens.emplace_back(cursor->key().substr(keys::kDropped.size()));
      }
      RETURN_IF_ERROR(cursor->status());
    }
    if (tokens.empty()) return {};
    RETURN_IF_ERROR(erase(tokens));
  }
}

Status Staging::erase(std::span<const StagingToken> tokens) {
  // A token's mark goes with the last of what is under it, and nobody waits for that: until it is on the
  // disk, a crash leaves the mark to begin from.
  std::vector<kv::Write> erasures;
  const auto write = [&]() -> Status {
    if (erasures.empty()) return {};
    RETURN_IF_ERROR(state_.write(erasures, kv::Durability::ordered));
    erasures.clear();
    return {};
  };
  for (const StagingToken& token : tokens) {
    ASSIGN_OR_RETURN(const bool added, add_erasures(state_, token, erasures));
    if (!added) {
      RETURN_IF_ERROR(state_.erase_prefix(keys::staged_prefix(token)));
      erasures.push_back(kv::Write::erase(keys::dropped(token)));
    }
    if (erasures.size() >= kErasuresPerWrite) RETURN_IF_ERROR(write());
  }
  return write();
}

std::vector<StagingToken> tokens_of(const Branch& branch) {
  std::vector<StagingToken> tokens;
  tokens.reserve(1 + branch.sealed_tokens.size());
  tokens.push_back(branch.staging_token);
  tokens.insert(tokens.end(), branch.sealed_tokens.begin(), branch.sealed_tokens.end());
  return tokens;
}

}  // namespace mere::version
