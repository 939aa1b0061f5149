#include "lake/small_objects.h"

#include <span>
#include <utility>

#include "block/copy_at.h"
#include "lake/addresses.h"

namespace mere::lake {
namespace {

// What an object costs beside its bytes, about.
constexpr std::size_t kOverheadBytes = 512;

std::string key_of(const block::Address& address) {
  return address.storage_id.empty() ? address.uri : address.storage_id + ' ' + address.uri;
}

}  // namespace

class SmallObjects::Object final : public block::Reader {
 public:
  Object(block::Properties properties, std::string checksum, std::string bytes)
      : properties_(std::move(properties)), checksum_(std::move(checksum)), bytes_(std::move(bytes)) {}

  const block::Properties& properties() const override { return properties_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    return block::copy_at(bytes_, offset, into);
  }
  std::string_view memory() const override { return bytes_; }

  // A client that was given the address may have put other bytes there before it linked them again.
  bool is_of(const tree::Entry& entry) const {
    return checksum_ == entry.checksum && bytes_.size() == static_cast<std::uint64_t>(entry.size_bytes);
  }

 private:
  const block::Properties properties_;
  const std::string checksum_;
  const std::string bytes_;
};

bool SmallObjects::takes(const tree::Entry& entry) {
  return entry.address_type == tree::AddressType::relative && entry.size_bytes > 0 &&
         static_cast<std::uint64_t>(entry.size_bytes) <= kObjectBytes &&
         AddressGenerator::made_at(entry.address).has_value();
}

std::shared_ptr<const block::Reader> SmallObjects::find(const block::Address& address,
                                                        const tree::Entry& entry) {
  if (static_cast<std::uint64_t>(entry.size_bytes) > kObjectBytes) return nullptr;
  auto object = kept_.get(key_of(address));
  if (object == nullptr || !object->is_of(entry)) return nullptr;
  return object;
}

Result<std::shared_ptr<const block::Reader>> SmallObjects::keep(const block::Address& address,
                                                                const tree::Entry& entry,
                                                                std::unique_ptr<block::Reader> reader) {
  const auto size = static_cast<std::size_t>(entry.size_bytes);
  if (reader->properties().size_bytes != size) return std::shared_ptr<const block::Reader>(std::move(reader));
  std::string bytes(size, '\0');
  ASSIGN_OR_RETURN(const std::size_t read, reader->read_at(0, std::as_writable_bytes(std::span(bytes))));
  if (read != size) return std::shared_ptr<const block::Reader>(std::move(reader));
  auto object = std::make_shared<const Object>(reader->properties(), entry.checksum, std::move(bytes));
  std::string key = key_of(address);
  const std::size_t cost = size + 2 * key.size() + kOverheadBytes;
  kept_.put(key, object, cost);
  return std::shared_ptr<const block::Reader>(std::move(object));
}

}  // namespace mere::lake
