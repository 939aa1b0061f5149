#include "client/object_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace mere::client {
namespace {

constexpr std::size_t kFirstWindow = 64u << 10;  // a small object, or a file's footer, is one request
constexpr std::size_t kLargestWindow = 4u << 20;
constexpr std::uint64_t kStreamAfter = 1u << 20;  // bytes read in order; then one request brings the rest
constexpr std::uint64_t kSkip = 256u << 10;       // a gap this small is read over rather than asked anew
constexpr std::size_t kPiece = 64u << 10;
constexpr int kAttempts = 5;  // without a byte between them

struct Extent {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> size;  // of the whole object
};

// "bytes 0-9/100", "bytes */100" (RFC 9110, section 14.4).
std::optional<Extent> extent_of(std::string_view content_range) {
  if (!content_range.starts_with("bytes ")) return std::nullopt;
  content_range.remove_prefix(6);
  const auto slash = content_range.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view range = content_range.substr(0, slash);
  Extent extent{0, parse_integer<std::uint64_t>(content_range.substr(slash + 1))};
  if (range == "*") return extent;
  const auto first = parse_integer<std::uint64_t>(range.substr(0, range.find('-')));
  if (!first) return std::nullopt;
  extent.first = *first;
  return extent;
}

std::string range_header(std::uint64_t first, std::optional<std::size_t> length) {
  if (!length) return fmt::format("bytes={}-", first);
  return fmt::format("bytes={}-{}", first, first + *length - 1);
}

bool may_be_resumed(const Error& error) {
  return error.code == Code::unavailable || error.code == Code::deadline_exceeded;
}

}  // namespace

ObjectReader::ObjectReader(Api api, Uri object, ReadOptions options)
    : api_(std::move(api)), object_(std::move(object)), options_(options) {}

