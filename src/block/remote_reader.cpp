#include "block/remote_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <mutex>

namespace mere::block {
namespace {

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t total = 0;
};

// "bytes 0-99/1000" (RFC 9110, section 14.4).
std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const auto number = [&](std::uint64_t& into, char end) {
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), into);
    if (failure != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    if (end == '\0') return text.empty();
    if (!text.starts_with(end)) return false;
    text.remove_prefix(1);
    return true;
  };
  ContentRange range;
  if (!number(range.first, '-') || !number(range.last, '/') || !number(range.total, '\0'))
    return std::nullopt;
  if (range.first > range.last || range.last >= range.total) return std::nullopt;
  return range;
}

bool is_break(const Error& error) {
  return error.code == Code::unavailable || error.code == Code::deadline_exceeded;
}

// A request's answer under way.
struct Fetch {
  std::unique_ptr<RemoteStream> stream;
  std::uint64_t position = 0;  // of the next byte
  std::uint64_t end = 0;
};

class RemoteReader final : public Reader {
 public:
  RemoteReader(const RemoteClient& client, RemoteObject object)
      : client_(client), object_(std::move(object)) {}

  // Fetches properties and beginning.
  Status begin() {
    for (int broken = 0;; ++broken) {
      // What brings no answer is repeated by the client; here a body broke off.
      ASSIGN_OR_RETURN(std::unique_ptr<RemoteStream> stream, open_beginning());
      Status begun = take_beginning(std::move(stream));
      if (begun || !is_break(begun.error()) || broken >= client_.options().max_retries) return begun;
      client_.wait_before_retry(broken);
    }
  }

