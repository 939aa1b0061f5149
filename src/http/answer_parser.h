// The grammar of an answer, without any I/O: its head, and the body of one that comes in chunks.
//
// On Boost.Beast's parser, which is strict where two readers could differ.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client_exchange.h"

namespace mere::http {

class AnswerParser final : private boost::beast::http::basic_parser<false> {
 public:
  // `to_head`: the answer to a HEAD, which has no body whatever it says.
  explicit AnswerParser(bool to_head);

  // Takes from the front of `bytes`: how many. 0: it needs more than these to go on. Decoded bytes of a body
  // in chunks are added to `decoded`. Errors: unavailable, it is no HTTP.
  Result<std::size_t> take(std::string_view bytes);
  bool has_head() const { return is_header_done(); }
  bool is_interim() const { return head.status < 200; }  // the answer's own head follows, for another parser

  // After the head.
  enum class Framing { none, length, chunks, until_close };
  Framing framing() const;
  bool is_over() const { return is_done(); }  // of chunks
  bool may_keep() const { return keep_alive(); }

  AnswerHead head;
  std::string decoded;

 private:
  using Problem = boost::beast::error_code;
  using View = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb, View, View, int, Problem&) override {}
  void on_response_impl(int status, View, int, Problem&) override { head.status = status; }
  void on_field_impl(boost::beast::http::field known, View name, View value, Problem&) override;
  void on_header_impl(Problem&) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const&, Problem&) override {}
  std::size_t on_body_impl(View, Problem&) override { return 0; }  // never asked to
  void on_chunk_header_impl(std::uint64_t size, View, Problem&) override { left_of_chunk_ = size; }
  std::size_t on_chunk_body_impl(std::uint64_t, View body, Problem&) override;
  void on_finish_impl(Problem&) override {}

  const bool to_head_;
  std::uint64_t left_of_chunk_ = 0;
};

}  // namespace mere::http
