#include "client/multipart.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <vector>

#include "client/parallel.h"
#include "client/store_parts.h"

namespace mere::client {
namespace {

constexpr std::uint64_t kMostParts = 10'000;

// The part of the file at `index`.
Result<std::shared_ptr<BodySource>> part_of(const std::string& name, std::uint64_t size,
                                            std::uint64_t part_bytes, std::size_t index) {
  Fd file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Error{Code::io_error, fmt::format("{}: {}", name, std::strerror(errno))};
  const std::uint64_t offset = index * part_bytes;
  return make_open_file_source(std::move(file), offset, std::min(part_bytes, size - offset));
}

Result<api::ObjectStats> send_file(const Api& api, const Uri& object, const std::string& file,
                                   std::uint64_t size, const WriteOptions& options, const PartPlan& plan) {
  const std::uint64_t part_bytes = std::max(plan.part_bytes, (size + kMostParts - 1) / kMostParts);
  std::vector<api::UploadPart> parts(static_cast<std::size_t>((size + part_bytes - 1) / part_bytes));
  ASSIGN_OR_RETURN(const StoreParts upload, StoreParts::begin(api, object, parts.size()));
  std::atomic<std::size_t> next = 0;
  const auto step = [&]() -> Result<bool> {
    const std::size_t index = next++;
    if (index >= parts.size()) return false;
    ASSIGN_OR_RETURN(auto body, part_of(file, size, part_bytes, index));
    ASSIGN_OR_RETURN(parts[index], upload.send(index, std::move(body)));  // the one thread that sends it
    return true;
  };
  Status sent = in_parallel(plan.parallel, step);
  Result<api::ObjectStats> made =
      sent ? upload.complete(std::move(parts), options) : Result<api::ObjectStats>(std::move(sent).error());
  if (!made) upload.give_up();
  return made;
}

}  // namespace

Result<bool> can_upload_in_parts(const Api& api, std::uint64_t size, const WriteOptions& options,
                                 const PartPlan& plan) {
  if (size < plan.worth_it) return false;
  return takes_parts(api, options);
}

Result<api::ObjectStats> upload_in_parts(const Api& api, const Uri& object, const std::string& file,
                                         std::uint64_t size, const WriteOptions& options,
                                         const PartPlan& plan) {
  return about(object.to_string(), send_file(api, object, file, size, options, plan));
}

}  // namespace mere::client
