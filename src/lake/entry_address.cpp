#include "lake/entry_address.h"

#include <string_view>

namespace mere::lake {
namespace {

// Entries of lakeFS's early days do not say what their address is: a URI is full (storage format,
// section 8.1).
bool is_full(const tree::Entry& entry) {
  if (entry.address_type != tree::AddressType::by_prefix_deprecated) {
    return entry.address_type == tree::AddressType::full;
  }
  const std::size_t scheme = entry.address.find("://");
  return scheme != std::string::npos && scheme > 0 &&
         entry.address.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == scheme;
}

}  // namespace

block::Address address_of(const version::Repository& repository, const tree::Entry& entry) {
  return is_full(entry) ? block::Address{entry.address, repository.storage_namespace.storage_id}
                        : block::join(repository.storage_namespace, entry.address);
}

AddressDisplay::AddressDisplay(const block::Store& store, const version::Repository& repository)
    : store_(store),
      base_(store.display(repository.storage_namespace)),
      storage_id_(repository.storage_namespace.storage_id) {
  if (!base_.ends_with('/')) base_ += '/';
}

void AddressDisplay::write(const tree::Entry& entry, std::string& out) const {
  if (is_full(entry)) {
    out = store_.display({entry.address, storage_id_});
    return;
  }
  std::string_view relative = entry.address;
  if (relative.starts_with('/')) relative.remove_prefix(1);  // as block::join()
  out.assign(base_).append(relative);
}

std::string AddressDisplay::operator()(const tree::Entry& entry) const {
  std::string out;
  write(entry, out);
  return out;
}

}  // namespace mere::lake
