// Lists a folder by many threads, for stores whose listing answers a page at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "block/store.h"

namespace mere::block {

struct ParallelListOptions {
  std::size_t threads = 16;  // 1: this thread alone, in the store's order
  bool hidden = true;        // as ListOptions
  std::size_t batch = 1000;  // objects that are handed over at once
  // A folder is split into its folders if its first objects fill them so well on average, so that each is
  // worth a request.
  std::size_t sample = 1000;
  std::size_t objects_per_folder = 50;
  std::size_t waiting_folders = 4096;  // more are listed by who finds them
  bool by_key = true;                  // split flat folders too, where the store is such
};

// Every object below `folder`, once each, in no order, in batches that the threads hand to `take` at the same
// time. The first error, of the listing or of `take`, ends it all.
//
// A folder is split by its own folders, which the store names. Where it has none worth it, and the store
// lists in the order of keys and finds any key at once (S3, Google), it is split by keys: who is idle asks
// where the second half of what another still has to list begins. A service that then lists in an order of
// its own is noticed: `unavailable`, and nothing is missing in what the caller has as whole.
Status list_in_parallel(const Store& store, const Address& folder, const ParallelListOptions& options,
                        const std::function<Status(std::vector<Listed>)>& take);

}  // namespace mere::block
