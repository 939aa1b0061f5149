// Requests and responses as values: what a router answers, whether they came by TCP or from this process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/executor.h"
#include "base/fd.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "base/task.h"

namespace mere::http {

// Header fields in order; names compare without case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  void add(std::string name, std::string value) {
    if (fields_.empty()) fields_.reserve(kUsual);
    fields_.emplace_back(std::move(name), std::move(value));
  }
  void set(std::string_view name, std::string value);  // replaces all of that name
  void erase(std::string_view name);
  // The first value of that name, or null; valid until the headers change.
  const std::string* find(std::string_view name) const;
  std::string_view get(std::string_view name) const;  // "" if absent
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  static constexpr std::size_t kUsual = 12;  // fields of a message; more are moved as they come
  std::vector<Field> fields_;
};

bool equal_ignoring_case(std::string_view a, std::string_view b);

// Bytes that arrive piece by piece. One reader; after an error or the end, only destruction.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Up to `into.size()` bytes, at least one; 0 at the end. Errors: `cancelled` (the peer went away),
  // `deadline_exceeded` (the peer is too slow), `invalid_argument` (bad framing), `too_large`.
  virtual Task<Result<std::size_t>> read(std::span<std::byte> into) = 0;
};

struct FileBody {                  // a piece of a file, which its reader takes from there
  std::shared_ptr<const Fd> file;  // may alias an owner that keeps it open
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct StreamBody {
  std::unique_ptr<BodyReader> reader;
  std::optional<std::uint64_t> length;  // nullopt: chunked
};

using Body = std::variant<std::monostate, std::string, FileBody, StreamBody>;

struct Request {
  std::string method;  // "GET"; case-sensitive
  std::string path;    // as sent, still percent-encoded, without the query: "/api/v1/…"
  std::string query;   // as sent, without '?'
  Headers headers;
  std::optional<std::uint64_t> content_length;  // of the body; nullopt: none, or chunked
  std::unique_ptr<BodyReader> body;             // null: no body
  std::string peer;                             // "127.0.0.1:4321", or "in-process"
  bool secure = false;                          // came over TLS
  Executor* executor = nullptr;                 // where its coroutines resume; outlives the exchange
  MemoryBudget* memory = nullptr;  // for what is kept of bodies, all requests together; null: no bound
};

struct Response {
  int status = 200;
  Headers headers;  // without Content-Length, Transfer-Encoding, Connection, Date
  Body body;
  // HEAD: what Content-Length says while no body is sent. Also for 304.
  std::optional<std::uint64_t> content_length_without_body{};
};

// name=value pairs of a query or a form, decoded, in order; nullopt if a '%' is malformed.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

// The whole body. Errors: those of read(), and `too_large` past `limit` bytes (nothing more is read).
Task<Result<std::string>> read_all(BodyReader* body, std::size_t limit);
// As above, and `unavailable` where `share`, which keeps what the body takes up, cannot grow. A small body
// takes no share.
Task<Result<std::string>> read_all(BodyReader* body, std::size_t limit, MemoryShare& share);

// A body that is already here.
std::unique_ptr<BodyReader> make_string_body(std::string bytes);

// What answers requests: the top of the program below the doors. Any thread may call it; `request`
// belongs to the callee. It answers every request and throws nothing.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Task<Response> handle(Request request) = 0;
};

}  // namespace mere::http
