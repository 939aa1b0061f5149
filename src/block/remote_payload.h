// Bytes on their way to a remote store: kept until it has them, so that they can be sent again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "http/message.h"

namespace mere::block {

// Immutable. Any thread.
class Payload {
 public:
  virtual ~Payload() = default;
  virtual std::uint64_t size_bytes() const = 0;
  // Fewer bytes than asked for only at the end. Errors: io_error.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const = 0;
};

std::shared_ptr<const Payload> make_payload(std::string bytes);
// The payload from its first byte on, as the body of one request.
std::unique_ptr<http::BodyReader> make_payload_body(std::shared_ptr<const Payload> payload);
// 16 raw bytes.
Result<std::string> payload_md5(const Payload& payload);

// Memory that the writers of a store share. Any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : left_(static_cast<std::ptrdiff_t>(bytes)) {}
  bool take(std::size_t bytes);  // false: there is not that much left
  void give(std::size_t bytes) { left_ += static_cast<std::ptrdiff_t>(bytes); }

 private:
  std::atomic<std::ptrdiff_t> left_;
};

// A payload in the making: in memory while the budget and `memory_limit` last, then in a nameless file of
// `spool_folder`. So no writer ever waits for memory that another holds.
class PayloadBuilder {
 public:
  // `budget` outlives the payload.
  PayloadBuilder(MemoryBudget& budget, std::string spool_folder, std::size_t memory_limit);
  ~PayloadBuilder();
  PayloadBuilder(PayloadBuilder&&) noexcept;
  PayloadBuilder& operator=(PayloadBuilder&&) noexcept;

  std::uint64_t size_bytes() const;
  Status append(std::span<const std::byte> bytes);  // io_error, no_space
  std::shared_ptr<const Payload> finish();          // once; then no append

 private:
  class Spooled;
  std::string spool_folder_;
  std::size_t memory_limit_;
  std::shared_ptr<Spooled> spooled_;
};

}  // namespace mere::block
