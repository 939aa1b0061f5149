// Bytes at addresses: objects, ranges, metaranges. Immutable once written, except that a new write may
// replace an address whole.
//
// Any thread may call any method of a Store; a Reader may be shared by threads, a Writer has one user.
// Calls block; the server runs them on workers, a chunk at a time. Every method may also answer
// `unavailable` (repeating a read is safe, a write may have happened), `io_error` or `permission_denied`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"

namespace mere {
class SharedLog;
}

namespace mere::block {

// A URI that names an object or a folder of objects: "local://lake/data/x", "mem://lake", "s3://bucket/key".
// Everything behind "://" is opaque to all but the driver, and never percent-decoded.
struct Address {
  std::string uri;
  // Which of several stores (store_set.h); "" is the only one, or the one that has what names no store.
  std::string storage_id{};

  friend bool operator==(const Address&, const Address&) = default;
  friend auto operator<=>(const Address&, const Address&) = default;
};

// "local://lake" + "data/x" = "local://lake/data/x": one slash between.
Address join(const Address& folder, std::string_view relative);
std::string_view scheme_of(const Address& address);  // "local"; empty if there is none

struct Properties {
  std::uint64_t size_bytes = 0;
  Timestamp last_modified;
  std::string etag;             // lower-case hex MD5 for what Mere wrote; "" where the store knows none
  std::string storage_class{};  // as the store names it; "" where it has no classes
};

// The open bytes of one object; what it reads does not change when the address is replaced or removed: a
// remote store, where they may be out of reach then, answers `gone`.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual const Properties& properties() const = 0;
  // Fills `into` from `offset` on; fewer bytes than asked for only at the end (0 at or past it).
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const = 0;
  // All of its bytes, where they are in memory anyway; else empty. Lives as long as the Reader.
  virtual std::string_view memory() const { return {}; }
  // The file behind it, for sendfile; null where there is none. Lives as long as the Reader.
  virtual const Fd* file() const { return nullptr; }
};

struct Written {
  std::uint64_t size_bytes = 0;
  std::string md5;  // lower-case hex; "" if not asked for
};

// Bytes that stay as they are while `owner` is held.
struct SharedBytes {
  std::shared_ptr<const void> owner;  // null: somebody else sees to it
  std::span<const std::byte> bytes;
};

// An object in the making. Nothing is visible at its address before finish() succeeds (but see
// WriteOptions::fresh_address), and nothing stays behind when it is destroyed without.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual Status append(std::span<const std::byte> bytes) = 0;  // `no_space`
  // The same. The writer may still read them while the next are fetched: it has let go of all but the last
  // when this returns.
  virtual Status append_shared(const SharedBytes& shared) { return append(shared.bytes); }
  // The object is durable and visible when this succeeds. Once; then no append. After an `io_error` or
  // `unavailable` it may be visible, whole, but is not known to be durable.
  virtual Result<Written> finish() = 0;
};

struct WriteOptions {
  bool md5 = true;
  bool must_be_absent = false;  // finish() answers `already_exists` if the address exists by then
  // The caller never writes other bytes to this address, and writes to the lake's kv::Store, synced, before
  // anybody is told of the object: finish() may answer when it is only visible, and that write makes it
  // durable (docs/design/0005-small-objects.md).
  bool write_once = false;
  // Nobody knows the address before finish() answered: until then it may show a part of the object, and a
  // process that dies may leave one there. Spares a small local file a second name.
  bool fresh_address = false;
  std::optional<std::uint64_t> expected_size_bytes{};  // a hint for room and part sizes
};

struct Listed {
  Address address;         // of a folder: ends in '/'
  bool is_folder = false;  // only with a delimiter
  Properties properties;   // `etag` as the store lists it (may be empty)
};

struct ListOptions {
  bool delimited = false;  // one level: folders are listed, not entered
  bool hidden = true;      // local files: also names that begin with '.'
  std::string after{};     // only addresses > this URI
};

struct Part {
  int number = 0;  // 1..10000
  std::uint64_t size_bytes = 0;
  std::string etag;  // as upload_part answered; "": PUT by a URL to a store that keeps none (Azure)
  Timestamp last_modified;
};

struct Capabilities {
  std::string storage_id;         // of several stores: API's blockstore_id
  std::string description;        // of several stores: API's blockstore_description
  std::string type;               // "local", "mem", "s3", ...: API's blockstore_type
  std::string scheme;             // "local"
  std::string namespace_regex;    // API's blockstore_namespace_ValidityRegex: "^local://"
  std::string namespace_example;  // "local://example-bucket/"
  std::string default_namespace_prefix;
  bool can_import = false;
  std::string import_regex;
  bool lists_by_key = false;  // in the order of keys, beginning behind any at the cost of a page
  bool import_hidden = true;  // imports take names that begin with '.' too
  bool presign = false;
  bool presign_multipart = false;
};

