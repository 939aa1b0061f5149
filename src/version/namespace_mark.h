// Whose a storage namespace is: the object `<namespace>/<prefix>/dummy` says that a repository has been
// made there, by any installation. For the sources of this folder.
#pragma once

#include <string_view>

#include "block/store.h"
#include "version/types.h"

namespace mere::version {

// `invalid_argument` unless `ns` is an address of `store` that names a folder.
Status check_namespace(const block::Store& store, const block::Address& ns);

// Takes the namespace for `repository`; one of two that race for it succeeds. `invalid_argument`
// "… storage namespace already in use", also where it lies among the data of another repository.
Status mark_namespace(block::Store& store, const Repository& repository, std::string_view prefix);
Status unmark_namespace(block::Store& store, const Repository& repository, std::string_view prefix);

}  // namespace mere::version
