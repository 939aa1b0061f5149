#include "block/store_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace mere::block {
namespace {

constexpr std::size_t kChunk = 1u << 20;

// Reads one store and writes another.
Result<Properties> copy_across(const Store& source, const Address& from, Store& target, const Address& to) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Reader> reader, source.open(from));
  const std::uint64_t size_bytes = reader->properties().size_bytes;
  WriteOptions options;
  options.expected_size_bytes = size_bytes;
  ASSIGN_OR_RETURN(const std::unique_ptr<Writer> writer, target.create(to, options));
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::clamp<std::uint64_t>(size_bytes, 1, kChunk)));
  std::uint64_t offset = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const std::size_t count, reader->read_at(offset, buffer));
    if (count == 0) break;
    RETURN_IF_ERROR(writer->append(std::span<const std::byte>(buffer).first(count)));
    offset += count;
  }
  if (offset != size_bytes) {
    return Error{Code::io_error,
                 fmt::format("'{}' ended after {} of {} bytes", from.uri, offset, size_bytes)};
  }
  RETURN_IF_ERROR(writer->finish());
  return target.stat(to);
}

class StoreSet final : public Store {
 public:
  explicit StoreSet(std::vector<NamedStore> stores) {
    MERE_CHECK(!stores.empty());
    for (NamedStore& named : stores) {
      Member& member = members_.emplace_back();
      member.is_default = named.is_default || stores.size() == 1;
      member.store = std::move(named.store);
      member.capabilities = member.store->capabilities("");
      member.capabilities.storage_id = std::move(named.id);
      member.capabilities.description = std::move(named.description);
      if (!named.default_namespace_prefix.empty())
        member.capabilities.default_namespace_prefix = std::move(named.default_namespace_prefix);
    }
  }

  std::vector<std::string> storage_ids() const override {
    std::vector<std::string> ids;
    for (const Member& member : members_) ids.push_back(member.capabilities.storage_id);
    return ids;
  }
  const Capabilities& capabilities(std::string_view storage_id) const override {
    const Member* member = find(storage_id);
    return member == nullptr ? no_capabilities() : member->capabilities;
  }
  Status check(const Address& address) const override {
    ASSIGN_OR_RETURN(const Store* store, store_of(address));
    return store->check(inner(address));
  }
  std::string display(const Address& address) const override {
    const Member* member = find(address.storage_id);
    return member == nullptr ? address.uri : member->store->display(inner(address));
  }

  Result<std::unique_ptr<Reader>> open(const Address& address) const override {
    ASSIGN_OR_RETURN(const Store* store, store_of(address));
    return store->open(inner(address));
  }
  Result<Properties> stat(const Address& address) const override {
    ASSIGN_OR_RETURN(const Store* store, store_of(address));
    return store->stat(inner(address));
  }
  Result<std::unique_ptr<Writer>> create(const Address& address, const WriteOptions& options) override {
    ASSIGN_OR_RETURN(Store * store, store_of(address));
    return store->create(inner(address), options);
  }
  Status remove(const Address& address) override {
    ASSIGN_OR_RETURN(Store * store, store_of(address));
    return store->remove(inner(address));
  }
  Result<Properties> copy(const Address& from, const Address& to) override {
    ASSIGN_OR_RETURN(Store * source, store_of(from));
    ASSIGN_OR_RETURN(Store * target, store_of(to));
    if (source == target) return source->copy(inner(from), inner(to));
    return copy_across(*source, inner(from), *target, inner(to));
  }

  Status list(const Address& folder, const ListOptions& options,
              const std::function<bool(const Listed&)>& visit) const override {
    ASSIGN_OR_RETURN(const Store* store, store_of(folder));
    if (folder.storage_id.empty()) return store->list(folder, options, visit);
    return store->list(inner(folder), options, [&](const Listed& listed) {
      Listed named = listed;
      named.address.storage_id = folder.storage_id;
      return visit(named);
    });
  }

  Result<std::string> begin_upload(const Address& address) override {
    ASSIGN_OR_RETURN(Store * store, store_of(address));
    return store->begin_upload(inner(address));
  }
  Result<std::unique_ptr<Writer>> upload_part(const Address& address, std::string_view upload_id,
                                              int number) override {
    ASSIGN_OR_RETURN(Store * store, store_of(address));
    return store->upload_part(inner(address), upload_id, number);
  }
  Result<std::vector<Part>> list_parts(const Address& address, std::string_view upload_id) const override {
    ASSIGN_OR_RETURN(const Store* store, store_of(address));
    return store->list_parts(inner(address), upload_id);
  }
  Result<Properties> complete_upload(const Address& address, std::string_view upload_id,
                                     std::span<const Part> parts) override {
    ASSIGN_OR_RETURN(Store * store, store_of(address));
    return store->complete_upload(inner(address), upload_id, parts);
  }
  Status abort_upload(const Address& address, std::string_view upload_id) override {
    ASSIGN_OR_RETURN(Store * store, store_of(address));
    return store->abort_upload(inner(address), upload_id);
  }

  Result<std::string> presign(const Address& address, const PresignRequest& request) const override {
    ASSIGN_OR_RETURN(const Store* store, store_of(address));
    return store->presign(inner(address), request);
  }

 private:
  struct Member {
    bool is_default = false;
    std::unique_ptr<Store> store;
    Capabilities capabilities;
  };

  static Address inner(const Address& address) { return {address.uri}; }

  // A handful of stores: a walk is quicker than a map.
  const Member* find(std::string_view storage_id) const {
    for (const Member& member : members_) {
      if (storage_id.empty() ? member.is_default : member.capabilities.storage_id == storage_id)
        return &member;
    }
    return nullptr;
  }
  Result<Store*> store_of(const Address& address) const {
    if (const Member* member = find(address.storage_id)) return member->store.get();
    const std::string ids = fmt::format("'{}'", fmt::join(storage_ids(), "', '"));
    if (address.storage_id.empty()) {
      return Error{Code::invalid_argument,
                   fmt::format("'{}': no store is the default one: name one of {}", address.uri, ids)};
    }
    return Error{Code::invalid_argument,
                 fmt::format("'{}': there is no store '{}', only {}", address.uri, address.storage_id, ids)};
  }

  std::vector<Member> members_;
};

}  // namespace

std::unique_ptr<Store> make_store_set(std::vector<NamedStore> stores) {
  return std::make_unique<StoreSet>(std::move(stores));
}

}  // namespace mere::block
