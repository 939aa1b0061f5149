#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"
#include "tree/fixture_for_test.h"
#include "tree/record_value.h"
#include "tree/reserved_metadata.h"
#include "tree/types.h"

namespace mere::tree {
namespace {

TEST(Entry, HasTheReferencesBytesAndIdentity) {
  const auto vectors = fixture::id_vectors();

  for (const auto& one : vectors.at("entries").as_array()) {
    Entry entry;
    entry.address = one.at("address").as_string();
    entry.address_type = static_cast<AddressType>(one.at("address_type").to_number<int>());
    entry.last_modified.seconds = one.at("last_modified").at("seconds").to_number<std::int64_t>();
    entry.last_modified.nanos = one.at("last_modified").at("nanos").to_number<std::int32_t>();
    entry.size_bytes = one.at("size").to_number<std::int64_t>();
    entry.checksum = one.at("e_tag").as_string();
    entry.content_type = one.at("content_type").as_string();
    for (const auto& [key, value] : one.at("metadata").as_object()) entry.metadata[key] = value.as_string();
    const std::string stored = *from_hex(std::string_view(one.at("entry_proto_hex").as_string()));

    EXPECT_EQ(to_hex(identity_of(entry)), std::string_view(one.at("identity_hex").as_string()));
    auto decoded = decode_entry(stored);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, entry);
    if (entry.metadata.size() > 1) continue;  // in the reference, in random order
    std::string value;
    append_value(value, identity_of(entry), encode_entry(entry));
    EXPECT_EQ(to_hex(value), std::string_view(one.at("range_value_hex").as_string()));
  }
}

RC_GTEST_PROP(Entry, IsReadBackAsItWasWritten, ()) {
  Entry entry;
  entry.address = *rc::gen::arbitrary<std::string>();
  entry.address_type =
      *rc::gen::element(AddressType::by_prefix_deprecated, AddressType::relative, AddressType::full);
  entry.last_modified = {*rc::gen::arbitrary<std::int64_t>(), *rc::gen::inRange(0, 1'000'000'000)};
  entry.size_bytes = *rc::gen::arbitrary<std::int64_t>();
  entry.checksum = *rc::gen::arbitrary<std::string>();
  entry.metadata = *rc::gen::arbitrary<Metadata>();
  entry.content_type = *rc::gen::arbitrary<std::string>();
  const std::string stored = encode_entry(entry);

  auto decoded = decode_entry(stored);
  auto summary = summarise_entry(stored);

  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == entry);
  RC_ASSERT(summary->size_bytes == entry.size_bytes);
  RC_ASSERT(summary->checksum == entry.checksum);
}

TEST(Entry, WhatFollowsFromTheBytesTakesNoPartInTheIdentityAndWhatAUserSetDoes) {
  const Entry plain{.size_bytes = 3, .checksum = "c", .metadata = {{"a", "1"}, {"z", "2"}}};
  Entry derived = plain;
  derived.metadata["::mere::checksum"] = "CRC32:AAAAAA==";
  derived.metadata["::mere::parts"] = "2";
  derived.metadata["::mere::part-sizes"] = "2,1";
  Entry tagged = plain;
  tagged.metadata["::mere::tagging"] = "team=lake";

  EXPECT_EQ(identity_of(derived), identity_of(plain));
  EXPECT_NE(identity_of(tagged), identity_of(plain));
  EXPECT_EQ(without_reserved(derived.metadata), plain.metadata);
  EXPECT_EQ(without_reserved(tagged.metadata), plain.metadata);
}

TEST(Entry, PathAddressAndTimeTakeNoPartInTheIdentity) {
  Entry entry{.address = "data/a", .last_modified = {1, 2}, .size_bytes = 3, .checksum = "c"};
  Entry moved = entry;
  moved.address = "s3://elsewhere/b";
  moved.address_type = AddressType::full;
  moved.last_modified = {4, 5};

  EXPECT_EQ(identity_of(moved), identity_of(entry));
  moved.content_type = "text/plain";
  EXPECT_NE(identity_of(moved), identity_of(entry));
}

TEST(Entry, MalformedBytesAreCorrupt) {
  const std::string stored = encode_entry({.address = "data/a", .size_bytes = 3, .checksum = "c"});

  EXPECT_EQ(decode_entry(stored.substr(0, 4)).error().code, Code::corrupt);
  EXPECT_EQ(decode_entry("\x30\x07").error().code, Code::corrupt);  // an address type that is none
  EXPECT_EQ(decode_entry("\x08\x01").error().code, Code::corrupt);  // an address that is a number
  EXPECT_EQ(summarise_entry("\xff").error().code, Code::corrupt);
}

RC_GTEST_PROP(RecordValue, IsReadBackAsItWasWritten, ()) {
  const auto identity = *rc::gen::arbitrary<std::string>();
  const auto data = *rc::gen::scale(5.0, rc::gen::arbitrary<std::string>());
  std::string value;
  append_value(value, identity, data);

  std::string_view identity_read, data_read;
  RC_ASSERT(split_value(value, identity_read, data_read));
  RC_ASSERT(identity_read == identity);
  RC_ASSERT(data_read == data);
  RC_ASSERT(!split_value(std::string_view(value).substr(0, value.size() - 1), identity_read, data_read));
  value += "later";
  RC_ASSERT(split_value(value, identity_read, data_read));
  RC_ASSERT(data_read == data);
}

TEST(RangeValue, RefusesWhatNoWriterMakes) {
  const Range range{RangeId(std::string(64, 'a')), "b", "d", 10, 3};
  auto value = [](Range changed) { return encode_range_value(changed); };
  ASSERT_TRUE(decode_range_record("d", value(range)));
  EXPECT_EQ(decode_range_record("d", value(range))->to_range(), range);

  EXPECT_EQ(decode_range_record("e", value(range)).error().code, Code::corrupt);
  Range upper = range;
  upper.id = RangeId(std::string(64, 'A'));
  EXPECT_EQ(decode_range_record("d", value(upper)).error().code, Code::corrupt);
  Range path = range;
  path.id = RangeId("../" + std::string(61, 'a'));
  EXPECT_EQ(decode_range_record("d", value(path)).error().code, Code::corrupt);
  Range reversed = range;
  reversed.min_key = "e";
  EXPECT_EQ(decode_range_record("d", value(reversed)).error().code, Code::corrupt);
  Range negative = range;
  negative.count = -1;
  EXPECT_EQ(decode_range_record("d", value(negative)).error().code, Code::corrupt);
}

}  // namespace
}  // namespace mere::tree
