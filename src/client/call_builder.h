// Makes a Call from typed arguments; what the generated calls.cpp is made of.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "api/json.h"
#include "base/clock.h"
#include "client/call.h"

namespace mere::client {

class CallBuilder {
 public:
  // Both are literals.
  CallBuilder(std::string_view operation, std::string_view method);

  CallBuilder& literal(std::string_view text);  // of the path, as it is
  // Of the path, encoded. One that is empty is a problem: it would ask for another thing.
  CallBuilder& segment(std::string_view name, std::string_view value);
  CallBuilder& segment(std::string_view name, std::int64_t value);
  template <class E>
    requires std::is_enum_v<E>
  CallBuilder& segment(std::string_view name, E value) {
    return segment(name, to_string(value));
  }

  CallBuilder& query(std::string_view name, std::string_view value);
  CallBuilder& query(std::string_view name, std::int64_t value);
  CallBuilder& query(std::string_view name, const Timestamp& value);
  template <std::same_as<bool> B>
  CallBuilder& query(std::string_view name, B value) {
    return query(name, std::string_view(value ? "true" : "false"));
  }
  template <class E>
    requires std::is_enum_v<E>
  CallBuilder& query(std::string_view name, E value) {
    return query(name, to_string(value));
  }
  CallBuilder& query(std::string_view name, const std::vector<std::string>& values);  // a=1&a=2
  template <class T>
  CallBuilder& query(std::string_view name, const std::optional<T>& value) {
    return value ? query(name, *value) : *this;
  }

  // A value with a control character is a problem: it would end the field.
  CallBuilder& header(std::string_view name, std::string_view value);
  CallBuilder& header(std::string_view name, const std::optional<std::string>& value);

  template <class T>
  CallBuilder& json(const T& body) {
    return text(api::to_json(body));
  }
  template <class T>
  CallBuilder& json(const std::optional<T>& body) {
    return body ? json(*body) : *this;
  }
  CallBuilder& may_redirect() {
    call_.may_redirect = true;
    return *this;
  }
  CallBuilder& octets(std::shared_ptr<BodySource> body);

  Call done() { return std::move(call_); }

 private:
  CallBuilder& text(std::string json);
  void problem(std::string message);

  Call call_;
};

}  // namespace mere::client