Result<std::size_t> ObjectReader::read(std::span<std::byte> into) {
  std::size_t filled = std::min(into.size(), ahead_.size());
  if (filled > 0) {
    std::memcpy(into.data(), ahead_.data(), filled);
    ahead_.erase(0, filled);
    position_ += filled;
  }
  while (filled < into.size()) {
    ASSIGN_OR_RETURN(const std::size_t count, read_some(into.subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

Result<std::string> ObjectReader::read(std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {  // grows with what there is, not with what was asked for
    const std::size_t before = bytes.size();
    bytes.resize(before + std::min(size - before, std::max(kPiece, before)));
    ASSIGN_OR_RETURN(const std::size_t count, read(std::as_writable_bytes(std::span(bytes)).subspan(before)));
    const bool at_end = before + count < bytes.size();
    bytes.resize(before + count);
    if (at_end) break;
  }
  return bytes;
}

Result<std::string> ObjectReader::read_rest(std::size_t limit) {
  to_the_end_ = true;
  const std::uint64_t start = position_;
  Result<std::string> rest = read(limit);
  to_the_end_ = false;
  if (!rest || rest->size() < limit) return rest;
  std::byte more;
  ASSIGN_OR_RETURN(const std::size_t count, read(std::span(&more, 1)));
  if (count == 0) return rest;
  seek(start);
  return Error{Code::too_large, fmt::format("{} is larger than {} bytes", object_.to_string(), limit)};
}

Result<std::optional<std::string>> ObjectReader::read_line(std::size_t limit) {
  std::size_t searched = 0;
  for (;;) {
    const auto end = ahead_.find('\n', searched);
    if (end != std::string::npos || ahead_.size() > limit) {
      if (end == std::string::npos || end >= limit) {
        return Error{Code::too_large,
                     fmt::format("{}: a line is longer than {} bytes", object_.to_string(), limit)};
      }
      std::string line = ahead_.substr(0, end + 1);
      ahead_.erase(0, end + 1);
      position_ += line.size();
      return std::optional(std::move(line));
    }
    searched = ahead_.size();
    std::string piece(kPiece, '\0');
    position_ += ahead_.size();  // where the stream is
    const Result<std::size_t> count = read_some(std::as_writable_bytes(std::span(piece)));
    if (count) position_ -= *count;
    position_ -= searched;
    if (!count) return count.error();
    ahead_.append(piece, 0, *count);
    if (*count > 0) continue;
    if (ahead_.empty()) return std::optional<std::string>();
    std::string line = std::exchange(ahead_, {});
    position_ += line.size();
    return std::optional(std::move(line));
  }
}

void ObjectReader::seek(std::uint64_t position) {
  if (position >= position_ && position - position_ < ahead_.size()) {
    ahead_.erase(0, position - position_);
  } else {
    ahead_.clear();
  }
  position_ = position;
}

Result<std::uint64_t> ObjectReader::size() {
  if (!size_) {
    ASSIGN_OR_RETURN(const api::ObjectStats stats,
                     about(object_.to_string(), api_.stat_object({.repository = object_.repository,
                                                                  .ref = object_.ref,
                                                                  .path = object_.path,
                                                                  .user_metadata = false})));
    if (!stats.size_bytes || *stats.size_bytes < 0) {
      return Error{Code::corrupt, fmt::format("{}: the server does not tell its size", object_.to_string())};
    }
    size_ = static_cast<std::uint64_t>(*stats.size_bytes);
  }
  return *size_;
}

Result<std::size_t> ObjectReader::read_some(std::span<std::byte> into) {
  for (int attempt = 1;; ++attempt) {
    if (into.empty() || (size_ && position_ >= *size_)) return std::size_t{0};
    if (!stream_ || stream_at_ != position_) {
      const Result<bool> opened = open(into.size());
      if (!opened) {
        let_go();
        return with_context(object_.to_string(), opened.error());
      }
      if (!*opened) return std::size_t{0};
    }
    const Result<std::size_t> count = stream_->read(into);
    if (count && *count > 0) {
      position_ += *count;
      stream_at_ = position_;
      in_order_ += *count;
      return *count;
    }
    stream_.reset();
    if (count) {  // the end of a range, or of an object whose size nobody told
      if (!size_) size_ = position_;
      attempt = 0;
    } else if (!may_be_resumed(count.error()) || attempt == kAttempts) {
      return with_context(object_.to_string(), count.error());
    }
  }
}

// A small rest is read, which keeps the connection.
void ObjectReader::let_go() {
  if (stream_ && stream_->left().value_or(kSkip + 1) <= kSkip) {
    std::string rest(static_cast<std::size_t>(*stream_->left()), '\0');
    // Nobody wants these bytes, so it does not matter whether they come.
    (void)stream_->read(std::as_writable_bytes(std::span(rest)));
  }
  stream_.reset();
}

Result<bool> ObjectReader::skip_to_position(std::uint64_t farthest) {
  if (position_ < stream_at_ || position_ - stream_at_ > farthest) return false;
  std::string skipped(kPiece, '\0');
  while (stream_at_ < position_) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, position_ - stream_at_));
    ASSIGN_OR_RETURN(const std::size_t count,
                     stream_->read(std::as_writable_bytes(std::span(skipped)).first(wanted)));
    if (count == 0) return false;
    stream_at_ += count;
  }
  return true;
}

Result<bool> ObjectReader::open(std::size_t wanted) {
  if (stream_) {
    const Result<bool> skipped = skip_to_position(kSkip);
    if (skipped && *skipped) return true;
  }
  if (stream_at_ != position_) {
    in_order_ = 0;
    window_ = 0;
  }
  let_go();
  window_ = window_ == 0 ? kFirstWindow : std::min(window_ * 4, kLargestWindow);
  std::optional<std::size_t> length;
  if (!to_the_end_ && in_order_ < kStreamAfter) length = std::max(wanted, window_);

  Answer answer;
  Result<Download> opened = ask(range_header(position_, length), answer);
  if (!opened && opened.error().code == Code::range_not_satisfiable) return behind_the_end(answer);
  if (!opened) return std::move(opened).error();
  RETURN_IF_ERROR(accept(answer));
  stream_.emplace(std::move(*opened));
  if (answer.status == 206) {
    stream_at_ = position_;
    return true;
  }
  stream_at_ = 0;  // all of it came, whatever range was asked for
  return skip_to_position(position_);
}

// An address of the store is asked for with each request: it is good for a while only, and requests are few.
Result<Download> ObjectReader::ask(const std::string& range, Answer& answer) {
  CallOptions options;
  options.answer = &answer;
  api::GetObjectParams params{
      .repository = object_.repository, .ref = object_.ref, .path = object_.path, .range = range};
  if (!options_.from_store) return api_.get_object(params, options);
  params.range.reset();
  params.presign = true;
  ASSIGN_OR_RETURN(const Download pointer, api_.get_object(params, options));
  const std::string address(answer.headers.get("Location"));
  if (pointer.status() / 100 != 3 || address.empty()) {
    return Error{Code::corrupt,
                 fmt::format("the server gave no address of the store, but {}", answer.status)};
  }
  return api_.session()->get_at_store(address, range, &answer);
}

Result<bool> ObjectReader::behind_the_end(const Answer& answer) {
  const auto extent = extent_of(answer.headers.get("Content-Range"));
  RETURN_IF_ERROR(know(answer, extent && extent->size ? *extent->size : position_));
  return false;
}

Status ObjectReader::accept(const Answer& answer) {
  if (answer.status == 200)
    return know(answer, parse_integer<std::uint64_t>(answer.headers.get("Content-Length")));
  const std::string_view content_range = answer.headers.get("Content-Range");
  const auto extent = extent_of(content_range);
  if (answer.status != 206 || !extent || extent->first != position_) {
    return Error{Code::corrupt, fmt::format("bytes from {} on were asked for, the answer is another: {} {}",
                                            position_, answer.status, content_range)};
  }
  return know(answer, extent->size);
}

Status ObjectReader::know(const Answer& answer, std::optional<std::uint64_t> size) {
  const std::string tag(answer.headers.get("ETag"));
  const bool other_tag = tag_ && !tag.empty() && *tag_ != tag;
  if (other_tag || (tag_ && size && size_ && *size != *size_)) {
    return Error{Code::precondition_failed, "it was written anew while it was read; open it again"};
  }
  if (!tag.empty()) tag_ = tag;
  if (size) size_ = size;
  return {};
}

}  // namespace mere::client
