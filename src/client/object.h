// An object of a lake: a path, and where it is read or written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "client/api.h"
#include "client/object_reader.h"
#include "client/object_writer.h"
#include "client/uri.h"

namespace mere::client {

// A value; making one asks nothing. Errors name the object's URI. Those of reading: not_found (the object,
// the ref or the repository), gone, permission_denied; of writing, which needs a branch: also
// precondition_failed, no_space. Any method may answer unauthenticated, unavailable, deadline_exceeded.
class Object {
 public:
  Object(Api api, Uri uri) : api_(std::move(api)), uri_(std::move(uri)) {}

  const std::string& repository() const { return uri_.repository; }
  const std::string& ref() const { return uri_.ref; }
  const std::string& path() const { return uri_.path; }
  const Uri& uri() const { return uri_; }

  Result<api::ObjectStats> stat() const;
  Result<bool> exists() const;  // false also if the ref or the repository is not there

  // All of it. Errors: also too_large, past `limit` bytes.
  Result<std::string> read(std::size_t limit = std::size_t{1} << 40) const;
  // Fewer than `length` bytes only at the end.
  Result<std::string> read_range(std::uint64_t offset, std::size_t length) const;
  ObjectReader reader(ReadOptions options = {}) const { return ObjectReader(api_, uri_, options); }
  // To a file, which appears when it is whole, in place of one that is there; its size in bytes.
  Result<std::uint64_t> download(const std::string& file) const;

  Result<api::ObjectStats> write(std::string bytes, const WriteOptions& options = {}) const;
  ObjectWriter writer(WriteOptions options = {}) const {
    return ObjectWriter(api_, uri_, std::move(options));
  }
  // A large file goes straight to the store, in parts, where the server offers that (client/multipart.h).
  Result<api::ObjectStats> upload(const std::string& file, const WriteOptions& options = {}) const;
  // Of the same repository; from any ref of it. The bytes are not copied where the store can do without.
  Result<api::ObjectStats> copy_from(const Object& source) const;
  Status remove() const;  // one that is not there is no error

 private:
  Api api_;
  Uri uri_;
};

}  // namespace mere::client
