#include "base/content_checksum.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/crc.h"
#include "base/encoding.h"
#include "base/hash.h"

namespace mere {
namespace {

constexpr ChecksumAlgorithm kAll[] = {ChecksumAlgorithm::crc32, ChecksumAlgorithm::crc32c,
                                      ChecksumAlgorithm::crc64nvme, ChecksumAlgorithm::sha1,
                                      ChecksumAlgorithm::sha256};
constexpr ChecksumAlgorithm kCrcs[] = {ChecksumAlgorithm::crc32, ChecksumAlgorithm::crc32c,
                                       ChecksumAlgorithm::crc64nvme};

std::string checksum_of(ChecksumAlgorithm algorithm, std::string_view bytes) {
  ContentChecksum checksum(algorithm);
  checksum.update(std::as_bytes(std::span(bytes)));
  return checksum.finish();
}

// Long enough that folding takes part, whatever the length is modulo its steps.
std::string long_text(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

TEST(ContentChecksum, MatchesKnownAnswers) {
  // The check values of the CRC catalogue (reveng), and FIPS 180.
  EXPECT_EQ(to_hex(checksum_of(ChecksumAlgorithm::crc32, "123456789")), "cbf43926");
  EXPECT_EQ(to_hex(checksum_of(ChecksumAlgorithm::crc32c, "123456789")), "e3069283");
  EXPECT_EQ(to_hex(checksum_of(ChecksumAlgorithm::crc64nvme, "123456789")), "ae8b14860a799888");
  EXPECT_EQ(to_hex(checksum_of(ChecksumAlgorithm::sha1, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(checksum_of(ChecksumAlgorithm::sha256, "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(checksum_of(ChecksumAlgorithm::crc64nvme, "")), "0000000000000000");
  // NVM Express base specification 2.0, section 5.2.1.3.4: 4096 zero bytes.
  EXPECT_EQ(to_hex(checksum_of(ChecksumAlgorithm::crc64nvme, std::string(4096, '\0'))), "6482d367eb22b64e");
  EXPECT_EQ(to_hex(checksum_of(ChecksumAlgorithm::crc64nvme, std::string(4096, '\xff'))), "c0ddba7302eca3ac");
}

TEST(ContentChecksum, IsNamedAsS3NamesIt) {
  for (const ChecksumAlgorithm algorithm : kAll) {
    EXPECT_EQ(parse_checksum_algorithm(name_of(algorithm)), algorithm);
    EXPECT_EQ(checksum_of(algorithm, "a").size(), checksum_size_bytes(algorithm));
  }
  EXPECT_EQ(parse_checksum_algorithm("crc64Nvme"), ChecksumAlgorithm::crc64nvme);
  EXPECT_EQ(parse_checksum_algorithm("CRC"), std::nullopt);
  EXPECT_EQ(parse_checksum_algorithm(""), std::nullopt);
  EXPECT_EQ(checksum_header(ChecksumAlgorithm::crc64nvme), "x-amz-checksum-crc64nvme");
}

RC_GTEST_PROP(ContentChecksum, DoesNotDependOnHowBytesArrive, ()) {
  const std::string text = long_text(*rc::gen::inRange<std::size_t>(0, 3000));
  const std::size_t cut = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  for (const ChecksumAlgorithm algorithm : kAll) {
    ContentChecksum checksum(algorithm);
    checksum.update(std::as_bytes(std::span(text).first(cut)));
    ContentChecksum moved = std::move(checksum);
    moved.update(std::as_bytes(std::span(text).subspan(cut)));

    RC_ASSERT(moved.finish() == checksum_of(algorithm, text));
  }
}

RC_GTEST_PROP(ContentChecksum, OfTwoPiecesIsTheirCombination, ()) {
  const std::string text = long_text(*rc::gen::inRange<std::size_t>(0, 3000));
  const std::size_t cut = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  for (const ChecksumAlgorithm algorithm : kCrcs) {
    const std::string combined =
        combine_checksums(algorithm, checksum_of(algorithm, std::string_view(text).substr(0, cut)),
                          checksum_of(algorithm, std::string_view(text).substr(cut)), text.size() - cut);

    RC_ASSERT(combined == checksum_of(algorithm, text));
  }
}

}  // namespace
}  // namespace mere
