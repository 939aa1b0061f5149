// A body in S3's chunks. Its data goes from the connection straight into the reader's buffer; only framing,
// and the data that comes in one piece with it, passes through one of ours.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/encoding.h"
#include "base/hash.h"
#include "s3/aws_chunks.h"
#include "s3/checked_body.h"

namespace mere::s3 {
namespace {

constexpr std::size_t kBuffer = 8u << 10;      // for framing
constexpr std::size_t kDirectRead = 4u << 10;  // smaller pieces of data come through the buffer

S3Error malformed() {
  return s3_error("InvalidRequest", "The body's chunks are malformed.");
}
S3Error incomplete() {
  return s3_error("IncompleteBody", "The request body terminated unexpectedly");
}

class AwsChunkedBody final : public CheckedBody {
 public:
  AwsChunkedBody(std::unique_ptr<http::BodyReader> source, PayloadChecks checks, AwsChunkedOptions options)
      : source_(std::move(source)), checks_(std::move(checks)), options_(std::move(options)) {
    if (options_.trailer) checks_.compute(*options_.trailer);
    if (options_.signing) chunk_digest_ = Digest::sha256();
  }

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    std::size_t filled = 0;
    while (true) {
      if (failure_) co_return Error{Code::invalid_argument, failure_->message};
      if (ended_ || filled == into.size()) co_return filled;
      const bool in_data = chunks_.state() == AwsChunks::State::data;
      if (available() > 0) {
        if (in_data) {
          filled += take_buffered(into.subspan(filled));
        } else {
          eat_framing();
        }
        continue;
      }
      const std::span<std::byte> rest = into.subspan(filled);
      const auto direct =
          static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), in_data ? chunks_.data_left() : 0));
      const bool is_direct = direct >= kDirectRead;
      const std::span<std::byte> space =
          is_direct ? rest.first(direct) : std::as_writable_bytes(std::span(buffer_));
      CO_ASSIGN_OR_RETURN(const std::size_t count, co_await source_->read(space));
      if (count == 0) {
        end();
      } else if (is_direct) {
        took(space.first(count));
        filled += count;
      } else {
        begin_ = 0;
        end_ = count;
      }
    }
  }

  const S3Error* failure() const override { return failure_ ? &*failure_ : nullptr; }
  const std::optional<Checksum>& checksum() const override { return checks_.checksum(); }
  void compute(ChecksumAlgorithm algorithm) override { checks_.compute(algorithm); }

 private:
  std::size_t available() const { return end_ - begin_; }

  std::size_t take_buffered(std::span<std::byte> into) {
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>(chunks_.data_left(), std::min(into.size(), available())));
    std::memcpy(into.data(), buffer_.data() + begin_, count);
    begin_ += count;
    took(into.first(count));
    return count;
  }

  void took(std::span<const std::byte> data) {
    checks_.update(data);
    if (chunk_digest_) chunk_digest_->update(data);
    payload_ += data.size();
    chunks_.took_data(data.size());
    if (chunks_.state() != AwsChunks::State::data) end_chunk();
  }

  void eat_framing() {
    const bool was_trailer = chunks_.state() == AwsChunks::State::trailer;
    begin_ += chunks_.eat_framing({buffer_.data() + begin_, available()});
    if (chunks_.state() == AwsChunks::State::malformed) {
      failure_ = malformed();
    } else if (chunks_.state() == AwsChunks::State::data) {
      const bool too_much =
          options_.announced_payload && chunks_.data_left() > *options_.announced_payload - payload_;
      if (too_much) failure_ = incomplete();
    } else if (chunks_.state() == AwsChunks::State::trailer && !was_trailer) {
      end_chunk();  // the last one, which is empty
    }
  }

  // The chunk's data has all come: is it what was signed?
  void end_chunk() {
    if (!chunk_digest_) return;
    const std::string hash = chunk_digest_->finish_hex();
    chunk_digest_ = Digest::sha256();
    ChunkSigning& signing = *options_.signing;
    std::string expected =
        http::aws_chunk_signature(signing.key, signing.timestamp, signing.scope, signing.signature, hash);
    if (!equal_secrets(expected, chunks_.signature())) {
      failure_ = s3_error("SignatureDoesNotMatch");
      return;
    }
    signing.signature = std::move(expected);
  }

  // The source is at its end.
  void end() {
    ended_ = true;
    if (chunks_.state() != AwsChunks::State::trailer ||
        (options_.announced_payload && payload_ != *options_.announced_payload)) {
      failure_ = incomplete();
      return;
    }
    failure_ = check_trailer();
    if (!failure_) failure_ = checks_.finish();
  }

  Refusal check_trailer() {
    const S3Error wrong_form = s3_error("MalformedTrailerError");
    std::string signed_lines;
    std::optional<std::string> value;
    std::string_view signature;
    std::string_view rest = chunks_.trailer();
    while (!rest.empty()) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      while (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty()) continue;  // clients end lines with "\n\r\n" too
      const auto colon = line.find(':');
      if (colon == line.npos || !options_.trailer) return wrong_form;
      const std::string name(line.substr(0, colon));
      const std::string text = http::canonical_value(line.substr(colon + 1));
      if (http::equal_ignoring_case(name, "x-amz-trailer-signature")) {
        signature = line.substr(colon + 1);
        continue;
      }
      if (value || algorithm_of_header(name) != options_.trailer) return wrong_form;
      value = text;
      signed_lines += name + ':' + text + '\n';
    }
    if (!options_.trailer) return std::nullopt;
    if (!value) return wrong_form;
    if (options_.signing) {
      const ChunkSigning& signing = *options_.signing;
      const std::string expected = http::aws_trailer_signature(signing.key, signing.timestamp, signing.scope,
                                                               signing.signature, signed_lines);
      if (!equal_secrets(expected, signature)) return s3_error("SignatureDoesNotMatch");
    }
    auto raw = from_base64(*value);
    if (!raw || raw->size() != checksum_size_bytes(*options_.trailer)) {
      return s3_error("InvalidRequest", "Value for " + std::string(checksum_header(*options_.trailer)) +
                                            " trailing header is invalid.");
    }
    checks_.expect_checksum(*std::move(raw));
    return std::nullopt;
  }

  std::unique_ptr<http::BodyReader> source_;
  PayloadChecks checks_;
  AwsChunkedOptions options_;  // its signature moves on with each chunk
  AwsChunks chunks_;
  std::optional<Digest> chunk_digest_;
  std::uint64_t payload_ = 0;
  std::array<char, kBuffer> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  std::optional<S3Error> failure_;
};

}  // namespace

std::unique_ptr<CheckedBody> make_aws_chunked_body(std::unique_ptr<http::BodyReader> source,
                                                   PayloadChecks checks, AwsChunkedOptions options) {
  return std::make_unique<AwsChunkedBody>(std::move(source), std::move(checks), std::move(options));
}

}  // namespace mere::s3
