#include "block/local_path.h"

#include <fmt/format.h>

#include <climits>
#include <cstdlib>
#include <filesystem>

namespace mere::block {
namespace {

constexpr std::size_t kMaxName = 255;  // NAME_MAX of every file system in use
constexpr std::size_t kMaxPath = PATH_MAX - 1;

Error invalid(const Address& address, std::string_view why) {
  return {Code::invalid_argument, fmt::format("address '{}': {}", address.uri, why)};
}

// `path` relative to `folder` if it is that folder or below it.
std::optional<std::string_view> below(std::string_view path, std::string_view folder) {
  if (folder == "/") return path.substr(1);
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (path.empty()) return path;
  if (path.front() != '/') return std::nullopt;
  return path.substr(1);
}

Status check_components(const Address& address, std::string_view path) {
  if (path.size() > kMaxPath)
    return invalid(address, fmt::format("the path is longer than {} bytes", kMaxPath));
  if (path.find('\0') != path.npos) return invalid(address, "a path cannot hold a NUL byte");
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    if (name.empty()) return invalid(address, "'//' in a path: a folder needs a name");
    if (name == "." || name == "..") return invalid(address, "'.' and '..' are not allowed in a path");
    if (name.size() > kMaxName)
      return invalid(address, fmt::format("a file or folder name is longer than {} bytes", kMaxName));
    if (name.size() == path.size()) break;
    path.remove_prefix(name.size() + 1);
    if (path.empty()) return invalid(address, "'/' at the end: an object needs a name");
  }
  return {};
}

Result<LocalPath> inside(const Address& address, LocalPath path) {
  if (path.external) return path;
  for (std::size_t at = 0; at < path.relative.size();) {
    const std::size_t end = std::min(path.relative.find('/', at), path.relative.size());
    if (std::string_view(path.relative).substr(at, end - at).starts_with(kReservedPrefix))
      return invalid(address, fmt::format("names that begin with '{}' are reserved", kReservedPrefix));
    at = end + 1;
  }
  return path;
}

}  // namespace

std::string_view LocalPath::folder() const {
  const std::size_t slash = relative.rfind('/');
  return slash == relative.npos ? std::string_view() : std::string_view(relative).substr(0, slash);
}

std::string_view LocalPath::name() const {
  const std::size_t slash = relative.rfind('/');
  return slash == relative.npos ? std::string_view(relative) : std::string_view(relative).substr(slash + 1);
}

LocalPaths::LocalPaths(const LocalOptions& options) : root_(folder_at(options.root)) {
  if (!options.import_enabled) return;
  for (const std::string& prefix : options.allowed_external_prefixes) externals_.push_back(folder_at(prefix));
}

LocalPaths::Folder LocalPaths::folder_at(const std::string& path) {
  std::error_code failure;
  std::filesystem::path absolute = std::filesystem::absolute(path, failure).lexically_normal();
  if (absolute.has_relative_path() && !absolute.has_filename()) absolute = absolute.parent_path();
  std::filesystem::path resolved = std::filesystem::canonical(absolute, failure);
  if (failure) resolved = absolute;
  return {absolute.string(), resolved.string()};
}

std::optional<LocalPath> LocalPaths::locate(std::string_view absolute) const {
  for (const std::string* folder : {&root_.given, &root_.resolved})
    if (auto relative = below(absolute, *folder)) return LocalPath{std::nullopt, std::string(*relative)};
  for (std::size_t i = 0; i < externals_.size(); ++i)
    for (const std::string* folder : {&externals_[i].given, &externals_[i].resolved})
      if (auto relative = below(absolute, *folder)) return LocalPath{i, std::string(*relative)};
  return std::nullopt;
}

Result<LocalPath> LocalPaths::folder(const Address& address) const {
  std::string_view path = address.uri;
  if (!path.starts_with(kLocalScheme)) return invalid(address, "it must begin with 'local://'");
  path.remove_prefix(kLocalScheme.size());
  const bool absolute = path.starts_with('/');
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!absolute) {
    RETURN_IF_ERROR(check_components(address, path));
    return inside(address, LocalPath{std::nullopt, std::string(path)});
  }
  if (path.empty()) path = "/";
  RETURN_IF_ERROR(check_components(address, path.substr(1)));
  std::optional<LocalPath> found = locate(path);
  if (!found)
    return invalid(address,
                   externals_.empty()
                       ? "it is outside of the store's folder, and import from elsewhere is not enabled"
                       : "it is outside of the store's folder and of the folders allowed for import");
  return inside(address, *std::move(found));
}

Result<LocalPath> LocalPaths::object(const Address& address) const {
  ASSIGN_OR_RETURN(LocalPath path, folder(address));
  if (path.relative.empty() || address.uri.ends_with('/'))
    return invalid(address, "this is a folder: an object needs a name");
  return path;
}

std::string LocalPaths::display(const Address& address) const {
  std::string_view path = address.uri;
  if (!path.starts_with(kLocalScheme)) return address.uri;
  path.remove_prefix(kLocalScheme.size());
  if (path.starts_with('/')) return address.uri;
  return fmt::format("{}{}{}{}", kLocalScheme, root_.given, root_.given == "/" ? "" : "/", path);
}

}  // namespace mere::block
