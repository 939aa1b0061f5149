// Where the bytes of an entry lie, and how users see that.
#pragma once

#include <string>

#include "block/store.h"
#include "tree/types.h"
#include "version/types.h"

namespace mere::lake {

block::Address address_of(const version::Repository& repository, const tree::Entry& entry);

// physical_address of the entries of one repository: store.display(address_of()), with the namespace
// resolved once for all of them.
class AddressDisplay {
 public:
  AddressDisplay(const block::Store& store, const version::Repository& repository);
  // Appends to `out` (cleared first) to spare a listing an allocation an entry.
  void write(const tree::Entry& entry, std::string& out) const;
  std::string operator()(const tree::Entry& entry) const;

 private:
  const block::Store& store_;
  std::string base_;  // "local:///abs/ns/"
  std::string storage_id_;
};

}  // namespace mere::lake
