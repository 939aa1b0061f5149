// The bytes of objects, made again from a number whenever they are compared: nothing of them is kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mere::torture {

std::string bytes_of(std::uint64_t content, std::uint64_t size_bytes);

// An object as clients see it. `note` is its user metadata "note", "" if it has none.
struct ObjectState {
  std::uint64_t content = 0;
  std::uint64_t size_bytes = 0;
  std::string checksum{};  // MD5, as the API shows it; of one in parts: of theirs
  std::string note{};
  friend bool operator==(const ObjectState&, const ObjectState&) = default;
};
ObjectState object_of(std::uint64_t content, std::uint64_t size_bytes, std::string note);
// One that was uploaded in parts of these sizes.
ObjectState object_in_parts(std::uint64_t content, const std::vector<std::uint64_t>& parts, std::string note);

}  // namespace mere::torture
