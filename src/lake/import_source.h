// An object that an import found, on its way to an entry.
#pragma once

#include <string>
#include <vector>

#include "block/store.h"

namespace mere::lake {

struct ImportSource {
  std::string path;  // in the repository
  block::Address address;
  block::Properties properties;
};

struct ImportBatch {
  std::vector<ImportSource> sources;
  std::uint32_t rank = 0;  // of their location
};

// Of a source that is not there. Of a local folder or file: what the system says of it, which is what users
// look for.
inline Error missing_source(const std::string& uri) {
  constexpr std::string_view kLocal = "local://";
  if (!uri.starts_with(kLocal)) return {Code::not_found, uri + ": nothing is there"};
  std::string_view path = std::string_view(uri).substr(kLocal.size());
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return {Code::not_found, "lstat " + std::string(path) + ": no such file or directory"};
}

inline Error import_cancelled() {
  return {Code::cancelled, "import canceled"};
}

}  // namespace mere::lake
