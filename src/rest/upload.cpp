#include "rest/upload.h"

#include <optional>

#include "base/text.h"
#include "http/multipart_form.h"
#include "rest/convert.h"
#include "transfer/pump.h"

namespace mere::rest {
namespace {

constexpr char kNoContent[] = "multipart upload missing key 'content': http: no such file";

// x-lakefs-meta-<key> is user metadata, x-lakefs-internal-<key> the system's; keys are lower case.
version::Metadata metadata_of(const http::Headers& headers) {
  constexpr std::string_view kUser = "x-lakefs-meta-";
  constexpr std::string_view kInternal = "x-lakefs-internal-";
  version::Metadata metadata;
  for (const auto& [name, value] : headers) {
    const std::string key = ascii_lower(name);
    if (key.starts_with(kUser)) {
      metadata[key.substr(kUser.size())] = value;
    } else if (key.starts_with(kInternal)) {
      metadata["::lakefs::" + key.substr(kInternal.size())] = value;
    }
  }
  return metadata;
}

// The part named `content`, found and left open for reading.
Task<Result<http::FormPart>> find_content(http::MultipartForm& form) {
  while (true) {
    Result<std::optional<http::FormPart>> part = co_await form.next();
    if (!part) co_return part.error();
    if (!*part) co_return Error{Code::invalid_argument, kNoContent};
    if ((*part)->name == "content") co_return std::move(**part);
  }
}

struct Target {
  const std::string& repository;
  const version::BranchName branch;
  const std::string& path;
};

struct Stored {
  version::Repository repository;
  tree::Entry entry;
};

// The object in the making, as transfer::pump() fills it.
class Uploading {
 public:
  Uploading(Context& context, Target target, lake::UploadOptions options)
      : context_(context), target_(std::move(target)), options_(std::move(options)) {}

  Status open() {
    ASSIGN_OR_RETURN(repository_, find_repository(context_.lake, target_.repository));
    ASSIGN_OR_RETURN(upload_,
                     context_.lake.objects.begin_upload(repository_, target_.branch, target_.path, options_));
    return {};
  }

  Status append(const block::SharedBytes& bytes) { return upload_->append_shared(bytes); }

  void close_later(std::function<void(Status)> told) { upload_->finish_later(std::move(told)); }
  Result<Stored> closed(Status status) {
    ASSIGN_OR_RETURN(tree::Entry entry, upload_->finished(std::move(status)));
    return Stored{repository_, std::move(entry)};
  }

 private:
  Context& context_;
  const Target target_;
  const lake::UploadOptions options_;
  version::Repository repository_;
  std::unique_ptr<lake::Upload> upload_;
};

// A refusal that comes after the branch was looked for: what is wrong with that is said first.
Task<http::Response> refuse(Context& context, const http::Request& request,
                            const api::UploadObjectParams& params, int status, std::string_view message) {
  const auto look = [&]() -> Status {
    ASSIGN_OR_RETURN(const auto repository, find_repository(context.lake, params.repository));
    const auto branch = context.lake.engine.refs.branch(repository, version::BranchName(params.branch));
    if (branch || branch.error().code != Code::not_found) return branch ? Status() : Status(branch.error());
    return Error{Code::not_found, "branch '" + params.branch + "' not found"};
  };
  const Status there = co_await offload(context.workers, *request.executor, look);
  if (!there) co_return error_reply(there.error());
  co_return error_reply(status, message);
}

}  // namespace

Task<http::Response> upload_object(Context& context, http::Request& request, auth::Principal,
                                   api::UploadObjectParams params) {
  if (auto checked = check_argument("name", version::check_branch_argument(params.branch)); !checked) {
    co_return error_reply(checked.error());
  }
  if (auto checked = check_argument("path", version::check_path(params.path)); !checked) {
    co_return error_reply(checked.error());
  }

  if (params.if_match || (params.if_none_match && *params.if_none_match != "*")) {
    co_return co_await refuse(context, request, params, 501, "Not Implemented");
  }

  lake::UploadOptions options;
  options.metadata = metadata_of(request.headers);
  options.if_absent = params.if_none_match.has_value();
  options.force = params.force;
  const Target target{params.repository, version::BranchName(params.branch), params.path};

  const std::string content_type(request.headers.get("Content-Type"));
  const bool is_form =
      content_type.size() >= 19 &&
      http::equal_ignoring_case(std::string_view(content_type).substr(0, 19), "multipart/form-data");
  std::optional<http::MultipartForm> form;
  std::optional<http::FormPart> content;
  http::BodyReader* body = request.body.get();
  if (is_form) {
    const auto boundary = http::multipart_boundary(content_type);
    if (!boundary) {
      co_return co_await refuse(context, request, params, 400, "no multipart boundary param in Content-Type");
    }
    if (body == nullptr) {
      co_return co_await refuse(context, request, params, 400, kNoContent);
    }
    form.emplace(*body, *boundary);
    auto found = co_await find_content(*form);
    if (!found) co_return error_reply(found.error());
    content = std::move(*found);
    body = content->body.get();
    options.content_type = content->content_type;
  } else {
    options.content_type = content_type.empty() ? "application/octet-stream" : content_type;
    options.expected_size_bytes = request.content_length;
  }

  const auto size_bytes = options.expected_size_bytes;
  Uploading uploading(context, target, std::move(options));
  const auto stored = co_await transfer::pump(body, size_bytes, context.workers, *request.executor,
                                              request.memory, uploading);
  if (!stored) co_return error_reply(stored.error());
  const std::string address = AddressDisplay(context.lake.store, stored->repository)(stored->entry);
  std::string answer;
  JsonWriter json(answer);
  write_object_stats(json, params.path, stored->entry, {address}, ShowMetadata::always,
                     ShowContentType::as_sent);
  co_return json_text(201, std::move(answer));
}

}  // namespace mere::rest
