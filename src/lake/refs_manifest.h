// The refs manifest as text: `<prefix>/refs_manifest.json` in a namespace, written by a dump.
#pragma once

#include <string>
#include <string_view>

#include "lake/lake.h"

namespace mere::lake {

// JSON, two-space indented, in the field order of the format (storage format, section 7).
std::string format_manifest(const version::RefsManifest& manifest);
Result<version::RefsManifest> parse_manifest(std::string_view json);  // invalid_argument

// Of a namespace. read: `not_found` if there is none, naming where it was looked for.
Result<version::RefsManifest> read_manifest(const Lake& lake, const block::Address& storage_namespace);
Status write_manifest(Lake& lake, const block::Address& storage_namespace,
                      const version::RefsManifest& manifest);

}  // namespace mere::lake
