#include "base/wire.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "base/encoding.h"

namespace mere {
namespace {

struct Message {
  std::uint64_t number = 0;
  std::string text;
  Timestamp time;
  std::map<std::string, std::string> map;
  friend bool operator==(const Message&, const Message&) = default;
};

std::string encode(const Message& message) {
  std::string out;
  WireWriter writer(out);
  writer.varint(1, message.number);
  writer.bytes(2, message.text);
  writer.timestamp(3, message.time);
  writer.string_map(1000, message.map);
  return out;
}

std::optional<Message> decode(std::string_view bytes) {
  Message message;
  WireReader in(bytes);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        message.number = in.varint();
        break;
      case 2:
        message.text = in.bytes();
        break;
      case 3:
        message.time = in.timestamp();
        break;
      case 1000:
        in.string_map_entry(message.map);
        break;
      default:
        break;
    }
  }
  return in.failed() ? std::nullopt : std::optional(message);
}

TEST(Wire, WritesWhatProtobufWrites) {
  std::string out;
  WireWriter writer(out);
  writer.varint(1, 150);
  writer.bytes(2, "testing");
  writer.timestamp(3, {-1, 5});
  writer.string_map(4, {{"b", ""}, {"a", "x"}});
  writer.bytes_always(5, "");

  EXPECT_EQ(to_hex(out),
            "089601"
            "120774657374696e67"
            "1a0d08ffffffffffffffffff011005"
            "22060a0161120178"
            "22050a01621200"
            "2a00");
}

TEST(Wire, LeavesDefaultsOut) {
  std::string out;
  WireWriter writer(out);
  writer.varint(1, 0);
  writer.bytes(2, "");
  writer.string_map(3, {});

  EXPECT_EQ(out, "");
}

RC_GTEST_PROP(Wire, RoundTrips,
              (std::uint64_t number, const std::string& text, std::int64_t seconds,
               const std::map<std::string, std::string>& map)) {
  const Message message{number, text, {seconds, *rc::gen::inRange(0, 1'000'000'000)}, map};

  RC_ASSERT(decode(encode(message)) == message);
}

RC_GTEST_PROP(Wire, SurvivesArbitraryBytes, (const std::string& bytes)) {
  if (const auto message = decode(bytes)) RC_ASSERT(decode(encode(*message)) == message);
}

RC_GTEST_PROP(Wire, SurvivesAMessageThatIsCutOff, (std::uint64_t number, const std::string& text)) {
  const std::string whole = encode({number, text, {1, 2}, {{"k", "v"}}});

  for (std::size_t size = 0; size < whole.size(); ++size)
    (void)decode(std::string_view(whole).substr(0, size));
}

TEST(Wire, SkipsUnknownFieldsOfEveryType) {
  const std::string bytes = *from_hex(
      "089601"
      "d1020102030405060708"
      "dd0201020304"
      "e20203616263"
      "f00201");

  EXPECT_EQ(decode(bytes)->number, 150u);
}

TEST(Wire, RefusesMalformedInput) {
  for (const char* hex : {"08", "0880", "1205616263", "00", "0b", "0f", "1900000000",
                          "08ffffffffffffffffff02", "08ffffffffffffffffffff01", "0a0161", "1001",
                          "1a021000"
                          "1a0210",
                          "1a0610ffffffff0f"}) {
    EXPECT_FALSE(decode(*from_hex(hex))) << hex;
  }
}

TEST(Uvarint, RoundTripsTheEdges) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                    std::uint64_t{1} << 63, std::numeric_limits<std::uint64_t>::max()}) {
    std::string out;
    append_uvarint(out, value);
    std::string_view in = out;
    std::uint64_t read = 0;
    ASSERT_TRUE(take_uvarint(in, read));
    EXPECT_EQ(read, value);
    EXPECT_TRUE(in.empty());
  }
}

}  // namespace
}  // namespace mere
