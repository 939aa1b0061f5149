#include "block/store.h"

namespace mere::block {

Address join(const Address& folder, std::string_view relative) {
  Address joined{{}, folder.storage_id};
  joined.uri.reserve(folder.uri.size() + 1 + relative.size());
  joined.uri = folder.uri;
  if (!joined.uri.ends_with('/')) joined.uri += '/';
  if (relative.starts_with('/')) relative.remove_prefix(1);
  joined.uri += relative;
  return joined;
}

std::string_view scheme_of(const Address& address) {
  const std::size_t end = address.uri.find("://");
  return end == std::string::npos ? std::string_view() : std::string_view(address.uri).substr(0, end);
}

const Capabilities& no_capabilities() {
  static const Capabilities none;
  return none;
}

}  // namespace mere::block