  const Properties& properties() const override { return properties_; }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= properties_.size_bytes || into.empty()) return std::size_t{0};
    into = into.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), properties_.size_bytes - offset)));
    std::size_t done = 0;
    if (offset < beginning_.size()) {
      done = std::min<std::size_t>(into.size(), beginning_.size() - static_cast<std::size_t>(offset));
      std::memcpy(into.data(), beginning_.data() + offset, done);
    }
    if (done < into.size()) RETURN_IF_ERROR(fetch(offset + done, into.subspan(done)));
    return into.size();
  }

 private:
  Result<std::unique_ptr<RemoteStream>> open_beginning() const {
    RemoteRequest request = object_.get;
    request.headers.set("Range", fmt::format("bytes=0-{}", kFirstRead - 1));
    std::optional<RemoteAnswer> refusal;
    auto opened = client_.open(request, &refusal);
    // An empty object has no first byte.
    if (!opened && refusal && refusal->status == 416) opened = client_.open(object_.get);
    return opened;
  }

  Status take_beginning(std::unique_ptr<RemoteStream> stream) {
    const RemoteAnswer& head = stream->head();

    std::uint64_t end = 0;  // of what is answered
    if (head.status == 206) {
      const auto range = parse_content_range(head.headers.get("Content-Range"));
      if (!range || range->first != 0) return wrong_answer(head);
      properties_ = object_.properties(head.headers);
      properties_.size_bytes = range->total;
      end = range->last + 1;
    } else {
      if (!head.content_length) return wrong_answer(head);
      properties_ = object_.properties(head.headers);
      properties_.size_bytes = end = *head.content_length;
    }
    version_ = head.headers;
    beginning_.resize(static_cast<std::size_t>(std::min(end, kFirstRead)));
    RETURN_IF_ERROR(fill(*stream, std::as_writable_bytes(std::span(beginning_))));
    last_end_ = beginning_.size();
    if (end > beginning_.size()) next_ = {std::move(stream), beginning_.size(), end};
    return {};
  }

  Status fill(RemoteStream& stream, std::span<std::byte> into) const {
    while (!into.empty()) {
      ASSIGN_OR_RETURN(const std::size_t count, stream.read(into));
      if (count == 0) return Error{Code::unavailable, "cannot " + object_.get.what + ": the body broke off"};
      into = into.subspan(count);
    }
    return {};
  }

  // All of [offset, offset + into.size()), which the object has.
  Status fetch(std::uint64_t offset, std::span<std::byte> into) const {
    Fetch fetch;
    bool goes_on = false;
    {
      std::lock_guard lock(mutex_);
      goes_on = last_end_ == offset;
      if (next_.stream && next_.position == offset) fetch = std::move(next_);
    }
    if (!fetch.stream) {
      fetch.position = offset;
      fetch.end = goes_on ? properties_.size_bytes : offset + into.size();
    }
    int broken = 0;  // without a byte between
    while (!into.empty()) {
      if (fetch.position == fetch.end) {  // an answer that ended where its request said, before `into` does
        fetch.stream.reset();
        fetch.end = properties_.size_bytes;
      }
      if (!fetch.stream) {
        ASSIGN_OR_RETURN(fetch.stream, open_at(fetch.position, fetch.end));
      }
      const Result<std::size_t> count = fetch.stream->read(into);
      if (count && *count > 0) {
        broken = 0;
        fetch.position += *count;
        into = into.subspan(*count);
        continue;
      }
      fetch.stream.reset();
      if (!count && !is_break(count.error()))
        return with_context("cannot " + object_.get.what, count.error());
      if (broken >= client_.options().max_retries) {
        return Error{
            Code::unavailable,
            fmt::format("cannot {}: the connection breaks at byte {} each time: {}", object_.get.what,
                        fetch.position, count ? "the body ends there" : count.error().message)};
      }
      client_.wait_before_retry(broken++);
    }
    std::lock_guard lock(mutex_);
    last_end_ = fetch.position;
    if (fetch.stream && fetch.position < fetch.end) {
      std::swap(next_, fetch);
    }
    return {};
  }

  Result<std::unique_ptr<RemoteStream>> open_at(std::uint64_t begin, std::uint64_t end) const {
    RemoteRequest request = object_.get;
    request.headers.set("Range", fmt::format("bytes={}-{}", begin, end - 1));
    if (object_.pin) {
      object_.pin(request, version_);
    } else if (const std::string* etag = version_.find("ETag")) {
      request.headers.set("If-Match", *etag);
    }
    std::optional<RemoteAnswer> refusal;
    auto opened = client_.open(request, &refusal);
    if (!opened) {
      Error error = std::move(opened).error();
      const int status = refusal ? refusal->status : 0;
      if (status != 404 && status != 412 && status != 416) return error;
      return Error{Code::gone,
                   fmt::format("cannot {} to its end: it was replaced or removed meanwhile", request.what)};
    }
    const RemoteAnswer& head = (*opened)->head();
    const auto range = parse_content_range(head.headers.get("Content-Range"));
    const bool whole = head.status == 200 && begin == 0 && head.content_length == properties_.size_bytes;
    const bool piece = head.status == 206 && range && range->first == begin && range->last + 1 == end &&
                       range->total == properties_.size_bytes;
    if (!whole && !piece) return wrong_answer(head);
    return opened;
  }

  Error wrong_answer(const RemoteAnswer& head) const {
    return Error{Code::corrupt, fmt::format("cannot {}: {} answered other bytes than those asked for ({} {})",
                                            object_.get.what, client_.options().service_name, head.status,
                                            head.headers.get("Content-Range"))};
  }

  const RemoteClient& client_;
  const RemoteObject object_;
  Properties properties_;
  http::Headers version_;  // of the first answer
  std::string beginning_;

  mutable std::mutex mutex_;
  mutable Fetch next_;  // a request that stays open: taken out while it is read
  mutable std::uint64_t last_end_ = 0;
};

}  // namespace

Result<std::unique_ptr<Reader>> open_remote_reader(const RemoteClient& client, RemoteObject object) {
  auto reader = std::make_unique<RemoteReader>(client, std::move(object));
  RETURN_IF_ERROR(reader->begin());
  return reader;
}

}  // namespace mere::block