// What capabilities() answers of an id that names no store.
const Capabilities& no_capabilities();

enum class PresignMethod { get, put };

struct PresignRequest {
  PresignMethod method = PresignMethod::get;
  std::chrono::seconds expiry{0};
  // put: a part of that upload (begin_upload()) instead of the whole object; 0: the whole.
  std::string upload_id{};
  int part_number = 0;
  // get: the name under which a browser offers the download; "" : none.
  std::string file_name{};
};

class Store {
 public:
  virtual ~Store() = default;

  // The stores that addresses may name, in the order of the configuration; the only one is "".
  virtual std::vector<std::string> storage_ids() const { return {""}; }
  // Of an id that is none of them: all empty. "" is understood too, unless several stores have no default.
  virtual const Capabilities& capabilities(std::string_view storage_id) const = 0;
  // `invalid_argument` unless the address is one of this store, inside what its configuration allows.
  virtual Status check(const Address& address) const = 0;
  // The address as users see it (API's physical_address): local:// resolves to the absolute path.
  virtual std::string display(const Address& address) const = 0;

  virtual Result<std::unique_ptr<Reader>> open(const Address& address) const = 0;  // not_found
  virtual Result<Properties> stat(const Address& address) const = 0;               // not_found
  // A disk cannot hold both "a" and "a/b": there the second answers `invalid_argument`, here or in finish().
  virtual Result<std::unique_ptr<Writer>> create(const Address& address, const WriteOptions& options) = 0;
  virtual Status remove(const Address& address) = 0;  // missing: success
  // The same bytes at another address, durable when it returns.
  virtual Result<Properties> copy(const Address& from, const Address& to) = 0;  // not_found

  // Calls `visit` for each object below `folder` in byte order of URIs (a remote store: in its service's,
  // which that is for S3, Azure and GCS), until it answers false. A folder that does not exist has no
  // objects: success. Objects that come or go meanwhile may be listed or not.
  virtual Status list(const Address& folder, const ListOptions& options,
                      const std::function<bool(const Listed&)>& visit) const = 0;

  // Multipart upload: parts in any order and in parallel, each replaceable; the object appears with
  // complete_upload, whose `etag` is hex(MD5 of the binary part MD5s) + "-" + count. Uploads are durable.
  virtual Result<std::string> begin_upload(const Address& address) = 0;  // upload id
  virtual Result<std::unique_ptr<Writer>> upload_part(const Address& address, std::string_view upload_id,
                                                      int number) = 0;  // not_found, here or in finish()
  virtual Result<std::vector<Part>> list_parts(const Address& address, std::string_view upload_id) const = 0;
  // `parts` ascending; each etag the uploaded part's, or any if that has none. not_found, invalid_argument.
  virtual Result<Properties> complete_upload(const Address& address, std::string_view upload_id,
                                             std::span<const Part> parts) = 0;
  virtual Status abort_upload(const Address& address, std::string_view upload_id) = 0;  // missing: success

  // A URL that needs no credentials from now until `expiry`. `not_implemented` where the store cannot.
  virtual Result<std::string> presign(const Address& address, const PresignRequest& request) const = 0;
};

// For tests and throw-away lakes: "mem://".
std::unique_ptr<Store> make_memory_store(const Clock& clock);

struct LocalOptions {
  std::string root;  // "local://a/b" is the file `root`/a/b
  bool import_enabled = false;
  bool import_hidden = false;
  std::vector<std::string> allowed_external_prefixes;  // absolute folders that "local:///abs/…" may read from
  bool sync_writes = true;                             // false: no fsync (tests only)
  // Where small objects are recorded instead of being synced one by one; outlives the store. The name is
  // this store's among those that share the log.
  SharedLog* shared_log = nullptr;
  std::string shared_log_name{};
};
// Errors: `io_error` or `permission_denied` if `root` cannot be made. Several processes may have the same
// root open. Names that begin with ".mere-" are the store's own: no address may hold one.
Result<std::unique_ptr<Store>> open_local_store(const LocalOptions& options);

// Whole objects, for metadata. Errors of read_all: `too_large` past `limit_bytes`.
Result<std::string> read_all(const Store& store, const Address& address, std::size_t limit_bytes);
Status write_all(Store& store, const Address& address, std::string_view bytes,
                 const WriteOptions& options = {});
// Lower-case hex MD5 of the bytes, read a MiB at a time: the checksum of an imported object whose store
// lists no ETag.
Result<std::string> content_md5(const Store& store, const Address& address);

}  // namespace mere::block
