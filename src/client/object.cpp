#include "client/object.h"

#include <fmt/format.h>

#include <filesystem>

#include "client/calls.h"
#include "client/multipart.h"
#include "client/save_body.h"

namespace mere::client {
namespace {

// One whole download: a body that breaks off is not begun anew here, because the file of it is.
Task<Result<std::uint64_t>> download_to(Session& session, Call call, std::string file, Executor& executor) {
  Task<Result<Incoming>> opening = session.open(std::move(call), {}, executor);
  Result<Incoming> incoming = co_await std::move(opening);
  if (!incoming) co_return std::move(incoming).error();
  Task<Result<std::uint64_t>> saving = save_body(incoming->body, std::move(file));
  co_return co_await std::move(saving);
}

}  // namespace

Result<api::ObjectStats> Object::stat() const {
  return about(uri_.to_string(),
               api_.stat_object({.repository = uri_.repository, .ref = uri_.ref, .path = uri_.path}));
}

Result<bool> Object::exists() const {
  const Status found =
      about(uri_.to_string(),
            api_.head_object({.repository = uri_.repository, .ref = uri_.ref, .path = uri_.path}));
  if (found) return true;
  if (found.error().code == Code::not_found) return false;
  return found.error();
}

Result<std::string> Object::read(std::size_t limit) const {
  return reader().read_rest(limit);
}

Result<std::string> Object::read_range(std::uint64_t offset, std::size_t length) const {
  ObjectReader from = reader();
  from.seek(offset);
  return from.read(length);
}

Result<std::uint64_t> Object::download(const std::string& file) const {
  const Call call = calls::get_object({.repository = uri_.repository, .ref = uri_.ref, .path = uri_.path});
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    BlockingExecutor here;
    Result<std::uint64_t> size = here.run(download_to(*api_.session(), call, file, here));
    if (size || size.error().code != Code::unavailable || attempt == kAttempts) {
      return about(uri_.to_string(), std::move(size));
    }
  }
}

Result<api::ObjectStats> Object::write(std::string bytes, const WriteOptions& options) const {
  return client::upload(api_, uri_, make_text_source(std::move(bytes)), options);
}

Result<api::ObjectStats> Object::upload(const std::string& file, const WriteOptions& options) const {
  std::error_code unknown;  // left to the upload, whose error is better
  const std::uint64_t size = std::filesystem::file_size(file, unknown);
  if (!unknown) {
    const PartPlan plan;
    ASSIGN_OR_RETURN(const bool in_parts,
                     about(uri_.to_string(), can_upload_in_parts(api_, size, options, plan)));
    if (in_parts) return upload_in_parts(api_, uri_, file, size, options, plan);
  }
  return client::upload(api_, uri_, make_file_source(file), options);
}

Result<api::ObjectStats> Object::copy_from(const Object& source) const {
  if (source.repository() != repository()) {
    return Error{Code::invalid_argument,
                 fmt::format("{} is in another repository than {}: read it and write it instead",
                             source.uri_.to_string(), uri_.to_string())};
  }
  api::ObjectCopyCreation creation;
  creation.src_path = source.path();
  creation.src_ref = source.ref();
  return about(fmt::format("{} from {}", uri_.to_string(), source.uri_.to_string()),
               api_.copy_object({.repository = uri_.repository, .branch = uri_.ref, .dest_path = uri_.path},
                                creation));
}

Status Object::remove() const {
  Status removed = api_.delete_object({.repository = uri_.repository, .branch = uri_.ref, .path = uri_.path});
  if (!removed && removed.error().code == Code::not_found) {
    // The branch may be what is not there, and that is an error.
    const auto branch = api_.get_branch({.repository = uri_.repository, .branch = uri_.ref});
    if (branch) return {};
  }
  return about(uri_.to_string(), std::move(removed));
}

}  // namespace mere::client
