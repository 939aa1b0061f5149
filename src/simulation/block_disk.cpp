#include "simulation/block_disk.h"

#include <utility>

#include "base/hash.h"
#include "block/copy_at.h"
#include "block/multipart.h"

namespace mere::simulation {
namespace {

class MemoryReader final : public block::Reader {
 public:
  MemoryReader(std::shared_ptr<const void> owner, const std::string& bytes,
               const block::Properties& properties)
      : owner_(std::move(owner)), bytes_(bytes), properties_(properties) {}
  const block::Properties& properties() const override { return properties_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    return block::copy_at(bytes_, offset, into);
  }

 private:
  const std::shared_ptr<const void> owner_;
  const std::string& bytes_;
  const block::Properties& properties_;
};

Error no_object(const std::string& uri) {
  return {Code::not_found, "there is no object '" + uri + "'"};
}
Error no_upload() {
  return {Code::not_found, "there is no such upload"};
}

}  // namespace

class BlockDisk::Writer final : public block::Writer {
 public:
  using Publish = std::function<Status(ObjectPtr object)>;
  Writer(BlockDisk& disk, Publish publish) : disk_(disk), publish_(std::move(publish)) {}
  Status append(std::span<const std::byte> bytes) override {
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Result<block::Written> finish() override {
    Digest digest = Digest::md5();
    digest.update(std::as_bytes(std::span(bytes_)));
    const block::Written written{bytes_.size(), digest.finish_hex()};
    RETURN_IF_ERROR(publish_(disk_.make(std::move(bytes_), written.md5)));
    return written;
  }

 private:
  BlockDisk& disk_;
  const Publish publish_;
  std::string bytes_;
};

class BlockDisk::Front final : public block::Store {
 public:
  explicit Front(BlockDisk& disk) : disk_(disk), life_(disk.power_.life()) {}

  const block::Capabilities& capabilities(std::string_view) const override { return capabilities_; }
  Status check(const block::Address& address) const override {
    if (address.uri.starts_with("mem://")) return {};
    return Error{Code::invalid_argument, "address '" + address.uri + "': it must begin with 'mem://'"};
  }
  std::string display(const block::Address& address) const override { return address.uri; }

  Result<std::unique_ptr<block::Reader>> open(const block::Address& address) const override {
    ASSIGN_OR_RETURN(const ObjectPtr object, find(address));
    return std::make_unique<MemoryReader>(object, object->bytes, object->properties);
  }
  Result<block::Properties> stat(const block::Address& address) const override {
    ASSIGN_OR_RETURN(const ObjectPtr object, find(address));
    return object->properties;
  }
  Result<std::unique_ptr<block::Writer>> create(const block::Address& address,
                                                const block::WriteOptions& options) override {
    RETURN_IF_ERROR(check(address));
    return std::make_unique<Writer>(disk_, [this, uri = address.uri, options](ObjectPtr object) {
      if (options.write_once && !options.must_be_absent && !disk_.shared_)
        return disk_.publish_once(life_, uri, std::move(object));
      return disk_.publish(life_, uri, std::move(object), options.must_be_absent);
    });
  }
  Status remove(const block::Address& address) override { return disk_.remove(life_, address.uri); }
  Result<block::Properties> copy(const block::Address& from, const block::Address& to) override {
    ASSIGN_OR_RETURN(const ObjectPtr object, find(from));
    ObjectPtr copied = disk_.make(object->bytes, object->properties.etag);
    RETURN_IF_ERROR(disk_.publish(life_, to.uri, copied, false));
    return copied->properties;
  }
  Status list(const block::Address& folder, const block::ListOptions& options,
              const std::function<bool(const block::Listed&)>& visit) const override {
    if (options.delimited) return Error{Code::not_implemented, "the simulated disk lists whole folders only"};
    if (!disk_.power_.look(life_)) return Power::dead();
    const std::string prefix = folder.uri.ends_with('/') ? folder.uri : folder.uri + "/";
    const std::map<std::string, Slot> slots = disk_.slots_;  // `visit` may take its time
    for (auto slot = slots.upper_bound(std::max(prefix, options.after));
         slot != slots.end() && slot->first.starts_with(prefix); ++slot) {
      if (slot->second.seen && !visit({{slot->first}, false, slot->second.seen->properties})) return {};
    }
    return {};
  }

