// Listing: pages of S3 as one ordered walk.
#pragma once

#include <functional>

#include "block/s3_api.h"
#include "block/store.h"

namespace mere::block {

// Store::list(). Markers of folders (objects whose key ends in '/', which S3's console makes) are left out:
// no address of an object ends so.
Status list_s3(const S3Api& api, const Address& folder, const ListOptions& options,
               const std::function<bool(const Listed&)>& visit);

}  // namespace mere::block
