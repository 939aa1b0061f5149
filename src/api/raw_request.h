// What of a request the generated parsers read: views into the caller's request, which outlives them.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>

namespace mere::api {

class RawParams {
 public:
  // `path`: the segments that filled the template's braces, in their order, still percent-encoded
  // (RouteMatch::path). `query`: as sent, without '?'. `headers`: anything with
  // `const std::string* find(std::string_view name) const`, the name in any case, null if absent.
  template <class Headers>
    requires requires(const Headers& headers, std::string_view name) {
      { headers.find(name) } -> std::convertible_to<const std::string*>;
    }
  RawParams(std::span<const std::string_view> path, std::string_view query, const Headers& headers)
      : path_(path),
        query_(query),
        headers_(&headers),
        find_header_([](const void* all, std::string_view name) {
          return static_cast<const std::string*>(static_cast<const Headers*>(all)->find(name));
        }) {}

  std::span<const std::string_view> path() const { return path_; }
  std::string_view query() const { return query_; }
  const std::string* find_header(std::string_view name) const { return find_header_(headers_, name); }

 private:
  std::span<const std::string_view> path_;
  std::string_view query_;
  const void* headers_;
  const std::string* (*find_header_)(const void* headers, std::string_view name);
};

// The body of an operation that takes JSON. No text means no body.
struct RawBody {
  std::string_view content_type;
  std::string_view text;
};

}  // namespace mere::api
