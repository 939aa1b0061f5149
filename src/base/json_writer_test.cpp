#include "base/json_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <limits>

#include "base/encoding.h"

namespace mere {
namespace {

namespace json = boost::json;

void write(JsonWriter& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return out.null();
    case json::kind::bool_:
      return out.boolean(value.get_bool());
    case json::kind::int64:
      return out.integer(value.get_int64());
    case json::kind::uint64:
      return out.unsigned_integer(value.get_uint64());
    case json::kind::double_:
      return out.number(value.get_double());
    case json::kind::string:
      return out.string(std::string_view(value.get_string()));
    case json::kind::array:
      out.begin_array();
      for (const auto& element : value.get_array()) write(out, element);
      return out.end_array();
    case json::kind::object:
      out.begin_object();
      for (const auto& member : value.get_object()) {
        out.key(std::string_view(member.key()));
        write(out, member.value());
      }
      return out.end_object();
  }
}

std::string text() {
  return *rc::gen::map(rc::gen::arbitrary<std::string>(), [](std::string bytes) {
    if (!is_valid_utf8(bytes))
      for (char& c : bytes) c &= 0x7f;
    return bytes + "\xe2\x82\xac";
  });
}

json::value any_value(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return std::numeric_limits<std::uint64_t>::max() - *rc::gen::inRange<std::uint64_t>(0, 1000);
    case 4:
      return *rc::gen::arbitrary<int>() + 0.5;
    case 5:
      return json::value(text());
    case 6: {
      json::array array;
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) array.push_back(any_value(depth - 1));
      return array;
    }
    default: {
      json::object object;
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) object[text()] = any_value(depth - 1);
      return object;
    }
  }
}

RC_GTEST_PROP(JsonWriter, IsReadBackByAParser, ()) {
  const json::value value = any_value(4);
  std::string out;
  JsonWriter writer(out);

  write(writer, value);

  RC_ASSERT(json::parse(out) == value);
}

RC_GTEST_PROP(JsonWriter, MakesValidJsonOfAnyBytes, (const std::string& bytes)) {
  std::string out;
  JsonWriter(out).string(bytes);

  const json::value read = json::parse(out);

  RC_ASSERT(is_valid_utf8(out));
  if (is_valid_utf8(bytes)) RC_ASSERT(read.get_string() == bytes);
}

TEST(JsonWriter, PutsCommasWhereTheyAreDue) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("a");
  writer.begin_array();
  writer.begin_object();
  writer.end_object();
  writer.raw("[1]");
  writer.end_array();
  writer.key("b");
  writer.string_map({{"x", "1"}, {"y", "2"}});
  writer.key("c");
  writer.number(std::nan(""));
  writer.end_object();

  EXPECT_EQ(out, R"({"a":[{},[1]],"b":{"x":"1","y":"2"},"c":null})");
}

TEST(JsonWriter, WritesEachByteAlikeWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string alone;
    JsonWriter(alone).string(std::string(1, static_cast<char>(byte)));
    const std::string written = alone.substr(1, alone.size() - 2);
    for (std::size_t size = 1; size <= 25; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(byte);
        std::string out;

        JsonWriter(out).string(text);

        ASSERT_EQ(out, '"' + std::string(at, 'a') + written + std::string(size - at - 1, 'a') + '"') << byte;
      }
    }
  }
}

TEST(JsonWriter, EscapesControlCharactersAndReplacesBadBytes) {
  std::string out;
  JsonWriter(out).string(std::string_view("\"\\\n\t\x01\x7f\0\xff<>&", 11));

  EXPECT_EQ(out, "\"\\\"\\\\\\n\\t\\u0001\\u007f\\u0000\xef\xbf\xbd<>&\"");
}

}  // namespace
}  // namespace mere
