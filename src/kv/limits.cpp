#include "kv/limits.h"

#include <algorithm>
#include <vector>

#include "base/json_writer.h"

namespace mere::kv {
namespace {

// Keys may hold any bytes; messages are shown.
std::string shown(std::string_view key) {
  constexpr std::size_t most = 200;
  std::string out;
  JsonWriter(out).string(key.substr(0, most));
  return out;
}

}  // namespace

Status check_writes(std::span<const Write> writes) {
  std::size_t total = 0;
  std::vector<std::string_view> keys;
  keys.reserve(writes.size());
  for (const Write& write : writes) {
    if (write.key.empty()) return Error{Code::invalid_argument, "a key may not be empty"};
    if (write.key.size() > kMaxKey) {
      return Error{Code::too_large, "key " + shown(write.key) + "... is longer than 4096 bytes"};
    }
    if (write.value.size() > kMaxValue) {
      return Error{Code::too_large, "the value of key " + shown(write.key) + " is larger than 16 MiB"};
    }
    total += write.key.size() + write.value.size();
    keys.push_back(write.key);
  }
  if (total > kMaxWrites) return Error{Code::too_large, "writes of more than 64 MiB in one call"};
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice != keys.end()) {
    return Error{Code::invalid_argument, "key " + shown(*twice) + " is written twice in one call"};
  }
  return {};
}

std::optional<std::string> end_of_prefix(std::string_view prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.remove_suffix(1);
  if (prefix.empty()) return std::nullopt;
  std::string end(prefix);
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

bool holds(const Condition& condition, const std::optional<std::string_view>& value) {
  switch (condition.kind) {
    case Condition::Kind::any:
      return true;
    case Condition::Kind::absent:
      return !value;
    case Condition::Kind::equals:
      return value && *value == condition.value;
  }
  return false;
}

Error conflict_on(std::string_view key) {
  return {Code::conflict, "key " + shown(key) + " was changed by another writer"};
}

}  // namespace mere::kv
