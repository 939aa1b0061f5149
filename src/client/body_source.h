// Bodies of requests: what a request's body is read from, once an attempt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/executor.h"
#include "base/fd.h"
#include "base/result.h"
#include "http/message.h"

namespace mere::client {

class BodySource {
 public:
  virtual ~BodySource() = default;
  // A reader from the front, read on `executor`. The source outlives it.
  virtual Result<std::unique_ptr<http::BodyReader>> open(Executor& executor) = 0;
  virtual std::optional<std::uint64_t> length() const = 0;  // nullopt: not known; asked after open()
  virtual bool repeatable() const = 0;                      // whether open() can be called again
};

// Makes `source` the body of a request that is sent on `executor`; null: it has none. Errors: those of
// open().
Status add_body(http::Request& request, BodySource* source, Executor& executor);

std::shared_ptr<BodySource> make_text_source(std::string text);
// `owner` keeps `bytes` as they are for as long as somebody may read them.
std::shared_ptr<BodySource> make_bytes_source(std::shared_ptr<const void> owner,
                                              std::span<const std::byte> bytes);
// A file that is opened when its turn comes, so that many can wait without a descriptor each. Errors of
// open(): not_found, permission_denied, invalid_argument (no regular file), io_error.
std::shared_ptr<BodySource> make_file_source(std::string path);
// `length` bytes of a regular file from `offset` on.
std::shared_ptr<BodySource> make_open_file_source(Fd file, std::uint64_t offset, std::uint64_t length);

}  // namespace mere::client
