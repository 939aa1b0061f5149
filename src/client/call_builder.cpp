#include "client/call_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/time_format.h"

namespace mere::client {

CallBuilder::CallBuilder(std::string_view operation, std::string_view method) {
  call_.operation = operation;
  call_.method = method;
}

void CallBuilder::problem(std::string message) {
  if (!call_.problem) {
    call_.problem = Error{Code::invalid_argument, fmt::format("{}: {}", call_.operation, message)};
  }
}

CallBuilder& CallBuilder::literal(std::string_view text) {
  call_.path += text;
  return *this;
}

CallBuilder& CallBuilder::segment(std::string_view name, std::string_view value) {
  // Dots alone name the folder or its parent to whatever stands between (RFC 3986, section 5.2.4).
  if (value.empty()) problem(fmt::format("the {} is empty", name));
  if (value == "." || value == "..") problem(fmt::format("'{}' is no {}", value, name));
  call_.path += percent_encode(value);
  return *this;
}

CallBuilder& CallBuilder::segment(std::string_view name, std::int64_t value) {
  return segment(name, std::to_string(value));
}

CallBuilder& CallBuilder::query(std::string_view name, std::string_view value) {
  if (!call_.query.empty()) call_.query += '&';
  call_.query.append(percent_encode(name)).append("=").append(percent_encode(value));
  return *this;
}

CallBuilder& CallBuilder::query(std::string_view name, std::int64_t value) {
  return query(name, std::string_view(std::to_string(value)));
}

CallBuilder& CallBuilder::query(std::string_view name, const Timestamp& value) {
  return query(name, std::string_view(to_rfc3339(value)));
}

CallBuilder& CallBuilder::query(std::string_view name, const std::vector<std::string>& values) {
  for (const std::string& value : values) query(name, std::string_view(value));
  return *this;
}

CallBuilder& CallBuilder::header(std::string_view name, std::string_view value) {
  const auto ends_a_field = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), ends_a_field)) {
    problem(fmt::format("the header {} has a control character", name));
  }
  call_.headers.set(name, std::string(value));
  return *this;
}

CallBuilder& CallBuilder::header(std::string_view name, const std::optional<std::string>& value) {
  return value ? header(name, std::string_view(*value)) : *this;
}

CallBuilder& CallBuilder::octets(std::shared_ptr<BodySource> body) {
  call_.body = std::move(body);
  return header("Content-Type", std::string_view("application/octet-stream"));
}

CallBuilder& CallBuilder::text(std::string json) {
  call_.body = make_text_source(std::move(json));
  return header("Content-Type", std::string_view("application/json"));
}

}  // namespace mere::client
