// Whatever an address says, its path stays below the root: no "..", no empty name, no NUL.
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "base/check.h"
#include "block/local_path.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const mere::block::LocalPaths paths(
      {.root = "/root/lake", .import_enabled = true, .allowed_external_prefixes = {"/root/import"}});
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const std::string& uri : {text, "local://" + text, "local:///root/" + text}) {
    const auto path = paths.folder({uri});
    if (!path) continue;
    MERE_CHECK(path->relative.find('\0') == std::string::npos);
    MERE_CHECK(!path->relative.starts_with('/') && !path->relative.ends_with('/'));
    MERE_CHECK(std::filesystem::path(path->relative).lexically_normal() == path->relative);
    for (const auto& name : std::filesystem::path(path->relative)) MERE_CHECK(name != "..");
  }
  return 0;
}
