// Names for object bytes: "data/<partition>/<name>", both 20-character ids
// (docs/design/0001-storage-format.md). A partition is renewed after 50,000 names or an hour; newer
// partitions sort first.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/xid.h"

namespace mere::lake {

// Any thread may call any method.
class AddressGenerator {
 public:
  AddressGenerator(const Clock& clock, Random& random);
  std::string next();  // relative to the storage namespace
  // The time an address was made at, in Unix seconds; nothing if it is not of this form.
  static std::optional<std::int64_t> made_at(std::string_view relative_address);

 private:
  const Clock& clock_;
  XidGenerator xids_;
  std::mutex mutex_;
  std::string partition_;
  int names_ = 0;
  Timestamp renewed_;
};

// Signed link addresses (section 8.3): "<address>,<signature>", valid 24 hours for one repository,
// branch and path. The signature is unpadded URL-safe base64 of HMAC-SHA256 over the claim as JSON.
struct LinkClaim {
  std::string repository;
  std::string branch;
  std::string path;
};
// The signature alone.
std::string sign_link(std::string_view secret, const LinkClaim& claim, const std::string& physical_address);
// Constant time in the signature.
bool verify_link(std::string_view secret, const LinkClaim& claim, std::string_view physical_address,
                 std::string_view signature);

}  // namespace mere::lake
