// Whose a storage namespace is: the object `<namespace>/<prefix>/dummy` says that a repository has been
// made there, by any installation. For the sources of this folder.
//
// Ours names the repository's instance behind the format's bytes. While the state has a record of that
// instance as one in the making, no repository owns the mark: its creation was cut off, or has yet to write
// its batch, which erases the record. Whoever erases it has the namespace. Marks of others, and of
// repositories that were made and deleted, have no such record, and stay.
#pragma once

#include <string_view>

#include "block/store.h"
#include "kv/store.h"
#include "version/types.h"

namespace mere::version {

// `invalid_argument` unless `ns` is an address of `store` that names a folder.
Status check_namespace(const block::Store& store, const block::Address& ns);

// Marks the namespace for `repository`, or finds a mark that nobody owns. Answers the write that takes the
// namespace, for the batch that makes the repository: the batch answers `conflict` if another took it
// meanwhile. Without that batch the namespace stays free. `invalid_argument` "… storage namespace already in
// use", also where it lies among the data of another repository.
Result<kv::Write> claim_namespace(kv::Store& state, block::Store& store, const Repository& repository,
                                  std::string_view prefix);

// What is said of a namespace that another repository has.
Error namespace_in_use(const Repository& repository, const block::Address& ns, std::string_view prefix);

}  // namespace mere::version
