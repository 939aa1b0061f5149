// What stores and those who vouch for us write in JSON: an object whose fields are texts.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace mere::block {

// nullopt: it is none.
inline std::optional<boost::json::object> parse_json_object(std::string_view text) {
  boost::json::error_code error;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

// "" if it is missing or no text.
inline std::string text_at(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains({name.data(), name.size()});
  const boost::json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

}  // namespace mere::block
