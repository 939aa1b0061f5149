#include "base/shared_log.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/little_endian.h"

namespace mere {
namespace {

constexpr std::size_t kSizeBytes = 4;

void append_sized(std::string& out, std::string_view bytes) {
  append_u32(out, static_cast<std::uint32_t>(bytes.size()));
  out.append(bytes);
}

// Takes a sized text off the front.
std::optional<std::string_view> take_sized(std::string_view& piece) {
  if (piece.size() < kSizeBytes) return std::nullopt;
  const std::uint32_t size = load_u32(piece.data());
  if (size > piece.size() - kSizeBytes) return std::nullopt;
  const std::string_view bytes = piece.substr(kSizeBytes, size);
  piece.remove_prefix(kSizeBytes + size);
  return bytes;
}

}  // namespace

void SharedLog::join(std::string name, Rider& rider) {
  std::lock_guard lock(mutex_);
  MERE_CHECK(!carried_ && !riders_.contains(name));
  riders_.emplace(std::move(name), &rider);
}

void SharedLog::leave(std::string_view name) {
  std::lock_guard lock(mutex_);
  MERE_CHECK(!carried_);
  if (const auto found = riders_.find(name); found != riders_.end()) riders_.erase(found);
}

bool SharedLog::add(std::string_view name, std::string_view record) {
  std::lock_guard lock(mutex_);
  if (!carried_ || waiting_.size() + name.size() + record.size() > kMaxWaitingBytes) return false;
  append_sized(waiting_, name);
  append_sized(waiting_, record);
  return true;
}

void SharedLog::begin() {
  std::lock_guard lock(mutex_);
  carried_ = true;
}

void SharedLog::end() {
  std::lock_guard lock(mutex_);
  carried_ = false;
}

std::string SharedLog::take() {
  std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void SharedLog::give_back(std::string piece) {
  std::lock_guard lock(mutex_);
  waiting_.insert(0, piece);
}

Status SharedLog::replay(std::string_view piece, std::size_t& orphans) {
  while (!piece.empty()) {
    const auto name = take_sized(piece);
    const auto record = name ? take_sized(piece) : std::nullopt;
    if (!record) return Error{Code::corrupt, "a record in the log of changes does not end"};
    Rider* rider = nullptr;
    {
      std::lock_guard lock(mutex_);
      if (const auto found = riders_.find(*name); found != riders_.end()) rider = found->second;
    }
    if (rider == nullptr)
      ++orphans;
    else
      RETURN_IF_ERROR(rider->replay(*record));
  }
  return {};
}

Status SharedLog::settle() {
  for (const auto& [name, rider] : riders()) {
    if (Status settled = rider->settle(); !settled) {
      end();
      return settled;
    }
  }
  return {};
}

Result<std::string> SharedLog::places() const {
  std::string all;
  for (const auto& [name, rider] : riders()) {
    ASSIGN_OR_RETURN(const std::string place, rider->place());
    append_sized(all, name);
    append_sized(all, place);
  }
  return all;
}

bool SharedLog::is_empty() const {
  const Riders all = riders();
  return std::all_of(all.begin(), all.end(), [](const auto& rider) { return rider.second->is_empty(); });
}

bool SharedLog::has_written() const {
  const Riders all = riders();
  return std::any_of(all.begin(), all.end(), [](const auto& rider) { return rider.second->has_written(); });
}

SharedLog::Riders SharedLog::riders() const {
  std::lock_guard lock(mutex_);
  return riders_;
}

}  // namespace mere
