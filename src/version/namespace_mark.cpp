#include "version/namespace_mark.h"

#include <regex>
#include <string>

namespace mere::version {
namespace {

constexpr std::size_t kMaxNamespaceBytes = 1024;

// The bytes are part of the storage format (section 1): what other installations look for and leave.
constexpr std::string_view kMarkName = "dummy";
constexpr std::string_view kMarkBytes = "this is dummy data - created by lakeFS to check accessibility";
static_assert(kMarkBytes.size() == 61);

Error invalid_namespace(std::string why) {
  return {Code::invalid_argument, std::move(why) + ": invalid namespace"};
}

std::string mark_key(std::string_view prefix) {
  return std::string(prefix) + "/" + std::string(kMarkName);
}

block::Address mark_of(const block::Address& ns, std::string_view prefix) {
  return block::join(ns, mark_key(prefix));
}

Error in_use(const Repository& repository, const block::Address& found, std::string_view prefix) {
  return {Code::invalid_argument, "failed to create repository: found lakeFS objects in the storage (" +
                                      repository.storage_namespace.storage_id + ":" + found.uri + ") key(" +
                                      mark_key(prefix) + "): storage namespace already in use"};
}

Result<bool> is_marked(const block::Store& store, const block::Address& ns, std::string_view prefix) {
  const auto mark = store.stat(mark_of(ns, prefix));
  if (mark) return true;
  if (mark.error().code == Code::not_found) return false;
  return mark.error();
}

// A namespace inside `other` may not lie where `other`'s own repository keeps objects, for then garbage
// collection there would see foreign objects below `data/`. Elsewhere below it is allowed, as lakeFS does.
Status check_not_among_data(const block::Store& store, const Repository& repository,
                            std::string_view prefix) {
  const std::string& uri = repository.storage_namespace.uri;
  const std::size_t start = uri.find("://") + 3;
  for (std::size_t slash = uri.find('/', start + 1); slash != std::string::npos;
       slash = uri.find('/', slash + 1)) {
    const std::string_view below = std::string_view(uri).substr(slash + 1);
    const std::string_view folder = below.substr(0, below.find('/'));
    if (folder != "data" && folder != "symlinks" && folder != prefix) continue;
    const block::Address other{uri.substr(0, slash), repository.storage_namespace.storage_id};
    ASSIGN_OR_RETURN(const bool marked, is_marked(store, other, prefix));
    if (marked) return in_use(repository, other, prefix);
  }
  return {};
}

}  // namespace

Status check_namespace(const block::Store& store, const block::Address& ns) {
  if (ns.uri.size() > kMaxNamespaceBytes) {
    return invalid_namespace("longer than " + std::to_string(kMaxNamespaceBytes) + " bytes");
  }
  const std::string& wanted = store.capabilities(ns.storage_id).namespace_regex;
  try {
    if (!std::regex_search(ns.uri, std::regex(wanted))) {
      return invalid_namespace("failed to match required regex " + wanted);
    }
  } catch (const std::regex_error& error) {
    return Error{Code::internal,
                 "the store's namespace pattern '" + wanted + "' is malformed: " + error.what()};
  }
  const std::size_t scheme_end = ns.uri.find("://");
  if (scheme_end == std::string::npos || ns.uri.find_first_not_of('/', scheme_end + 3) == std::string::npos) {
    return invalid_namespace("'" + ns.uri + "' names no folder");
  }
  return store.check(ns);
}

Status mark_namespace(block::Store& store, const Repository& repository, std::string_view prefix) {
  const block::Address& ns = repository.storage_namespace;
  ASSIGN_OR_RETURN(const bool marked, is_marked(store, ns, prefix));
  if (marked) return in_use(repository, ns, prefix);
  RETURN_IF_ERROR(check_not_among_data(store, repository, prefix));

  block::WriteOptions options;
  options.md5 = false;
  options.must_be_absent = true;
  options.expected_size_bytes = kMarkBytes.size();
  Status written = block::write_all(store, mark_of(ns, prefix), kMarkBytes, options);
  if (!written && written.error().code == Code::already_exists) return in_use(repository, ns, prefix);
  if (!written) return with_context("failed to create repository", std::move(written).error());
  return {};
}

Status unmark_namespace(block::Store& store, const Repository& repository, std::string_view prefix) {
  return store.remove(mark_of(repository.storage_namespace, prefix));
}

}  // namespace mere::version
