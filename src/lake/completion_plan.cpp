#include "lake/completion_plan.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "block/multipart.h"
#include "lake/multipart_access.h"
#include "lake/part_checksums.h"
#include "lake/part_sizes.h"
#include "tree/reserved_metadata.h"

namespace mere::lake {
namespace {

class Plan {
 public:
  Plan(const MultipartUpload& upload, CompletionMistake& mistake)
      : id_(upload.name.id), upload_(upload.options), mistake_(mistake) {}

  Status check_order(const std::vector<CompletedPart>& parts) {
    if (parts.empty()) return wrong(CompletionMistake::part, "an upload cannot be completed without parts");
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].number <= parts[i - 1].number)
        return wrong(CompletionMistake::order, "the parts are not in ascending order");
    }
    return {};
  }

  Status add(const CompletedPart& wanted, const block::Part* uploaded, const std::string& checksum,
             std::optional<std::uint64_t> min_bytes) {
    if (uploaded == nullptr) {
      return wrong(CompletionMistake::part,
                   fmt::format("part {} was not uploaded, or its ETag is not the one given", wanted.number));
    }
    if (min_bytes && uploaded->size_bytes < *min_bytes) {
      return wrong(CompletionMistake::too_small,
                   fmt::format("part {} has {} bytes: all parts but the last must have at least {}",
                               wanted.number, uploaded->size_bytes, *min_bytes));
    }
    size_bytes_ += uploaded->size_bytes;
    sizes_.push_back(uploaded->size_bytes);
    md5_.update(uploaded->etag.empty() ? unknown_md5(wanted, uploaded->size_bytes)
                                       : from_hex(uploaded->etag).value_or(std::string()));
    ++count_;
    if (!upload_.checksum) return {};
    if (checksum.empty()) {
      return wrong(CompletionMistake::part, fmt::format("part {} came without its {} checksum", wanted.number,
                                                        name_of(*upload_.checksum)));
    }
    if (!wanted.checksum.empty() && wanted.checksum != checksum) {
      return wrong(CompletionMistake::part,
                   fmt::format("the checksum of part {} is not the one given", wanted.number));
    }
    part_checksums_.push_back(checksum);
    if (upload_.checksum_type == ChecksumType::composite) {
      checksums_ += checksum;
    } else if (count_ == 1) {
      whole_ = checksum;
    } else {
      whole_ = combine_checksums(*upload_.checksum, whole_, checksum, uploaded->size_bytes);
    }
    return {};
  }

  Result<tree::Entry> finish(const CompleteOptions& options) {
    if (options.size_bytes && *options.size_bytes != size_bytes_)
      return wrong(CompletionMistake::size, "the size of the whole is not the one given");
    tree::Entry entry{.address_type = tree::AddressType::relative,
                      .size_bytes = static_cast<std::int64_t>(size_bytes_),
                      .checksum = md5_.finish_hex(),
                      .metadata = upload_.metadata,
                      .content_type = upload_.content_type};
    entry.metadata[std::string(tree::kPartsKey)] = std::to_string(count_);
    entry.metadata[std::string(tree::kPartSizesKey)] = encode_part_sizes(sizes_);
    if (!upload_.checksum) return entry;
    const bool composite = upload_.checksum_type == ChecksumType::composite;
    if (composite) {
      ContentChecksum over(*upload_.checksum);
      over.update(std::as_bytes(std::span(checksums_)));
      whole_ = over.finish();
    }
    if (!options.checksum.empty() && options.checksum != whole_)
      return wrong(CompletionMistake::checksum, "the checksum of the whole is not the one given");
    keep_part_checksums(part_checksums_, entry);
    std::string text = to_base64(whole_);
    if (composite) text += fmt::format("-{}", count_);
    entry.metadata[std::string(tree::kChecksumKey)] =
        to_metadata({*upload_.checksum, std::move(text), upload_.checksum_type});
    return entry;
  }

 private:
  std::string unknown_md5(const CompletedPart& part, std::uint64_t size_bytes) const {
    if (block::is_md5(part.etag)) return *from_hex(part.etag);
    return md5(fmt::format("part {} of upload {}: {} bytes", part.number, id_, size_bytes));
  }
  Error wrong(CompletionMistake which, std::string message) {
    mistake_ = which;
    return {Code::invalid_argument, std::move(message)};
  }

  const std::string& id_;
  const MultipartOptions& upload_;
  CompletionMistake& mistake_;
  Digest md5_ = Digest::md5();
  std::uint64_t size_bytes_ = 0;
  std::vector<std::uint64_t> sizes_;  // of the parts, in order
  int count_ = 0;
  std::vector<std::string> part_checksums_;
  std::string checksums_;  // of the parts, one after the other
  std::string whole_;      // of all bytes so far
};

}  // namespace

Result<tree::Entry> plan_completion(const MultipartUpload& upload, const std::vector<CompletedPart>& parts,
                                    const std::vector<block::Part>& uploaded,
                                    const std::map<int, StoredPart>& checksums,
                                    const CompleteOptions& options, CompletionMistake& mistake) {
  const block::UploadedParts by_name(uploaded);
  Plan plan(upload, mistake);
  RETURN_IF_ERROR(plan.check_order(parts));
  for (const CompletedPart& wanted : parts) {
    const block::Part* part = by_name.find(wanted.number, wanted.etag);
    const bool is_last = &wanted == &parts.back();
    RETURN_IF_ERROR(plan.add(wanted, part,
                             part != nullptr ? checksum_of_part(checksums, *part) : std::string(),
                             is_last ? std::nullopt : options.min_part_bytes));
  }
  return plan.finish(options);
}

}  // namespace mere::lake
