#include "client/object_writer.h"

#include <fmt/format.h>

#include <utility>

#include "client/calls.h"
#include "client/decode.h"
#include "client/parts_writer.h"

namespace mere::client {
namespace {

constexpr std::size_t kStreamAfter = 1u << 20;
constexpr std::size_t kPipeBytes = 4u << 20;
constexpr std::size_t kPartsAfter = 8u << 20;

api::UploadObjectParams params_of(const Uri& object, const WriteOptions& options) {
  api::UploadObjectParams params;
  params.repository = object.repository;
  params.branch = object.ref;
  params.path = object.path;
  params.force = options.force;
  if (options.if_absent) params.if_none_match = "*";
  return params;
}

// What stands in header fields is checked here, because nothing below may change it.
Result<CallOptions> call_options(const WriteOptions& options) {
  CallOptions call;
  const auto add = [&call](const std::string& name, const std::string& value) -> Status {
    for (const char c : name + value) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        return Error{Code::invalid_argument, fmt::format("{}: a control character cannot be sent", name)};
      }
    }
    call.headers.add(name, value);
    return {};
  };
  if (!options.content_type.empty()) RETURN_IF_ERROR(add("Content-Type", options.content_type));
  for (const auto& [key, value] : options.metadata) {
    if (key.empty() || key.find_first_of(": ") != std::string::npos) {
      return Error{Code::invalid_argument, fmt::format("'{}' is no key of metadata", key)};
    }
    RETURN_IF_ERROR(add("x-lakefs-meta-" + key, value));
  }
  return call;
}

}  // namespace

Result<api::ObjectStats> upload(const Api& api, const Uri& object, std::shared_ptr<BodySource> body,
                                const WriteOptions& options) {
  ASSIGN_OR_RETURN(const CallOptions call, about(object.to_string(), call_options(options)));
  return about(object.to_string(), api.upload_object(params_of(object, options), std::move(body), call));
}

// An upload under way on the session's thread.
struct ObjectWriter::Upload {
  BodyPipe pipe{kPipeBytes};
  std::stop_source stop;
  // Shared, because who keeps a promise may still be at it when the waiter goes on.
  std::shared_ptr<std::promise<Result<api::ObjectStats>>> promise =
      std::make_shared<std::promise<Result<api::ObjectStats>>>();
  std::future<Result<api::ObjectStats>> answer = promise->get_future();
};

ObjectWriter::ObjectWriter(Api api, Uri object, WriteOptions options)
    : api_(std::move(api)), object_(std::move(object)), options_(std::move(options)) {}

ObjectWriter::~ObjectWriter() {
  abort();
}

ObjectWriter::ObjectWriter(ObjectWriter&& other) noexcept
    : api_(std::exchange(other.api_, std::nullopt)),
      object_(std::move(other.object_)),
      options_(std::move(other.options_)),
      kept_(std::move(other.kept_)),
      written_(other.written_),
      open_(std::exchange(other.open_, false)),
      upload_(std::move(other.upload_)),
      parts_(std::move(other.parts_)) {}

ObjectWriter& ObjectWriter::operator=(ObjectWriter&& other) noexcept {
  if (this == &other) return *this;
  abort();
  std::destroy_at(this);
  return *std::construct_at(this, std::move(other));
}

Status ObjectWriter::begin() {
  ASSIGN_OR_RETURN(CallOptions call, about(object_.to_string(), call_options(options_)));
  upload_ = std::make_unique<Upload>();
  call.stop = upload_->stop.get_token();
  Session& session = *api_->session();
  // The writer waits for the promise before it goes, and the promise is kept when nothing of the call is
  // left: so the session, which the writer holds, is not needed after the writer.
  session.loop().post([&session, promise = upload_->promise, call = std::move(call),
                       request = calls::upload_object(params_of(object_, options_), upload_->pipe.source())] {
    start<Result<api::ObjectStats>>(
        decoded_later<api::ObjectStats>("uploadObject", session.fetch(request, call, session.loop())),
        [&session, promise](std::exception_ptr thrown, std::optional<Result<api::ObjectStats>> stats) {
          session.loop().post([promise, thrown, stats = std::move(stats)] {
            if (thrown) {
              promise->set_exception(thrown);
            } else {
              promise->set_value(*stats);
            }
          });
        });
  });
  return {};
}

// Where the server does not take parts, nothing is begun and the options forget them.
Status ObjectWriter::begin_parts() {
  ASSIGN_OR_RETURN(options_.to_store, about(object_.to_string(), takes_parts(*api_, options_)));
  if (!options_.to_store) return {};
  ASSIGN_OR_RETURN(StoreParts begun, about(object_.to_string(), StoreParts::begin(*api_, object_, 0)));
  parts_ = std::make_unique<PartsWriter>(std::move(begun));
  return {};
}

Status ObjectWriter::begin_request() {
  if (upload_ || parts_) return {};
  if (options_.to_store) RETURN_IF_ERROR(begin_parts());
  return parts_ ? Status() : begin();
}

// The request ended before its body did: its answer says why.
Status ObjectWriter::ended() {
  open_ = false;
  const auto upload = std::move(upload_);
  const Result<api::ObjectStats> answer = about(object_.to_string(), upload->answer.get());
  if (!answer) return answer.error();
  return Error{Code::unavailable,
               fmt::format("{}: the upload ended before its last byte", object_.to_string())};
}

Status ObjectWriter::write(std::string_view bytes) {
  if (!open_)
    return Error{Code::invalid_argument, fmt::format("{}: the writer is closed", object_.to_string())};
  written_ += bytes.size();
  const bool is_small = kept_.size() + bytes.size() <= (options_.to_store ? kPartsAfter : kStreamAfter);
  if (!upload_ && !parts_ && is_small) {
    kept_ += bytes;
    return {};
  }
  if (Status begun = begin_request(); !begun) {
    abort();  // closed instead, it would make an object without these bytes
    return begun;
  }
  if (parts_) {
    Status sent = parts_->write(std::exchange(kept_, {}));
    if (sent) sent = parts_->write(bytes);
    if (!sent) abort();
    return about(object_.to_string(), std::move(sent));
  }
  if (!kept_.empty() && !upload_->pipe.write(std::exchange(kept_, {}))) return ended();
  while (!bytes.empty()) {  // in pieces, so that what is under way is bounded whatever the caller brings
    const std::string_view piece = bytes.substr(0, kStreamAfter);
    if (!upload_->pipe.write(std::string(piece))) return ended();
    bytes.remove_prefix(piece.size());
  }
  return {};
}

Status ObjectWriter::write(std::span<const std::byte> bytes) {
  return write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Result<api::ObjectStats> ObjectWriter::close() {
  if (!open_)
    return Error{Code::invalid_argument, fmt::format("{}: the writer is closed", object_.to_string())};
  open_ = false;
  if (parts_) {
    const auto parts = std::move(parts_);
    return about(object_.to_string(), parts->close(options_));
  }
  if (!upload_) return upload(*api_, object_, make_text_source(std::exchange(kept_, {})), options_);
  upload_->pipe.close();
  const auto upload = std::move(upload_);
  return about(object_.to_string(), upload->answer.get());
}

void ObjectWriter::abort() {
  open_ = false;
  kept_.clear();
  parts_.reset();
  if (!upload_) return;
  upload_->pipe.abort();
  upload_->stop.request_stop();
  upload_->answer.wait();
  upload_.reset();
}

}  // namespace mere::client
