// Reads an object: from anywhere, in any order, without holding more of it than the caller asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "client/api.h"
#include "client/uri.h"

namespace mere::client {

struct ReadOptions {
  // The bytes come from the object store itself, by addresses that the server gives out; where it gives out
  // none, reading is its error.
  bool from_store = false;
};

// One user at a time. Nothing is asked before the first read.
//
// Reads that follow each other come from one request, of growing ranges, then of all that is left; after a
// seek only what is asked for and a little more is fetched. A connection that breaks is resumed where it
// broke. All reads are of one content: if the object is written anew meanwhile, reading on is
// `precondition_failed`.
class ObjectReader {
 public:
  ObjectReader(Api api, Uri object, ReadOptions options = {});
  ObjectReader(ObjectReader&&) = default;
  ObjectReader& operator=(ObjectReader&&) = default;

  // Fills `into`; less only at the end. Errors: not_found, gone, permission_denied, unavailable, …
  Result<std::size_t> read(std::span<std::byte> into);
  // At most `size` bytes; fewer only at the end.
  Result<std::string> read(std::size_t size);
  // All that is left. Errors: too_large, if that is more than `limit` bytes.
  Result<std::string> read_rest(std::size_t limit = std::size_t{1} << 40);
  // Up to and including the next line feed, or the end; nullopt at the end. Errors: too_large.
  Result<std::optional<std::string>> read_line(std::size_t limit = std::size_t{1} << 30);

  // Asks nothing. Behind the end there is nothing to read.
  void seek(std::uint64_t position);
  std::uint64_t tell() const { return position_; }
  // Asks if nothing has been read yet.
  Result<std::uint64_t> size();

 private:
  Result<std::size_t> read_some(std::span<std::byte> into);
  Result<bool> open(std::size_t wanted);  // false: the object ends before the position
  Result<Download> ask(const std::string& range, Answer& answer);
  Status accept(const Answer& answer);
  Result<bool> behind_the_end(const Answer& answer);
  Status know(const Answer& answer, std::optional<std::uint64_t> size);
  Result<bool> skip_to_position(std::uint64_t farthest);
  void let_go();

  Api api_;
  Uri object_;
  ReadOptions options_;
  std::uint64_t position_ = 0;
  std::string ahead_;  // what read_line fetched too much of: the bytes at the position
  std::optional<std::uint64_t> size_;
  std::optional<std::string> tag_;  // the ETag that was met first
  std::optional<Download> stream_;
  std::uint64_t stream_at_ = 0;  // where its next byte lies
  std::uint64_t in_order_ = 0;   // bytes read one after the other since the last jump
  std::size_t window_ = 0;
  bool to_the_end_ = false;  // all that is left is wanted
};

}  // namespace mere::client
