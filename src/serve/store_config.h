// Settings of one object store: `blockstore.…`, or an entry of `blockstores.stores`.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "block/azure_store.h"
#include "block/gcs_store.h"
#include "block/s3_store.h"
#include "lake/presign.h"

namespace mere::serve {

struct StoreConfig {
  // Of an entry of `blockstores.stores` only.
  std::string id;
  std::string description;
  bool backward_compatible = false;  // it has the repositories that name no store

  std::string type = "local";
  std::string default_namespace_prefix;  // "": the type's own

  std::string local_path;  // "": <data_dir>/objects; an entry of `blockstores.stores` names its own
  bool import_enabled = false;
  bool import_hidden = false;
  std::vector<std::string> allowed_external_prefixes;
  // Of local stores and of mem, whose presigned URLs are links to this server.
  lake::PresignSettings links{};

  block::S3Options s3;
  lake::PresignSettings s3_urls{};
  block::AzureOptions azure;
  lake::PresignSettings azure_urls{};
  block::GcsOptions gs;
  lake::PresignSettings gs_urls{};
};

struct StoreKey {
  std::string_view name;  // "blockstore.local.path"; in an entry of `blockstores.stores`: "local.path"
  std::string_view help;
  // Null: a key of lakeFS's that has no effect here.
  std::function<Status(StoreConfig&, const std::string&)> set;
};
const std::vector<StoreKey>& store_keys();

// Reads `blockstores.stores`, a YAML list of maps:
//   - {id: fast, description: "…", backward_compatible: true, type: local, local: {path: /fast}}
// `invalid_argument` for anything else, a key that there is not, an id that is missing or given twice, two
// stores that are backward compatible, a local store without a path.
Result<std::vector<StoreConfig>> parse_stores(const std::string& yaml);

}  // namespace mere::serve
