#include "http/answer_parser.h"

#include <boost/asio/buffer.hpp>

namespace mere::http {
namespace {

constexpr std::uint32_t kLongestHead = 1u << 20;
// "0", its CRLF, and that after the trailers. Beast stops the process if it has seen a last chunk's size and
// is then shown less.
constexpr std::size_t kShortestLastChunk = 5;

}  // namespace

AnswerParser::AnswerParser(bool to_head) : to_head_(to_head) {
  header_limit(kLongestHead);
  body_limit(boost::none);
  skip(to_head);
}

Result<std::size_t> AnswerParser::take(std::string_view bytes) {
  const bool in_framing = is_header_done() && chunked() && left_of_chunk_ == 0;
  if (in_framing && bytes.size() < kShortestLastChunk) return std::size_t{0};
  Problem problem;
  const std::size_t count = put(boost::asio::const_buffer(bytes.data(), bytes.size()), problem);
  if (problem && problem != boost::beast::http::error::need_more) {
    return Error{Code::unavailable, problem.message()};
  }
  return count;
}

AnswerParser::Framing AnswerParser::framing() const {
  if (is_done()) return Framing::none;
  if (chunked()) return Framing::chunks;
  return need_eof() ? Framing::until_close : Framing::length;
}

void AnswerParser::on_field_impl(boost::beast::http::field known, View name, View value, Problem&) {
  using boost::beast::http::field;
  if (is_header_done()) return;  // a trailer
  switch (known) {
    case field::connection:
    case field::keep_alive:
    case field::date:
    case field::content_length:
    case field::transfer_encoding:
      return;
    default:
      head.headers.add(std::string(name), std::string(value));
  }
}

void AnswerParser::on_header_impl(Problem&) {
  head.has_body = !to_head_ && head.status != 204 && head.status != 304;
  if (!chunked()) {
    if (const auto length = content_length()) head.length = *length;
  }
}

std::size_t AnswerParser::on_chunk_body_impl(std::uint64_t left, View body, Problem&) {
  decoded.append(body.data(), body.size());
  left_of_chunk_ = left - body.size();
  return body.size();
}

}  // namespace mere::http
