// What all drivers that keep parts themselves share.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "block/store.h"

namespace mere::block {

inline constexpr int kMaxPartNumber = 10000;

Status check_part_number(int number);                  // invalid_argument
Status check_part_order(std::span<const Part> parts);  // at least one, ascending
// hex(MD5 of the binary MD5s of the parts) + "-" + their count; S3's form.
std::string multipart_etag(std::span<const Part> parts);

Error no_such_upload(const Address& address);
Error wrong_part(int number);

}  // namespace mere::block
