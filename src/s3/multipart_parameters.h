// What the operations on uploads in parts have in common.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "lake/multiparts.h"
#include "s3/access.h"
#include "s3/context.h"
#include "s3/outcome.h"

namespace mere::s3 {

// The upload that ?uploadId= names, of this key; a ref that takes no writes has none.
inline Outcome<lake::UploadName> upload_name(const Call& call) {
  auto branch = branch_to_write(call);
  if (!branch) {
    if (branch.error().code == "NoSuchBucket") return s3_error("NoSuchUpload");
    return branch.error();
  }
  return lake::UploadName{*std::move(branch), call.target.path, std::string(call.query.get("uploadId"))};
}

inline Outcome<int> part_number(const Call& call) {
  const std::string_view text = call.query.get("partNumber");
  int number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failure == std::errc::invalid_argument || stop != text.data() + text.size()) {
    return s3_error("InvalidArgument", "Argument partNumberMarker must be an integer.");
  }
  if (failure != std::errc() || number < 1 || number > 10'000) {
    return s3_error("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");
  }
  return number;
}

inline S3Error upload_error(const Error& error) {
  return error.code == Code::not_found ? s3_error("NoSuchUpload") : write_error(error);
}

inline Outcome<lake::MultipartUpload> find_upload(const Call& call) {
  const auto name = upload_name(call);
  if (!name) return name.error();
  auto found = call.lake().multiparts.find(call.repository, *name);
  if (!found) return upload_error(found.error());
  return *std::move(found);
}

inline std::string_view name_of(lake::ChecksumType type) {
  return type == lake::ChecksumType::composite ? "COMPOSITE" : "FULL_OBJECT";
}

}  // namespace mere::s3
