#include "lake/refs_manifest.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "tree/record_value.h"

namespace mere::lake {
namespace {

constexpr std::size_t kMaxManifestBytes = 64u << 10;

block::Address manifest_address(const Lake& lake, const block::Address& storage_namespace) {
  return block::join(storage_namespace, lake.prefix + "/refs_manifest.json");
}

Result<tree::MetaRangeId> id_field(const boost::json::object& fields, std::string_view name) {
  const auto* found = fields.if_contains(boost::json::string_view(name.data(), name.size()));
  if (found == nullptr || !found->is_string()) {
    return Error{Code::invalid_argument, fmt::format("the refs manifest has no text '{}'", name)};
  }
  const std::string_view id(found->get_string().data(), found->get_string().size());
  if (!id.empty() && !tree::is_table_id(id)) {
    return Error{Code::invalid_argument, fmt::format("the refs manifest's '{}' is not an id", name)};
  }
  return tree::MetaRangeId(id);
}

}  // namespace

std::string format_manifest(const version::RefsManifest& manifest) {
  return fmt::format(
      "{{\n  \"commits_meta_range_id\": \"{}\",\n  \"tags_meta_range_id\": \"{}\",\n  "
      "\"branches_meta_range_id\": \"{}\"\n}}",
      manifest.commits.str(), manifest.tags.str(), manifest.branches.str());
}

Result<version::RefsManifest> parse_manifest(std::string_view json) {
  boost::system::error_code problem;
  const auto document = boost::json::parse({json.data(), json.size()}, problem);
  if (problem || !document.is_object()) {
    return Error{Code::invalid_argument, "the refs manifest is not a JSON object"};
  }
  const auto& fields = document.get_object();
  version::RefsManifest manifest;
  ASSIGN_OR_RETURN(manifest.commits, id_field(fields, "commits_meta_range_id"));
  ASSIGN_OR_RETURN(manifest.tags, id_field(fields, "tags_meta_range_id"));
  ASSIGN_OR_RETURN(manifest.branches, id_field(fields, "branches_meta_range_id"));
  return manifest;
}

Result<version::RefsManifest> read_manifest(const Lake& lake, const block::Address& storage_namespace) {
  const block::Address address = manifest_address(lake, storage_namespace);
  auto text = block::read_all(lake.store, address, kMaxManifestBytes);
  if (!text && text.error().code == Code::not_found) {
    return Error{Code::not_found,
                 fmt::format("no refs manifest at {}: dump the refs of the repository first, or name a "
                             "manifest file",
                             lake.store.display(address))};
  }
  if (!text) return text.error();
  return parse_manifest(*text);
}

Status write_manifest(Lake& lake, const block::Address& storage_namespace,
                      const version::RefsManifest& manifest) {
  return block::write_all(lake.store, manifest_address(lake, storage_namespace), format_manifest(manifest));
}

}  // namespace mere::lake
