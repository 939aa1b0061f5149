#include "version/namespace_mark.h"

#include <optional>
#include <regex>
#include <string>

#include "version/keys.h"

namespace mere::version {
namespace {

constexpr std::size_t kMaxNamespaceBytes = 1024;

// Part of the storage format (section 1): what other installations leave. They look for the object only.
constexpr std::string_view kMarkName = "dummy";
constexpr std::string_view kMarkBytes = "this is dummy data - created by lakeFS to check accessibility";
static_assert(kMarkBytes.size() == 61);
constexpr std::size_t kMostMarkBytes = 256;  // more is not ours

Error invalid_namespace(std::string why) {
  return {Code::invalid_argument, std::move(why) + ": invalid namespace"};
}

std::string mark_key(std::string_view prefix) {
  return std::string(prefix) + "/" + std::string(kMarkName);
}

block::Address mark_of(const block::Address& ns, std::string_view prefix) {
  return block::join(ns, mark_key(prefix));
}

// By whom a namespace is marked; "" is somebody who left no name.
Result<std::optional<std::string>> marked_by(const block::Store& store, const block::Address& ns,
                                             std::string_view prefix) {
  auto mark = block::read_all(store, mark_of(ns, prefix), kMostMarkBytes);
  if (mark) {
    const bool named = mark->size() > kMarkBytes.size() && mark->starts_with(kMarkBytes) &&
                       (*mark)[kMarkBytes.size()] == '\n';
    return named ? mark->substr(kMarkBytes.size() + 1) : std::string();
  }
  if (mark.error().code == Code::not_found) return std::nullopt;
  if (mark.error().code == Code::too_large) return std::string();
  return std::move(mark).error();
}

// What a record of one in the making says: a mark that was copied elsewhere is not its mark.
std::string place_of(const block::Address& ns) {
  return ns.storage_id + ":" + ns.uri.substr(0, ns.uri.find_last_not_of('/') + 1);
}

// The write that takes a namespace, if nobody owns its mark.
Result<std::optional<kv::Write>> taking(const kv::Store& state, const block::Address& ns,
                                        const std::string& instance_uid) {
  if (instance_uid.empty()) return std::nullopt;
  std::string key = keys::making(instance_uid);
  ASSIGN_OR_RETURN(std::optional<std::string> record, state.get(key));
  if (!record || *record != place_of(ns)) return std::nullopt;
  return kv::Write::erase(std::move(key), kv::Condition::equals(*std::move(record)));
}

// A namespace inside `other` may not lie where `other`'s own repository keeps objects, for then garbage
// collection there would see foreign objects below `data/`. Elsewhere below it is allowed, as lakeFS does.
Status check_not_among_data(const kv::Store& state, const block::Store& store, const Repository& repository,
                            std::string_view prefix) {
  const std::string& uri = repository.storage_namespace.uri;
  const std::size_t start = uri.find("://") + 3;
  for (std::size_t slash = uri.find('/', start + 1); slash != std::string::npos;
       slash = uri.find('/', slash + 1)) {
    const std::string_view below = std::string_view(uri).substr(slash + 1);
    const std::string_view folder = below.substr(0, below.find('/'));
    if (folder != "data" && folder != "symlinks" && folder != prefix) continue;
    const block::Address other{uri.substr(0, slash), repository.storage_namespace.storage_id};
    ASSIGN_OR_RETURN(const auto marked, marked_by(store, other, prefix));
    if (!marked) continue;
    ASSIGN_OR_RETURN(const auto free, taking(state, other, *marked));
    if (!free) return namespace_in_use(repository, other, prefix);
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

Result<kv::Write> claim_namespace(kv::Store& state, block::Store& store, const Repository& repository,
                                  std::string_view prefix) {
  const block::Address& ns = repository.storage_namespace;
  const std::string key = keys::making(repository.instance_uid);
  block::WriteOptions options;
  options.md5 = false;
  options.must_be_absent = true;
  for (bool tried = false;; tried = true) {
    ASSIGN_OR_RETURN(const auto marked, marked_by(store, ns, prefix));
    if (marked) {
      ASSIGN_OR_RETURN(auto write, taking(state, ns, *marked));
      const bool is_other = *marked != repository.instance_uid;
      if (tried && is_other) RETURN_IF_ERROR(kv::erase(state, key));  // no mark has that name
      if (!write) return namespace_in_use(repository, ns, prefix);
      return *std::move(write);
    }
    if (tried)
      return Error{Code::unavailable, "the mark of the storage namespace " + ns.uri + " came and went"};
    RETURN_IF_ERROR(check_not_among_data(state, store, repository, prefix));

    // The record first: a mark without one is owned.
    RETURN_IF_ERROR(kv::put(state, key, place_of(ns), kv::Condition::absent()));
    const std::string bytes = std::string(kMarkBytes) + "\n" + repository.instance_uid;
    options.expected_size_bytes = bytes.size();
    const Status written = block::write_all(store, mark_of(ns, prefix), bytes, options);
    if (written) return kv::Write::erase(key, kv::Condition::equals(place_of(ns)));
    if (written.error().code != Code::already_exists)
      return with_context("failed to create repository", written.error());
  }
}

Error namespace_in_use(const Repository& repository, const block::Address& ns, std::string_view prefix) {
  return {Code::invalid_argument, "failed to create repository: found lakeFS objects in the storage (" +
                                      repository.storage_namespace.storage_id + ":" + ns.uri + ") key(" +
                                      mark_key(prefix) + "): storage namespace already in use"};
}

}  // namespace mere::version
