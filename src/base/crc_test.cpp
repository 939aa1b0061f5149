#include "base/crc.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace mere {
namespace {

const Crc* const kAll[] = {&Crc::crc32(), &Crc::crc32c(), &Crc::crc64nvme()};

TEST(Crc, MatchesKnownAnswers) {
  EXPECT_EQ(Crc::crc32().extend(0, "123456789"), 0xcbf43926u);
  EXPECT_EQ(Crc::crc32c().extend(0, "123456789"), 0xe3069283u);
  EXPECT_EQ(Crc::crc64nvme().extend(0, "123456789"), 0xae8b14860a799888u);
  EXPECT_EQ(Crc::crc32c().extend(0, std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, B.4
  for (const Crc* crc : kAll) EXPECT_EQ(crc->extend(0, ""), 0u);
}

TEST(Crc, IsTheSameWithAndWithoutTheProcessorsHelp) {
  std::string text(1000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * i % 251);
  for (const Crc* crc : kAll) {
    for (std::size_t size = 0; size <= text.size(); ++size) {
      const std::string_view piece = std::string_view(text).substr(text.size() - size);
      ASSERT_EQ(crc->extend(0, piece), crc->extend_portably(0, piece)) << size;
    }
  }
}

RC_GTEST_PROP(Crc, GoesOnFromWhatItHas, (const std::string& a, const std::string& b)) {
  for (const Crc* crc : kAll) {
    RC_ASSERT(crc->extend(crc->extend(0, a), b) == crc->extend(0, a + b));
    RC_ASSERT(crc->combine(crc->extend(0, a), crc->extend(0, b), b.size()) == crc->extend(0, a + b));
  }
}

}  // namespace
}  // namespace mere
