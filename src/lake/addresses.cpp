#include "lake/addresses.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "base/json_writer.h"

namespace mere::lake {
namespace {

constexpr int kNamesPerPartition = 50'000;
constexpr auto kPartitionAge = std::chrono::hours(1);
constexpr std::string_view kFolder = "data/";
constexpr std::size_t kIdSize = 20;

}  // namespace

AddressGenerator::AddressGenerator(const Clock& clock, Random& random)
    : clock_(clock), xids_(clock, random) {}

std::string AddressGenerator::next() {
  std::string address(kFolder);
  {
    std::lock_guard lock(mutex_);
    const Timestamp now = clock_.now();
    // A clock that was set back renews too: the partition's time would be in the future.
    if (partition_.empty() || ++names_ > kNamesPerPartition || now < renewed_ ||
        now - renewed_ >= kPartitionAge) {
      partition_ = xids_.next_descending();
      names_ = 1;
      renewed_ = now;
    }
    address += partition_;
  }
  address += '/';
  return address + xids_.next();
}

std::optional<std::int64_t> AddressGenerator::made_at(std::string_view relative_address) {
  if (relative_address.size() != kFolder.size() + kIdSize + 1 + kIdSize ||
      !relative_address.starts_with(kFolder)) {
    return std::nullopt;
  }
  const std::string_view partition = relative_address.substr(kFolder.size(), kIdSize);
  if (!is_xid(partition) || relative_address[kFolder.size() + kIdSize] != '/') return std::nullopt;
  return xid_seconds(relative_address.substr(kFolder.size() + kIdSize + 1));
}

std::string sign_link(std::string_view secret, const LinkClaim& claim, const std::string& physical_address) {
  std::string message;
  JsonWriter json(message);
  json.begin_object();
  json.key("Repository");
  json.string(claim.repository);
  json.key("Branch");
  json.string(claim.branch);
  json.key("Path");
  json.string(claim.path);
  json.key("PhysicalAddress");
  json.string(physical_address);
  json.end_object();
  // What is not UTF-8 becomes U+FFFD above, so that two paths could share a claim: sign the path's bytes too.
  if (!is_valid_utf8(claim.path)) message += claim.path;
  return to_base64url(hmac_sha256(secret, message));
}

bool verify_link(std::string_view secret, const LinkClaim& claim, std::string_view physical_address,
                 std::string_view signature) {
  return equal_secrets(sign_link(secret, claim, std::string(physical_address)), signature);
}

}  // namespace mere::lake
