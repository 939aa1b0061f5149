// What every driver refuses, and the arithmetic of prefixes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kv/store.h"

namespace mere::kv {

// The promises of Store::write() about its argument. Errors: invalid_argument, too_large.
Status check_writes(std::span<const Write> writes);

// The least string above every string with `prefix`; nothing if `prefix` is empty or all 0xff.
std::optional<std::string> end_of_prefix(std::string_view prefix);

// `value`: of the key now.
bool holds(const Condition& condition, const std::optional<std::string_view>& value);

// The `conflict` of a condition on `key`.
Error conflict_on(std::string_view key);

}  // namespace mere::kv
