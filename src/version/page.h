// Pages of a sorted list of records. For the sources of this folder.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "kv/store.h"
#include "version/names.h"
#include "version/types.h"

namespace mere::version {

// The records below `folder` (a key prefix that ends in '/') as `decode` reads them, those that `keep`
// wants. One seek, then as many steps as there are records to look at.
template <class T, class Decode, class Keep>
Result<Page<T>> read_page(const kv::Store& state, const std::string& folder, const PageRequest& request,
                          const Decode& decode, const Keep& keep) {
  Page<T> page;
  if (request.prefix.size() > kMaxNameBytes) return page;  // no key is that long
  const auto cursor = state.scan(folder + request.prefix);
  if (!request.after.empty() && request.after >= request.prefix) {
    cursor->seek(folder + request.after + '\0');  // the next key there can be
  }
  for (; cursor->valid(); cursor->next()) {
    ASSIGN_OR_RETURN(T item, decode(cursor->value()));
    if (!keep(item)) continue;
    if (page.items.size() == request.amount) {
      page.has_more = true;
      return page;
    }
    page.items.push_back(std::move(item));
  }
  RETURN_IF_ERROR(cursor->status());
  return page;
}

}  // namespace mere::version
