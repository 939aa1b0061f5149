// A body that is sent as it is.
#include "s3/checked_body.h"

namespace mere::s3 {
namespace {

class PlainBody final : public CheckedBody {
 public:
  PlainBody(std::unique_ptr<http::BodyReader> source, PayloadChecks checks)
      : source_(std::move(source)), checks_(std::move(checks)) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    std::size_t count = 0;
    if (source_) {
      CO_ASSIGN_OR_RETURN(count, co_await source_->read(into));
    }
    if (count > 0) {
      checks_.update(into.first(count));
    } else if (!ended_) {
      ended_ = true;
      failure_ = checks_.finish();
    }
    if (failure_) co_return Error{Code::invalid_argument, failure_->message};
    co_return count;
  }

  const S3Error* failure() const override { return failure_ ? &*failure_ : nullptr; }
  const std::optional<Checksum>& checksum() const override { return checks_.checksum(); }
  void compute(ChecksumAlgorithm algorithm) override { checks_.compute(algorithm); }

 private:
  std::unique_ptr<http::BodyReader> source_;  // null: empty
  PayloadChecks checks_;
  bool ended_ = false;
  std::optional<S3Error> failure_;
};

}  // namespace

std::unique_ptr<CheckedBody> make_plain_body(std::unique_ptr<http::BodyReader> source, PayloadChecks checks) {
  return std::make_unique<PlainBody>(std::move(source), std::move(checks));
}

}  // namespace mere::s3
