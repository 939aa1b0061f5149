#include "tree/typed_hash.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "tree/fixture_for_test.h"

namespace mere::tree {
namespace {

TEST(TypedHash, EncodesWhatTheReferenceEncodes) {
  const auto vectors = fixture::id_vectors();
  int checked = 0;

  for (const auto& one : vectors.at("primitives").as_array()) {
    const std::string type(one.at("type").as_string());
    const auto& value = one.at("value");
    std::string out;
    if (type == "int64") append_typed_int(out, value.to_number<std::int64_t>());
    if (type == "bytes_hex") append_typed_bytes(out, *from_hex(std::string_view(value.as_string())));
    if (type == "string") append_typed_string(out, std::string_view(value.as_string()));
    if (type == "string_slice") {
      std::vector<std::string> items;
      for (const auto& item : value.as_array()) items.emplace_back(item.as_string());
      append_typed_strings(out, items);
    }
    if (type == "string_map") {
      std::map<std::string, std::string> items;
      for (const auto& [key, item] : value.as_object()) items[key] = item.as_string();
      append_typed_map(out, items);
    }
    if (type == "embedded_identity_of_32_zero_bytes") append_typed_identity(out, std::string(32, '\0'));

    EXPECT_EQ(to_hex(out), std::string_view(one.at("encoded_hex").as_string())) << type;
    ++checked;
  }
  EXPECT_EQ(checked, 11);
}

}  // namespace
}  // namespace mere::tree
