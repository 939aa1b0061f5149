// Files outside of lakes that clients import: the same in every run.
#pragma once

#include <string>

#include "base/result.h"
#include "torture/model.h"

namespace mere::torture {

inline constexpr std::size_t kImportSources = 3;

// Makes `folder` with a folder "0", "1", … for each source.
Status write_import_sources(const std::string& folder);

// What an import of a source brings, by path below the destination.
const Tree& import_source(std::size_t number);

}  // namespace mere::torture
