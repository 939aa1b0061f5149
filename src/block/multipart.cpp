#include "block/multipart.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"

namespace mere::block {

Status check_part_number(int number) {
  if (number >= 1 && number <= kMaxPartNumber) return {};
  return Error{Code::invalid_argument,
               fmt::format("part number {} is not between 1 and {}", number, kMaxPartNumber)};
}

Status check_part_order(std::span<const Part> parts) {
  if (parts.empty()) return Error{Code::invalid_argument, "an upload cannot be completed without parts"};
  int before = 0;
  for (const Part& part : parts) {
    RETURN_IF_ERROR(check_part_number(part.number));
    if (part.number <= before) return Error{Code::invalid_argument, "the parts are not in ascending order"};
    before = part.number;
  }
  return {};
}

std::string multipart_etag(std::span<const Part> parts) {
  Digest digest = Digest::md5();
  for (const Part& part : parts) digest.update(from_hex(part.etag).value_or(std::string()));
  return fmt::format("{}-{}", digest.finish_hex(), parts.size());
}

bool is_md5(std::string_view etag) {
  return etag.size() == 32 && etag.find_first_not_of("0123456789abcdef") == etag.npos;
}

UploadedParts::UploadedParts(std::span<const Part> parts) {
  for (const Part& part : parts) (part.etag.empty() ? unknown_ : known_)[part.number] = &part;
}

const Part* UploadedParts::find(int number, std::string_view etag) const {
  const auto known = known_.find(number);
  if (known != known_.end() && known->second->etag == etag) return known->second;
  const auto unknown = unknown_.find(number);
  if (unknown == unknown_.end() || (etag.empty() && known != known_.end())) return nullptr;
  return unknown->second;
}

Error no_such_upload(const Address& address) {
  return {Code::not_found,
          fmt::format("there is no such upload of '{}': it was completed or aborted, or never begun",
                      address.uri)};
}

Error wrong_part(int number) {
  return {Code::invalid_argument,
          fmt::format("part {} was not uploaded, or its ETag is not the one given", number)};
}

}  // namespace mere::block