  Result<std::string> begin_upload(const block::Address& address) override {
    if (!disk_.power_.step(life_)) return Power::dead();
    const std::string id = "upload-" + std::to_string(disk_.next_upload_++);
    disk_.uploads_[id] = {address.uri, {}};
    if (!disk_.power_.step(life_)) return Power::dead();
    return id;
  }
  Result<std::unique_ptr<block::Writer>> upload_part(const block::Address&, std::string_view upload_id,
                                                     int number) override {
    RETURN_IF_ERROR(block::check_part_number(number));
    if (!disk_.power_.look(life_)) return Power::dead();
    if (upload(upload_id) == nullptr) return no_upload();
    return std::make_unique<Writer>(disk_,
                                    [this, id = std::string(upload_id), number](ObjectPtr part) -> Status {
                                      if (!disk_.power_.step(life_)) return Power::dead();
                                      Upload* const open = upload(id);
                                      if (open == nullptr) return no_upload();
                                      open->parts[number] = std::move(part);
                                      if (!disk_.power_.step(life_)) return Power::dead();
                                      return {};
                                    });
  }
  Result<std::vector<block::Part>> list_parts(const block::Address&,
                                              std::string_view upload_id) const override {
    if (!disk_.power_.look(life_)) return Power::dead();
    const Upload* const open = upload(upload_id);
    if (open == nullptr) return no_upload();
    std::vector<block::Part> parts;
    for (const auto& [number, part] : open->parts) {
      const block::Properties& of_part = part->properties;
      parts.push_back({number, of_part.size_bytes, of_part.etag, of_part.last_modified});
    }
    return parts;
  }
  Result<block::Properties> complete_upload(const block::Address& address, std::string_view upload_id,
                                            std::span<const block::Part> parts) override {
    if (!disk_.power_.step(life_)) return Power::dead();
    const Upload* open = upload(upload_id);
    if (open == nullptr) return no_upload();
    RETURN_IF_ERROR(block::check_part_order(parts));
    std::string bytes;
    for (const block::Part& part : parts) {
      const auto found = open->parts.find(part.number);
      if (found == open->parts.end() || found->second->properties.etag != part.etag)
        return block::wrong_part(part.number);
      bytes += found->second->bytes;
    }
    const ObjectPtr object = disk_.make(std::move(bytes), block::multipart_etag(parts));
    RETURN_IF_ERROR(disk_.publish(life_, address.uri, object, false));
    if (!disk_.power_.step(life_)) return Power::dead();
    if (Upload* const done = upload(upload_id)) done->ended = true;
    if (!disk_.power_.step(life_)) return Power::dead();
    return object->properties;
  }
  Status abort_upload(const block::Address&, std::string_view upload_id) override {
    if (!disk_.power_.step(life_)) return Power::dead();
    if (Upload* const open = upload(upload_id)) open->ended = true;
    if (!disk_.power_.step(life_)) return Power::dead();
    return {};
  }
  Result<std::string> presign(const block::Address&, const block::PresignRequest&) const override {
    return Error{Code::not_implemented, "the simulated disk has no URLs"};
  }

 private:
  Result<ObjectPtr> find(const block::Address& address) const {
    if (!disk_.power_.look(life_)) return Power::dead();
    const auto slot = disk_.slots_.find(address.uri);
    if (slot == disk_.slots_.end() || !slot->second.seen) return no_object(address.uri);
    return slot->second.seen;
  }
  Upload* upload(std::string_view id) const {
    const auto found = disk_.uploads_.find(std::string(id));
    return found == disk_.uploads_.end() || found->second.ended ? nullptr : &found->second;
  }

  BlockDisk& disk_;
  const std::uint64_t life_;
  const block::Capabilities capabilities_{.type = "mem",
                                          .scheme = "mem",
                                          .namespace_regex = "^mem://",
                                          .namespace_example = "mem://example-bucket/",
                                          .can_import = true,
                                          .import_regex = "^mem://"};
};

BlockDisk::BlockDisk(Power& power, StateDisk& state, const Clock& clock, bool shared)
    : power_(power), state_(state), clock_(clock), shared_(shared) {
  power_.on_failure([this](Loss loss) { lose(loss); });
}

std::unique_ptr<block::Store> BlockDisk::open() {
  for (auto& [uri, slot] : slots_) slot.durable = slot.seen;
  return std::make_unique<Front>(*this);
}

BlockDisk::ObjectPtr BlockDisk::make(std::string bytes, std::string etag) const {
  const std::uint64_t size_bytes = bytes.size();
  return std::make_shared<const Object>(
      Object{std::move(bytes), {size_bytes, clock_.now(), std::move(etag)}});
}

Status BlockDisk::publish(std::uint64_t life, const std::string& uri, ObjectPtr object, bool must_be_absent) {
  const bool durable_first = shared_ || power_.chance().next_u64() % 2 == 0;
  if (!power_.step(life)) return Power::dead();
  if (must_be_absent && slots_[uri].seen)
    return Error{Code::already_exists, "there is an object '" + uri + "' already"};
  (durable_first ? slots_[uri].durable : slots_[uri].seen) = object;
  if (!power_.step(life)) return Power::dead();
  if (must_be_absent && durable_first && slots_[uri].seen)
    return Error{Code::already_exists, "there is an object '" + uri + "' already"};
  slots_[uri] = {object, object};
  if (!power_.step(life)) return Power::dead();
  return {};
}

Status BlockDisk::publish_once(std::uint64_t life, const std::string& uri, ObjectPtr object) {
  if (!power_.step(life)) return Power::dead();
  slots_[uri].seen = object;
  slots_[uri].written_once = true;
  if (!power_.step(life)) return Power::dead();
  state_.carry([this, uri, object] { slots_[uri].durable = object; });
  if (!power_.step(life)) return Power::dead();
  return {};
}

Status BlockDisk::remove(std::uint64_t life, const std::string& uri) {
  if (!power_.step(life)) return Power::dead();
  Slot& slot = slots_[uri];
  slot.seen = nullptr;
  if (power_.chance().next_u64() % 2 == 0) slot.durable = nullptr;
  if (!power_.step(life)) return Power::dead();
  return {};
}

void BlockDisk::lose(Loss loss) {
  // A log that was found gives back what it carried; a killed process leaves the rest as it is.
  for (auto& [uri, slot] : slots_) {
    if (slot.seen == slot.durable) continue;
    const std::uint64_t chance = loss == Loss::some ? power_.chance().next_u64() % 3 : 0;
    if (loss == Loss::nothing || chance == 1) {
      if (!slot.seen) slot.seen = slot.durable;
    } else if (chance == 2 && slot.seen && !slot.durable && slot.written_once) {
      slot.seen = slot.durable = make("", slot.seen->properties.etag);
    } else {
      slot.seen = slot.durable;
    }
    if (chance == 1) slot.durable = slot.seen;
  }
  for (auto& [id, upload] : uploads_) {
    if (upload.ended && loss != Loss::nothing && power_.chance().next_u64() % 2 == 0) upload.ended = false;
  }
}

}  // namespace mere::simulation
