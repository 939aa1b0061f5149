// Writes an object piece by piece: what is small is kept and sent at once, more is sent while it is written.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/api.h"
#include "client/body_pipe.h"
#include "client/uri.h"
#include "client/write_options.h"

namespace mere::client {

class PartsWriter;

// Sends all of `body` in one request.
Result<api::ObjectStats> upload(const Api& api, const Uri& object, std::shared_ptr<BodySource> body,
                                const WriteOptions& options);

// One user at a time. The object appears as a whole when it is closed; a writer that is dropped, or aborted,
// leaves no trace.
class ObjectWriter {
 public:
  ObjectWriter(Api api, Uri object, WriteOptions options);
  ~ObjectWriter();  // aborts, unless it was closed
  ObjectWriter(ObjectWriter&&) noexcept;
  ObjectWriter& operator=(ObjectWriter&&) noexcept;

  // Waits while the network is slower. Errors: those of the upload, as soon as it has ended;
  // `invalid_argument` after close().
  Status write(std::string_view bytes);
  Status write(std::span<const std::byte> bytes);
  // The object, durable. Errors: those of the upload: nothing has appeared then.
  Result<api::ObjectStats> close();
  void abort();
  std::uint64_t tell() const { return written_; }

 private:
  struct Upload;
  Status begin_request();
  Status begin();
  Status begin_parts();
  Status ended();

  std::optional<Api> api_;  // empty: moved from
  Uri object_;
  WriteOptions options_;
  std::string kept_;
  std::uint64_t written_ = 0;
  bool open_ = true;
  std::unique_ptr<Upload> upload_;      // null: nothing has been sent
  std::unique_ptr<PartsWriter> parts_;  // instead of it: to the store itself
};

}  // namespace mere::client
