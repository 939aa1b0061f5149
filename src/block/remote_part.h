// What drivers share that keep the parts of uploads themselves: ids, and a part in the making.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/random.h"
#include "block/remote_payload.h"
#include "block/store.h"

namespace mere::block {

inline constexpr std::size_t kRemoteUploadIdSize = 32;  // hex digits

inline std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  system_random().fill(std::as_writable_bytes(std::span(raw)));
  return to_hex(raw);
}

// The id becomes part of an address.
inline bool is_remote_upload_id(std::string_view id) {
  return id.size() == kRemoteUploadIdSize && id.find_first_not_of("0123456789abcdef") == id.npos;
}

// Gathers a part and its MD5; `uploads`, which outlives it, sends them.
template <class Uploads, class ObjectAddress>
class RemotePartWriter final : public Writer {
 public:
  RemotePartWriter(const Uploads& uploads, PayloadBuilder bytes, ObjectAddress object, std::string id,
                   int number)
      : uploads_(uploads),
        bytes_(std::move(bytes)),
        object_(std::move(object)),
        id_(std::move(id)),
        number_(number) {}
  Status append(std::span<const std::byte> bytes) override {
    MERE_CHECK(!finished_);
    digest_.update(bytes);
    return bytes_.append(bytes);
  }
  Result<Written> finish() override {
    MERE_CHECK(!finished_);
    finished_ = true;
    return uploads_.put_part(object_, id_, number_, bytes_.finish(), digest_.finish());
  }

 private:
  const Uploads& uploads_;
  PayloadBuilder bytes_;
  Digest digest_ = Digest::md5();
  const ObjectAddress object_;
  const std::string id_;
  const int number_;
  bool finished_ = false;
};

}  // namespace mere::block
