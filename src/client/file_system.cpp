#include "client/file_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/path_pattern.h"

namespace mere::client {
namespace {

constexpr std::size_t kCopyPiece = 1u << 20;

FileInfo info_of(const Uri& place, api::ObjectStats stats) {
  FileInfo info;
  info.is_folder = stats.path_type == api::PathType::common_prefix;
  if (info.is_folder && stats.path.ends_with('/')) stats.path.pop_back();
  info.uri = Uri{place.repository, place.ref, std::move(stats.path)}.to_string();
  if (info.is_folder) return info;
  info.size = static_cast<std::uint64_t>(std::max<std::int64_t>(stats.size_bytes.value_or(0), 0));
  info.mtime = stats.mtime;
  info.checksum = std::move(stats.checksum);
  info.content_type = std::move(stats.content_type).value_or("");
  info.metadata = std::move(stats.metadata).value_or(std::map<std::string, std::string>());
  return info;
}

FileInfo folder_of(const Uri& uri) {
  FileInfo info;
  info.uri = uri.to_string();
  info.is_folder = true;
  return info;
}

Result<Uri> folder(std::string_view path) {
  ASSIGN_OR_RETURN(Uri uri, Uri::parse(path));
  if (uri.path.ends_with('/')) uri.path.pop_back();
  return uri;
}

std::string prefix_of(const Uri& folder) {
  return folder.path.empty() ? "" : folder.path + "/";
}

// A listing made of another, item by item; nullopt leaves an item out.
template <class T, class F>
Listing<FileInfo> mapped(Listing<T> from, F convert) {
  auto source = std::make_shared<Listing<T>>(std::move(from));
  return Listing<FileInfo>(
      [source, convert](const std::string& after) -> Result<Page<FileInfo>> {
        ASSIGN_OR_RETURN(std::optional<std::vector<T>> items, source->next_page());
        Page<FileInfo> page;
        page.has_more = items.has_value();
        page.next_after = after + ".";  // the source knows its place itself
        if (!items) return page;
        for (T& item : *items) {
          if (std::optional<FileInfo> made = convert(std::move(item))) page.items.push_back(std::move(*made));
        }
        return page;
      },
      "");
}

Listing<FileInfo> objects_of(const Lake& lake, const Uri& place, ListOptions options) {
  const std::string itself = options.prefix;  // what a marker of a folder is called
  const bool flat = options.delimiter.empty();
  return mapped(lake.repository(place.repository).ref(place.ref).objects(std::move(options)),
                [place, itself, flat](api::ObjectStats stats) -> std::optional<FileInfo> {
                  if (!flat && stats.path == itself) return std::nullopt;
                  return info_of(place, std::move(stats));
                });
}

}  // namespace

Result<Uri> FileSystem::file(std::string_view path) const {
  ASSIGN_OR_RETURN(Uri uri, Uri::parse(path));
  if (uri.path.empty()) {
    return Error{Code::invalid_argument,
                 fmt::format("'{}' names no file: lakefs://repository/ref/path", path)};
  }
  return uri;
}

Object FileSystem::object(const Uri& uri) const {
  return lake_.repository(uri.repository).ref(uri.ref).object(uri.path);
}

Result<FileInfo> FileSystem::stat(std::string_view path) const {
  ASSIGN_OR_RETURN(const Uri uri, folder(path));
  if (uri.ref.empty()) {
    RETURN_IF_ERROR(lake_.repository(uri.repository).info());
    return folder_of(uri);
  }
  if (uri.path.empty()) {
    RETURN_IF_ERROR(lake_.repository(uri.repository).ref(uri.ref).commit_record());
    return folder_of(uri);
  }
  Result<api::ObjectStats> stats = object(uri).stat();
  if (stats) return info_of(uri, std::move(*stats));
  if (stats.error().code != Code::not_found) return std::move(stats).error();
  ListOptions options;
  options.prefix = prefix_of(uri);
  Listing<api::ObjectStats> below = lake_.repository(uri.repository).ref(uri.ref).objects(std::move(options));
  ASSIGN_OR_RETURN(const auto first, below.next());
  if (first) return folder_of(uri);
  return std::move(stats).error();
}

Result<bool> FileSystem::exists(std::string_view path) const {
  const Result<FileInfo> found = stat(path);
  if (found) return true;
  if (found.error().code == Code::not_found) return false;
  return found.error();
}

Result<Listing<FileInfo>> FileSystem::list(std::string_view path) const {
  if (path == "lakefs://" || path == "mere://") {
    return mapped(lake_.repositories(), [](api::Repository repository) {
      return std::optional(folder_of({std::move(repository.id), "", ""}));
    });
  }
  ASSIGN_OR_RETURN(const Uri uri, folder(path));
  if (uri.ref.empty()) {
    return mapped(lake_.repository(uri.repository).branches(), [name = uri.repository](api::Ref branch) {
      return std::optional(folder_of({name, std::move(branch.id), ""}));
    });
  }
  ListOptions options;
  options.prefix = prefix_of(uri);
  options.delimiter = "/";
  return objects_of(lake_, uri, std::move(options));
}

Result<Listing<FileInfo>> FileSystem::walk(std::string_view path) const {
  ASSIGN_OR_RETURN(const Uri uri, folder(path));
  if (uri.ref.empty()) {
    return Error{Code::invalid_argument, fmt::format("'{}' names no branch, tag or commit to walk", path)};
  }
  ListOptions options;
  options.prefix = prefix_of(uri);
  return objects_of(lake_, uri, std::move(options));
}

Result<std::vector<FileInfo>> FileSystem::glob(std::string_view pattern) const {
  ASSIGN_OR_RETURN(const Uri uri, file(pattern));
  ASSIGN_OR_RETURN(const PathPattern paths, about(std::string(pattern), PathPattern::parse(uri.path)));
  ListOptions options;
  options.prefix = paths.prefix();
  std::vector<FileInfo> found;
  Listing<api::ObjectStats> all = lake_.repository(uri.repository).ref(uri.ref).objects(std::move(options));
  for (;;) {
    ASSIGN_OR_RETURN(std::optional<api::ObjectStats> one, all.next());
    if (!one) return found;
    if (paths.matches(one->path)) found.push_back(info_of(uri, std::move(*one)));
  }
}

Result<std::string> FileSystem::read_file(std::string_view path) const {
  ASSIGN_OR_RETURN(const Uri uri, file(path));
  return object(uri).read();
}

Status FileSystem::write_file(std::string_view path, std::string bytes, const WriteOptions& options) const {
  ASSIGN_OR_RETURN(const Uri uri, file(path));
  RETURN_IF_ERROR(object(uri).write(std::move(bytes), options));
  return {};
}

Result<ObjectReader> FileSystem::open_for_reading(std::string_view path) const {
  ASSIGN_OR_RETURN(const Uri uri, file(path));
  return object(uri).reader();
}

Result<ObjectWriter> FileSystem::open_for_writing(std::string_view path, WriteOptions options) const {
  ASSIGN_OR_RETURN(const Uri uri, file(path));
  return object(uri).writer(std::move(options));
}

Status FileSystem::copy(std::string_view from, std::string_view to) const {
  ASSIGN_OR_RETURN(const Uri source, file(from));
  ASSIGN_OR_RETURN(const Uri target, file(to));
  if (source.repository == target.repository) {
    RETURN_IF_ERROR(object(target).copy_from(object(source)));
    return {};
  }
  ASSIGN_OR_RETURN(api::ObjectStats stats, object(source).stat());
  WriteOptions options;
  options.content_type = std::move(stats.content_type).value_or("");
  options.metadata = std::move(stats.metadata).value_or(std::map<std::string, std::string>());
  ObjectReader reader = object(source).reader();
  ObjectWriter writer = object(target).writer(std::move(options));
  for (;;) {
    ASSIGN_OR_RETURN(const std::string piece, reader.read(kCopyPiece));
    if (piece.empty()) break;
    RETURN_IF_ERROR(writer.write(piece));
  }
  RETURN_IF_ERROR(writer.close());
  return {};
}

Status FileSystem::move(std::string_view from, std::string_view to) const {
  ASSIGN_OR_RETURN(const Uri source, file(from));
  ASSIGN_OR_RETURN(const Uri target, file(to));
  if (source == target) return {};
  RETURN_IF_ERROR(copy(from, to));
  return object(source).remove();
}

Status FileSystem::remove(std::string_view path) const {
  ASSIGN_OR_RETURN(const Uri uri, file(path));
  return object(uri).remove();
}

Status FileSystem::remove_all(std::string_view path) const {
  constexpr std::size_t kPaths = 1000;
  ASSIGN_OR_RETURN(const Uri uri, folder(path));
  if (uri.ref.empty()) {
    return Error{Code::invalid_argument, fmt::format("'{}' names no branch to remove files of", path)};
  }
  const Branch branch = lake_.repository(uri.repository).branch(uri.ref);
  ListOptions options;
  options.prefix = prefix_of(uri);
  options.with_metadata = false;
  Listing<api::ObjectStats> files = branch.objects(std::move(options));
  for (;;) {
    ASSIGN_OR_RETURN(std::vector<api::ObjectStats> page, files.all(kPaths));
    if (page.empty()) return {};
    std::vector<std::string> paths;
    paths.reserve(page.size());
    for (api::ObjectStats& one : page) paths.push_back(std::move(one.path));
    RETURN_IF_ERROR(branch.remove_objects(paths));
  }
}

}  // namespace mere::client
