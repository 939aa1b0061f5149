#include "client/parts_writer.h"

#include <algorithm>

namespace mere::client {
namespace {

constexpr std::size_t kMostParts = 10'000;  // as S3 has it

}  // namespace

PartsWriter::PartsWriter(StoreParts upload, std::size_t part_bytes, std::size_t parallel)
    : upload_(std::move(upload)), part_bytes_(part_bytes), parallel_(parallel) {}

PartsWriter::~PartsWriter() {
  for (const auto& one : under_way_) one.wait();
  if (!complete_) upload_.give_up();
}

Status PartsWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, part_bytes_ - part_.size());
    part_ += piece;
    bytes.remove_prefix(piece.size());
    if (part_.size() == part_bytes_) RETURN_IF_ERROR(send());
  }
  return {};
}

Status PartsWriter::send() {
  if (next_ == kMostParts) {
    return Error{Code::too_large, "it has more parts than a store takes: upload it from a file"};
  }
  if (under_way_.size() == parallel_) RETURN_IF_ERROR(take_first());
  const auto body = make_text_source(std::exchange(part_, {}));
  under_way_.push_back(
      std::async(std::launch::async, [this, index = next_++, body] { return upload_.send(index, body); }));
  part_.reserve(part_bytes_);
  return {};
}

Status PartsWriter::take_first() {
  Result<api::UploadPart> part = under_way_.front().get();
  under_way_.pop_front();
  if (!part) return std::move(part).error();
  sent_.push_back(*std::move(part));
  return {};
}

Result<api::ObjectStats> PartsWriter::close(const WriteOptions& options) {
  if (!part_.empty()) RETURN_IF_ERROR(send());
  while (!under_way_.empty()) RETURN_IF_ERROR(take_first());
  ASSIGN_OR_RETURN(auto stats, upload_.complete(std::move(sent_), options));
  complete_ = true;
  return stats;
}

}  // namespace mere::client
