#include <fmt/format.h>

#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "base/check.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/random.h"
#include "block/copy_at.h"
#include "block/multipart.h"
#include "block/store.h"

namespace mere::block {
namespace {

constexpr std::string_view kScheme = "mem://";
constexpr std::size_t kListStep = 256;  // objects listed under one lock

struct Object {
  std::string bytes;
  Properties properties;
};
using ObjectPtr = std::shared_ptr<const Object>;

struct Upload {
  std::string uri;
  std::map<int, ObjectPtr> parts;
};

class MemoryReader final : public Reader {
 public:
  explicit MemoryReader(ObjectPtr object) : object_(std::move(object)) {}
  const Properties& properties() const override { return object_->properties; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    return copy_at(object_->bytes, offset, into);
  }

 private:
  const ObjectPtr object_;
};

class MemoryWriter final : public Writer {
 public:
  using Publish = std::function<Status(std::string bytes, const std::string& md5)>;
  MemoryWriter(bool md5, Publish publish) : publish_(std::move(publish)) {
    if (md5) digest_.emplace(Digest::md5());
  }
  Status append(std::span<const std::byte> bytes) override {
    MERE_CHECK(!finished_);
    if (digest_) digest_->update(bytes);
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Result<Written> finish() override {
    MERE_CHECK(!finished_);
    finished_ = true;
    Written written{bytes_.size(), digest_ ? digest_->finish_hex() : std::string()};
    RETURN_IF_ERROR(publish_(std::move(bytes_), written.md5));
    return written;
  }

 private:
  const Publish publish_;
  std::optional<Digest> digest_;
  std::string bytes_;
  bool finished_ = false;
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(const Clock& clock) : clock_(clock) {}

  const Capabilities& capabilities(std::string_view storage_id) const override {
    return storage_id.empty() ? capabilities_ : no_capabilities();
  }
  Status check(const Address& address) const override {
    if (address.uri.starts_with(kScheme)) return {};
    return Error{Code::invalid_argument,
                 fmt::format("address '{}': it must begin with '{}'", address.uri, kScheme)};
  }
  std::string display(const Address& address) const override { return address.uri; }

  Result<std::unique_ptr<Reader>> open(const Address& address) const override {
    ASSIGN_OR_RETURN(ObjectPtr object, find(address));
    return std::make_unique<MemoryReader>(std::move(object));
  }
  Result<Properties> stat(const Address& address) const override {
    ASSIGN_OR_RETURN(const ObjectPtr object, find(address));
    return object->properties;
  }
  Result<std::unique_ptr<Writer>> create(const Address& address, const WriteOptions& options) override {
    RETURN_IF_ERROR(check_object(address));
    return std::make_unique<MemoryWriter>(
        options.md5, [this, uri = address.uri, absent = options.must_be_absent](std::string bytes,
                                                                                const std::string& md5) {
          return put(uri, make_object(std::move(bytes), md5), absent);
        });
  }
  Status remove(const Address& address) override {
    RETURN_IF_ERROR(check_object(address));
    std::unique_lock lock(mutex_);
    objects_.erase(address.uri);
    return {};
  }
  Result<Properties> copy(const Address& from, const Address& to) override {
    RETURN_IF_ERROR(check_object(to));
    ASSIGN_OR_RETURN(const ObjectPtr object, find(from));
    ObjectPtr copied = make_object(object->bytes, object->properties.etag);
    const Properties properties = copied->properties;
    RETURN_IF_ERROR(put(to.uri, std::move(copied), false));
    return properties;
  }

  Status list(const Address& folder, const ListOptions& options,
              const std::function<bool(const Listed&)>& visit) const override {
    RETURN_IF_ERROR(check(folder));
    const std::string prefix = folder.uri.ends_with('/') ? folder.uri : folder.uri + "/";
    std::string after = std::max(prefix, options.after);
    bool inclusive = false;  // only behind a folder that was listed: its end is not an address
    for (bool more = true; more;) {
      more = false;
      std::vector<Listed> step;
      {
        std::shared_lock lock(mutex_);
        auto next = inclusive ? objects_.lower_bound(after) : objects_.upper_bound(after);
        while (next != objects_.end() && next->first.starts_with(prefix)) {
          if (step.size() == kListStep) {
            more = true;
            break;
          }
          const std::size_t slash =
              options.delimited ? next->first.find('/', prefix.size()) : std::string::npos;
          inclusive = slash != std::string::npos;
          if (!inclusive) {
            after = next->first;
            step.push_back({{after}, false, next->second->properties});
            ++next;
            continue;
          }
          std::string inner = next->first.substr(0, slash + 1);
          after = inner;
          after.back() = '/' + 1;
          if (inner > options.after) step.push_back({{std::move(inner)}, true, {}});
          next = objects_.lower_bound(after);
        }
      }
      for (const Listed& listed : step)
        if (!visit(listed)) return {};
    }
    return {};
  }

  Result<std::string> begin_upload(const Address& address) override {
    RETURN_IF_ERROR(check_object(address));
    std::string id = random_uuid(system_random());
    std::unique_lock lock(mutex_);
    uploads_.emplace(id, Upload{address.uri, {}});
    return id;
  }
  Result<std::unique_ptr<Writer>> upload_part(const Address& address, std::string_view upload_id,
                                              int number) override {
    RETURN_IF_ERROR(check_part_number(number));
    {
      std::shared_lock lock(mutex_);
      if (!find_upload(address, upload_id)) return no_such_upload(address);
    }
    return std::make_unique<MemoryWriter>(true,
                                          [this, address, id = std::string(upload_id), number](
                                              std::string bytes, const std::string& md5) -> Status {
                                            ObjectPtr part = make_object(std::move(bytes), md5);
                                            std::unique_lock lock(mutex_);
                                            Upload* upload = find_upload(address, id);
                                            if (!upload) return no_such_upload(address);
                                            upload->parts[number] = std::move(part);
                                            return {};
                                          });
  }
  Result<std::vector<Part>> list_parts(const Address& address, std::string_view upload_id) const override {
    std::shared_lock lock(mutex_);
    const Upload* upload = find_upload(address, upload_id);
    if (!upload) return no_such_upload(address);
    std::vector<Part> parts;
    for (const auto& [number, part] : upload->parts)
      parts.push_back(
          {number, part->properties.size_bytes, part->properties.etag, part->properties.last_modified});
    return parts;
  }
  Result<Properties> complete_upload(const Address& address, std::string_view upload_id,
                                     std::span<const Part> parts) override {
    std::unique_lock lock(mutex_);
    const Upload* upload = find_upload(address, upload_id);
    if (!upload) return no_such_upload(address);
    RETURN_IF_ERROR(check_part_order(parts));
    std::string bytes;
    for (const Part& part : parts) {
      const auto found = upload->parts.find(part.number);
      if (found == upload->parts.end() || found->second->properties.etag != part.etag)
        return wrong_part(part.number);
      bytes += found->second->bytes;
    }
    ObjectPtr object = make_object(std::move(bytes), multipart_etag(parts));
    const Properties properties = object->properties;
    objects_[address.uri] = std::move(object);
    uploads_.erase(uploads_.find(upload_id));
    return properties;
  }
  Status abort_upload(const Address& address, std::string_view upload_id) override {
    std::unique_lock lock(mutex_);
    if (find_upload(address, upload_id)) uploads_.erase(uploads_.find(upload_id));
    return {};
  }

  Result<std::string> presign(const Address&, const PresignRequest&) const override {
    return Error{Code::not_implemented, "objects in memory have no presigned URLs"};
  }

 private:
  Status check_object(const Address& address) const {
    RETURN_IF_ERROR(check(address));
    if (!address.uri.ends_with('/')) return {};
    return Error{Code::invalid_argument,
                 fmt::format("address '{}': this is a folder: an object needs a name", address.uri)};
  }
  ObjectPtr make_object(std::string bytes, std::string etag) const {
    const std::uint64_t size_bytes = bytes.size();
    return std::make_shared<const Object>(
        Object{std::move(bytes), {size_bytes, clock_.now(), std::move(etag)}});
  }
  Result<ObjectPtr> find(const Address& address) const {
    RETURN_IF_ERROR(check_object(address));
    std::shared_lock lock(mutex_);
    const auto found = objects_.find(address.uri);
    if (found == objects_.end())
      return Error{Code::not_found, fmt::format("there is no object '{}'", address.uri)};
    return found->second;
  }
  Status put(const std::string& uri, ObjectPtr object, bool must_be_absent) {
    std::unique_lock lock(mutex_);
    if (must_be_absent && objects_.contains(uri))
      return Error{Code::already_exists, fmt::format("there is an object '{}' already", uri)};
    objects_[uri].swap(object);  // what was there is freed behind the lock
    lock.unlock();
    return {};
  }
  // Under the lock. Null if there is none, or it is another address's.
  const Upload* find_upload(const Address& address, std::string_view id) const {
    const auto found = uploads_.find(id);
    return found == uploads_.end() || found->second.uri != address.uri ? nullptr : &found->second;
  }
  Upload* find_upload(const Address& address, std::string_view id) {
    return const_cast<Upload*>(std::as_const(*this).find_upload(address, id));
  }

  const Clock& clock_;
  const Capabilities capabilities_{.type = "mem",
                                   .scheme = "mem",
                                   .namespace_regex = "^mem://",
                                   .namespace_example = "mem://example-bucket/",
                                   .default_namespace_prefix = "",
                                   .can_import = false,
                                   .import_regex = "^mem://",
                                   .lists_by_key = true};
  mutable std::shared_mutex mutex_;
  std::map<std::string, ObjectPtr> objects_;
  std::map<std::string, Upload, std::less<>> uploads_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store(const Clock& clock) {
  return std::make_unique<MemoryStore>(clock);
}

}  // namespace mere::block
