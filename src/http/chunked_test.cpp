#include "http/chunked.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <string>

namespace mere::http {
namespace {

struct Decoded {
  std::string data;
  std::string rest;  // behind the body
  ChunkedDecoder::State state;
};

// Feeds `input` in pieces of `step` bytes.
Decoded decode(std::string_view input, std::size_t step = 1000) {
  Decoded decoded;
  ChunkedDecoder decoder;
  while (!input.empty()) {
    std::string_view piece = input.substr(0, step);
    input.remove_prefix(piece.size());
    while (!piece.empty()) {
      if (decoder.state() == ChunkedDecoder::State::data) {
        const auto count = std::min<std::uint64_t>(decoder.data_left(), piece.size());
        decoded.data += piece.substr(0, count);
        piece.remove_prefix(count);
        decoder.took_data(count);
      } else if (decoder.state() == ChunkedDecoder::State::framing) {
        piece.remove_prefix(decoder.eat_framing(piece));
      } else {
        decoded.rest += piece;
        piece = {};
      }
    }
  }
  decoded.state = decoder.state();
  return decoded;
}

TEST(Chunked, DataIsTakenOutOfItsFraming) {
  const Decoded decoded = decode("5\r\nhello\r\n00A;name=\"v\"\r\n, world!!!\r\n0\r\n\r\nGET");

  EXPECT_EQ(decoded.state, ChunkedDecoder::State::end);
  EXPECT_EQ(decoded.data, "hello, world!!!");
  EXPECT_EQ(decoded.rest, "GET");
}

TEST(Chunked, TrailersAreReadOver) {
  EXPECT_EQ(decode("0\r\nX-Checksum: abc\r\nB:\r\n\r\n").state, ChunkedDecoder::State::end);
}

TEST(Chunked, WhatIsMalformedIsNoticed) {
  for (const char* input :
       {"\r\n", "x\r\n", " 5\r\n", "5\nhello\r\n", "5\r\nhello!\r\n", "5\r\nhello\n0\r\n\r\n", "5x\r\n",
        "5;\x01\r\n", "5 x\r\n", "-1\r\n", "0x5\r\n", "11111111111111111\r\n", "0\r\n\n", "0\r\n : b\r\n\r\n",
        "0\r\nA\r\n\r\n", "0\r\n\rX", "5\rhello"}) {
    EXPECT_EQ(decode(input).state, ChunkedDecoder::State::malformed) << input;
  }
}

TEST(Chunked, AnEndThatDoesNotComeIsNotAnEnd) {
  EXPECT_EQ(decode("5\r\nhel").state, ChunkedDecoder::State::data);
  EXPECT_EQ(decode("5\r\nhello\r\n0\r\n").state, ChunkedDecoder::State::framing);
}

TEST(Chunked, FramingIsBounded) {
  EXPECT_EQ(decode("1;" + std::string(5000, 'x') + "\r\n").state, ChunkedDecoder::State::malformed);
  EXPECT_EQ(decode("1" + std::string(5000, ' ') + "\r\n").state, ChunkedDecoder::State::malformed);
  EXPECT_EQ(decode("0\r\nA: " + std::string(20'000, 'x')).state, ChunkedDecoder::State::malformed);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 10'000; ++i) trailers += "A: b\r\n";
  EXPECT_EQ(decode(trailers).state, ChunkedDecoder::State::malformed);
}

RC_GTEST_PROP(Chunked, GivesBackWhatWasChunkedHoweverItArrives, (const std::vector<std::string>& chunks)) {
  std::string encoded;
  std::string data;
  for (const std::string& chunk : chunks) {
    if (chunk.empty()) continue;
    char size[20];
    std::snprintf(size, sizeof size, "%zX\r\n", chunk.size());
    encoded += size + chunk + "\r\n";
    data += chunk;
  }
  encoded += "0\r\n\r\n";

  const Decoded decoded = decode(encoded + "next", *rc::gen::inRange<std::size_t>(1, 20));

  RC_ASSERT(decoded.state == ChunkedDecoder::State::end);
  RC_ASSERT(decoded.data == data);
  RC_ASSERT(decoded.rest == "next");
}

}  // namespace
}  // namespace mere::http
