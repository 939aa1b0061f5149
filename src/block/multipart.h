// What all drivers that keep parts themselves share.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "block/store.h"

namespace mere::block {

inline constexpr int kMaxPartNumber = 10000;

Status check_part_number(int number);                  // invalid_argument
Status check_part_order(std::span<const Part> parts);  // at least one, ascending
// hex(MD5 of the binary MD5s of the parts) + "-" + their count; S3's form.
std::string multipart_etag(std::span<const Part> parts);

bool is_md5(std::string_view etag);  // 32 lower-case hex digits

// The parts that a store has (borrowed), to be found as a completion names them.
class UploadedParts {
 public:
  explicit UploadedParts(std::span<const Part> parts);
  // The part of that number and ETag, else one whose ETag the store does not know: it may be any, or empty.
  // Null if there is none, or if it could be either of two, since the store has both and `etag` is empty.
  const Part* find(int number, std::string_view etag) const;

 private:
  std::map<int, const Part*> known_;
  std::map<int, const Part*> unknown_;
};

Error no_such_upload(const Address& address);
Error wrong_part(int number);

}  // namespace mere::block
