#include "http/response_writer.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/log.h"

namespace mere::http {
namespace {

constexpr std::size_t kCopiedBody = 4u << 10;  // a smaller body is copied behind its header
constexpr std::size_t kTlsRecord = 16u << 10;
constexpr std::size_t kFileStep = 1u << 20;
constexpr std::size_t kIdleOutput = 2u << 10;
constexpr std::size_t kLeastIoBuffer = 4u << 10;

// What a stream's chunk is sent as: size line, data and CRLF in one piece. The size line is written
// backwards from the data.
constexpr std::size_t kChunkPrefix = 18;
constexpr std::size_t kChunkSuffix = 2;

std::string_view frame_chunk(char* buffer, std::size_t count) {
  char* begin = buffer + kChunkPrefix;
  char* const end = begin + count;
  *--begin = '\n';
  *--begin = '\r';
  for (std::size_t rest = count; rest > 0; rest >>= 4) *--begin = "0123456789abcdef"[rest & 15];
  end[0] = '\r';
  end[1] = '\n';
  return {begin, static_cast<std::size_t>(end + kChunkSuffix - begin)};
}

std::optional<std::uint64_t> length_of(const Body& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* file = std::get_if<FileBody>(&body)) return file->length;
  if (const auto* stream = std::get_if<StreamBody>(&body)) return stream->length;
  return 0;
}

}  // namespace

ResponseFraming framing_of(const Response& response, bool is_head, int minor_version) {
  using Kind = ResponseFraming::Kind;
  if (response.status == 204) return {};
  if (is_head || response.status == 304) {
    auto length = response.content_length_without_body;
    if (!length && is_head && response.body.index() != 0) length = length_of(response.body);
    return length ? ResponseFraming{Kind::length, *length} : ResponseFraming{};
  }
  if (const auto length = length_of(response.body)) return {Kind::length, *length};
  return {minor_version == 0 ? Kind::until_close : Kind::chunked, 0};
}

Task<bool> ResponseWriter::write(const Response& response, Form form) {
  out_.clear();
  append_response_head(out_, form.status, response.headers, form.framing, form.persistence, form.date);

  pacing_.prepare(wire_.socket.fd(), length_of(response.body));
  const bool sends_files = wire_.transport->sends_files();
  std::array<std::string_view, 2> pieces;
  if (const auto* text = std::get_if<std::string>(&response.body); text && !form.bodiless) {
    if (text->size() <= (sends_files ? kCopiedBody : kTlsRecord)) {
      out_ += *text;
      pieces = {out_, {}};
    } else {
      pieces = {out_, *text};
    }
    co_return co_await send(pieces, false);
  }

  const auto* file = std::get_if<FileBody>(&response.body);
  const auto* stream = std::get_if<StreamBody>(&response.body);
  pieces = {out_, {}};
  const bool body_follows = !form.bodiless && ((file && file->length > 0) || stream);
  if (!co_await send(pieces, body_follows)) co_return false;
  if (!body_follows) co_return true;
  if (file) co_return sends_files ? co_await send_file(*file) : co_await send_file_through_buffer(*file);
  co_return co_await send_stream(*stream, form.framing.kind == ResponseFraming::Kind::chunked);
}

Task<bool> ResponseWriter::write_continue() {
  std::array<std::string_view, 1> pieces{"HTTP/1.1 100 Continue\r\n\r\n"};
  co_return co_await send(pieces, false);
}

void ResponseWriter::rest() {
  if (out_.capacity() > kIdleOutput) out_ = std::string();
}

Task<bool> ResponseWriter::send(std::span<std::string_view> pieces, bool more) {
  while (true) {
    while (!pieces.empty() && pieces.front().empty()) pieces = pieces.subspan(1);
    if (pieces.empty()) co_return true;
    const Progress progress = wire_.transport->write(pieces, more);
    if (progress.state != Progress::State::moved) {
      if (!co_await writable_after(progress)) co_return false;
      continue;
    }
    std::size_t left = progress.bytes;
    for (std::string_view& piece : pieces) {
      const std::size_t gone = std::min(left, piece.size());
      piece.remove_prefix(gone);
      left -= gone;
    }
    if (wire_.took_its_turn(progress.bytes)) co_await wire_.loop.yield();
  }
}

Task<bool> ResponseWriter::writable_after(Progress progress) {
  if (progress.state != Progress::State::blocked_read && progress.state != Progress::State::blocked_write) {
    co_return false;
  }
  wire_.waits();
  const TimePoint deadline = wire_.loop.now() + wire_.options.body_timeout;
  co_return co_await wire_.socket.wait(interest_of(progress), deadline) == Socket::Wake::ready;
}

Task<bool> ResponseWriter::send_file(const FileBody& body) {
  std::uint64_t offset = body.offset;
  const std::uint64_t end = body.offset + body.length;
  while (offset < end) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, kFileStep));
    const Progress progress = wire_.transport->send_file(body.file->get(), offset, step);
    if (progress.state == Progress::State::ended) {
      log::error("a file is shorter than the response said", {{"at", offset}, {"end", end}});
      co_return false;
    }
    if (progress.state != Progress::State::moved) {
      if (!co_await writable_after(progress)) co_return false;
      continue;
    }
    offset += progress.bytes;
    if (wire_.took_its_turn(progress.bytes)) co_await wire_.loop.yield();
  }
  co_return true;
}

Task<bool> ResponseWriter::send_file_through_buffer(const FileBody& body) {
  const std::size_t capacity = std::max(wire_.options.io_buffer_bytes, kLeastIoBuffer);
  const auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  std::uint64_t offset = body.offset;
  const std::uint64_t end = body.offset + body.length;
  while (offset < end) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, capacity));
    const ssize_t count = ::pread(body.file->get(), buffer.get(), step, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      log::error(
          "a file cannot be read to the end that the response said",
          {{"at", offset}, {"end", end}, {"error", count < 0 ? std::strerror(errno) : "it is shorter"}});
      co_return false;
    }
    std::array<std::string_view, 1> pieces{{{buffer.get(), static_cast<std::size_t>(count)}}};
    if (!co_await send(pieces, false)) co_return false;
    offset += static_cast<std::uint64_t>(count);
  }
  co_return true;
}

Task<bool> ResponseWriter::send_stream(const StreamBody& body, bool chunked) {
  const std::size_t capacity = std::max(wire_.options.io_buffer_bytes, kLeastIoBuffer);
  const auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  char* const data = buffer.get() + kChunkPrefix;
  const std::size_t room = capacity - kChunkPrefix - kChunkSuffix;
  std::uint64_t left = body.length.value_or(UINT64_MAX);
  while (left > 0) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(left, room));
    const Result<std::size_t> count =
        co_await body.reader->read(std::as_writable_bytes(std::span<char>(data, step)));
    co_await wire_.loop.here();
    if (!count) {
      log::warn("a response is cut short", {{"error", count.error().message}, {"client", wire_.peer}});
      co_return false;
    }
    if (*count == 0) break;
    MERE_CHECK(*count <= step);
    std::array<std::string_view, 1> pieces{chunked ? frame_chunk(buffer.get(), *count)
                                                   : std::string_view(data, *count)};
    if (!co_await send(pieces, false)) co_return false;
    left -= *count;
  }
  if (body.length && left > 0) {
    log::error("a stream is shorter than the response said", {{"missing", left}});
    co_return false;
  }
  if (!chunked) co_return true;
  std::array<std::string_view, 1> last{"0\r\n\r\n"};
  co_return co_await send(last, false);
}

}  // namespace mere::http
