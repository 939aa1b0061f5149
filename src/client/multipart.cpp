#include "client/multipart.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/log.h"
#include "client/parallel.h"

namespace mere::client {
namespace {

constexpr std::uint64_t kMostParts = 10'000;

class PartsUpload {
 public:
  PartsUpload(const Api& api, const Uri& object, const std::string& file, std::uint64_t size,
              const PartPlan& plan)
      : api_(api), object_(object), file_(file), size_(size), plan_(plan) {
    part_bytes_ = std::max(plan.part_bytes, (size + kMostParts - 1) / kMostParts);
    parts_.resize(static_cast<std::size_t>((size + part_bytes_ - 1) / part_bytes_));
  }

  Result<api::ObjectStats> run(const WriteOptions& options) {
    ASSIGN_OR_RETURN(
        begun_, api_.create_presign_multipart_upload({.repository = object_.repository,
                                                      .branch = object_.ref,
                                                      .path = object_.path,
                                                      .parts = static_cast<std::int64_t>(parts_.size())}));
    Result<api::ObjectStats> made = send_and_complete(options);
    if (!made) give_up();
    return made;
  }

 private:
  Result<api::ObjectStats> send_and_complete(const WriteOptions& options) {
    std::atomic<std::size_t> next = 0;
    const auto step = [&]() -> Result<bool> {
      const std::size_t index = next++;
      if (index >= parts_.size()) return false;
      RETURN_IF_ERROR(send(index));
      return true;
    };
    RETURN_IF_ERROR(in_parallel(plan_.parallel, step));
    api::CompletePresignMultipartUpload whole;
    whole.physical_address = begun_.physical_address;
    whole.parts = parts_;
    if (!options.metadata.empty()) whole.user_metadata = options.metadata;
    if (!options.content_type.empty()) whole.content_type = options.content_type;
    return api_.complete_presign_multipart_upload({.repository = object_.repository,
                                                   .branch = object_.ref,
                                                   .upload_id = begun_.upload_id,
                                                   .path = object_.path},
                                                  whole);
  }

  Status send(std::size_t index) {
    const auto number = static_cast<std::int64_t>(index + 1);
    ASSIGN_OR_RETURN(std::string address, address_of(index));
    Fd file(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return Error{Code::io_error, fmt::format("{}: {}", file_, std::strerror(errno))};
    const std::uint64_t offset = index * part_bytes_;
    auto body = make_open_file_source(std::move(file), offset, std::min(part_bytes_, size_ - offset));
    ASSIGN_OR_RETURN(const http::Headers headers, api_.session()->put_at_store(address, std::move(body)));
    const std::string_view etag = headers.get("ETag");
    if (etag.empty()) {
      return Error{Code::corrupt, fmt::format("the store answered part {} without an ETag", number)};
    }
    parts_[index] = {number, std::string(etag)};
    return {};
  }

  // Some servers give all addresses at the beginning.
  Result<std::string> address_of(std::size_t index) {
    if (begun_.presigned_urls && index < begun_.presigned_urls->size())
      return (*begun_.presigned_urls)[index];
    ASSIGN_OR_RETURN(api::UploadTo to, api_.upload_part({.repository = object_.repository,
                                                         .branch = object_.ref,
                                                         .upload_id = begun_.upload_id,
                                                         .part_number = static_cast<std::int64_t>(index + 1),
                                                         .path = object_.path},
                                                        {begun_.physical_address}));
    return std::move(to.presigned_url);
  }

  // The error that led here matters more than one of this.
  void give_up() {
    const Status given_up =
        api_.abort_presign_multipart_upload({.repository = object_.repository,
                                             .branch = object_.ref,
                                             .upload_id = begun_.upload_id,
                                             .path = object_.path},
                                            api::AbortPresignMultipartUpload{begun_.physical_address});
    if (!given_up) {
      log::warn("the parts of an upload that failed could not be given up",
                {{"object", object_.to_string()}, {"error", given_up.error().message}});
    }
  }

  const Api& api_;
  const Uri& object_;
  const std::string& file_;
  const std::uint64_t size_;
  const PartPlan& plan_;
  std::uint64_t part_bytes_ = 0;
  api::PresignMultipartUpload begun_;
  std::vector<api::UploadPart> parts_;  // each written by the one thread that sends it
};

}  // namespace

Result<bool> can_upload_in_parts(const Api& api, std::uint64_t size, const WriteOptions& options,
                                 const PartPlan& plan) {
  if (size < plan.worth_it || options.if_absent || options.force) return false;
  ASSIGN_OR_RETURN(const api::Config config, api.get_config());
  return config.storage_config && config.storage_config->pre_sign_multipart_upload.value_or(false);
}

Result<api::ObjectStats> upload_in_parts(const Api& api, const Uri& object, const std::string& file,
                                         std::uint64_t size, const WriteOptions& options,
                                         const PartPlan& plan) {
  return about(object.to_string(), PartsUpload(api, object, file, size, plan).run(options));
}

}  // namespace mere::client
