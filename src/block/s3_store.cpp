#include "block/s3_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/encoding.h"
#include "block/multipart.h"
#include "block/remote_reader.h"
#include "block/s3_list.h"
#include "block/s3_service.h"
#include "block/s3_writer.h"

namespace mere::block {
namespace {

constexpr std::size_t kCopyThreads = 8;
constexpr std::chrono::seconds kLongestExpiry{7 * 24 * 3600};

RemoteOptions request_options(const S3Options& options) {
  RemoteOptions requests = options.requests;
  requests.service_name = options.endpoint.empty() ? "S3" : "S3 at " + options.endpoint;
  return requests;
}

std::vector<SentPart> as_sent(std::span<const Part> parts) {
  std::vector<SentPart> sent;
  for (const Part& part : parts) sent.push_back({part.number, part.etag, part.size_bytes});
  return sent;
}

class S3Store final : public Store {
 public:
  S3Store(const S3Options& options, S3Endpoint endpoint, S3Endpoint presign_endpoint,
          std::unique_ptr<http::Client> http, const Clock& clock, Random& random)
      : options_(options),
        random_(random),
        http_(std::move(http)),
        credentials_(aws_credential_sources(options.credentials, *http_, clock, random),
                     options.credentials.expiry_window, clock),
        service_(std::move(endpoint), options.region, options.discover_bucket_region, credentials_, clock),
        presign_endpoint_(std::move(presign_endpoint)),
        client_(*http_, service_, request_options(options), clock, random),
        api_(client_, {options.server_side_encryption, options.server_side_encryption_kms_key_id}),
        writers_(options.writes),
        capabilities_{.type = "s3",
                      .scheme = "s3",
                      .namespace_regex = "^s3://",
                      .namespace_example = "s3://example-bucket/",
                      .default_namespace_prefix = "",
                      .can_import = true,
                      .import_regex = "^s3://",
                      .lists_by_key = true,
                      .presign = options.presign,
                      .presign_multipart = options.presign && options.presign_multipart} {}

  const Capabilities& capabilities(std::string_view storage_id) const override {
    return storage_id.empty() ? capabilities_ : no_capabilities();
  }
  Status check(const Address& address) const override {
    RETURN_IF_ERROR(parse_s3_address(address));
    return {};
  }
  std::string display(const Address& address) const override { return address.uri; }

  Result<std::unique_ptr<Reader>> open(const Address& address) const override {
    ASSIGN_OR_RETURN(const S3Address object, parse_s3_object(address));
    return open_remote_reader(client_, {api_.get_request(object), S3Api::properties_of, {}});
  }
  Result<Properties> stat(const Address& address) const override {
    ASSIGN_OR_RETURN(const S3Address object, parse_s3_object(address));
    ASSIGN_OR_RETURN(S3Api::Head head, api_.head(object));
    return std::move(head.properties);
  }
  Result<std::unique_ptr<Writer>> create(const Address& address, const WriteOptions& options) override {
    ASSIGN_OR_RETURN(S3Address object, parse_s3_object(address));
    return writers_.write(
        make_s3_upload(api_, std::move(object), options.must_be_absent, random_uuid(random_)), options);
  }
  Status remove(const Address& address) override {
    ASSIGN_OR_RETURN(const S3Address object, parse_s3_object(address));
    return api_.remove(object);
  }
  Result<Properties> copy(const Address& from, const Address& to) override {
    ASSIGN_OR_RETURN(const S3Address source, parse_s3_object(from));
    ASSIGN_OR_RETURN(const S3Address target, parse_s3_object(to));
    ASSIGN_OR_RETURN(S3Api::Head head, api_.head(source));
    if (from.uri == to.uri) return std::move(head.properties);
    if (head.properties.size_bytes > options_.largest_copy_bytes) {
      RETURN_IF_ERROR(copy_in_parts(source, head.properties, target));
    } else {
      RETURN_IF_ERROR(api_.copy(source, head.properties.etag, target));
    }
    ASSIGN_OR_RETURN(S3Api::Head copied, api_.head(target));
    return std::move(copied.properties);
  }

  Status list(const Address& folder, const ListOptions& options,
              const std::function<bool(const Listed&)>& visit) const override {
    return list_s3(api_, folder, options, visit);
  }

  Result<std::string> begin_upload(const Address& address) override {
    ASSIGN_OR_RETURN(const S3Address object, parse_s3_object(address));
    return api_.begin_upload(object, "");
  }
  Result<std::unique_ptr<Writer>> upload_part(const Address& address, std::string_view upload_id,
                                              int number) override {
    ASSIGN_OR_RETURN(S3Address object, parse_s3_object(address));
    RETURN_IF_ERROR(check_part_number(number));
    RETURN_IF_ERROR(check_upload_id(address, upload_id));
    return make_s3_part_writer(api_, writers_, std::move(object), std::string(upload_id), number);
  }
  Result<std::vector<Part>> list_parts(const Address& address, std::string_view upload_id) const override {
    ASSIGN_OR_RETURN(const S3Address object, parse_s3_object(address));
    RETURN_IF_ERROR(check_upload_id(address, upload_id));
    return api_.list_parts(object, std::string(upload_id));
  }
  Result<Properties> complete_upload(const Address& address, std::string_view upload_id,
                                     std::span<const Part> parts) override {
    ASSIGN_OR_RETURN(const S3Address object, parse_s3_object(address));
    RETURN_IF_ERROR(check_upload_id(address, upload_id));
    RETURN_IF_ERROR(check_part_order(parts));
    ASSIGN_OR_RETURN(const S3Api::Completed completed,
                     api_.complete(object, std::string(upload_id), as_sent(parts), false));
    ASSIGN_OR_RETURN(S3Api::Head head, api_.head(object));
    if (completed.upload_is_gone && head.properties.etag != multipart_etag(parts))
      return no_such_upload(address);
    return std::move(head.properties);
  }
  Status abort_upload(const Address& address, std::string_view upload_id) override {
    ASSIGN_OR_RETURN(const S3Address object, parse_s3_object(address));
    if (!check_upload_id(address, upload_id)) return {};
    return api_.abort(object, std::string(upload_id));
  }

  Result<std::string> presign(const Address& address, const PresignRequest& request) const override {
    ASSIGN_OR_RETURN(const S3Address object, parse_s3_object(address));
    const bool part = !request.upload_id.empty();
    if (part ? !capabilities_.presign_multipart : !capabilities_.presign)
      return Error{Code::not_implemented,
                   "pre-signed URLs are turned off (blockstore.s3.disable_pre_signed)"};
    if (request.expiry.count() < 1 || request.expiry > kLongestExpiry)
      return Error{Code::invalid_argument, "a pre-signed URL holds from a second to seven days"};
    // A URL cannot follow the bucket to another region, so that is asked before.
    if (!service_.knows_region(object.bucket)) {
      RETURN_IF_ERROR(api_.head_bucket(object.bucket));
      service_.note_region(object.bucket);
    }
    std::vector<std::pair<std::string, std::string>> query;
    if (part) {
      RETURN_IF_ERROR(check_part_number(request.part_number));
      query = {{"partNumber", std::to_string(request.part_number)}, {"uploadId", request.upload_id}};
    } else if (!request.file_name.empty()) {
      query = {{"response-content-disposition",
                fmt::format("attachment; filename*=UTF-8''{}", percent_encode(request.file_name))}};
    }
    const bool put = part || request.method == PresignMethod::put;
    return service_.presign(presign_endpoint_, put ? "PUT" : "GET", object, std::move(query), request.expiry);
  }

 private:
  // What cannot be one of the service's ids never leaves: it could change the request's meaning.
  static Status check_upload_id(const Address& address, std::string_view id) {
    const bool plain =
        !id.empty() && id.size() <= 1024 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
          return c > 0x20 && c < 0x7f && c != '/' && c != '&' && c != '?' && c != '#';
        });
    if (plain) return {};
    return no_such_upload(address);
  }

  Status copy_in_parts(const S3Address& from, const Properties& properties, const S3Address& to) {
    ASSIGN_OR_RETURN(const std::string id, api_.begin_upload(to, ""));
    const Status copied = send_copied_parts(from, properties, to, id);
    if (copied) return {};
    Error error = copied.error();
    if (const Status aborted = api_.abort(to, id); !aborted)
      error.message += "; its upload could not be aborted either: " + aborted.error().message;
    return error;
  }

  Status send_copied_parts(const S3Address& from, const Properties& properties, const S3Address& to,
                           const std::string& id) {
    const std::uint64_t size = std::max(options_.copy_part_bytes, properties.size_bytes / kMaxPartNumber + 1);
    const std::size_t count = static_cast<std::size_t>((properties.size_bytes + size - 1) / size);
    std::vector<SentPart> parts(count);
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::optional<Error> failure;
    const auto work = [&] {
      for (std::size_t i = next++; i < count; i = next++) {
        const std::uint64_t first = i * size;
        const std::uint64_t last = std::min(first + size, properties.size_bytes) - 1;
        const int number = static_cast<int>(i) + 1;
        auto etag = api_.copy_part(from, properties.etag, first, last, to, id, number);
        if (etag) {
          parts[i] = {number, *std::move(etag), last - first + 1};
          continue;
        }
        std::lock_guard lock(mutex);
        if (!failure) failure = std::move(etag).error();
        next = count;
      }
    };
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 1; i < std::min(kCopyThreads, count); ++i) threads.emplace_back(work);
      work();
    }
    if (failure) return *failure;
    ASSIGN_OR_RETURN(const S3Api::Completed completed, api_.complete(to, id, parts, false));
    if (!completed.upload_is_gone) return {};
    ASSIGN_OR_RETURN(const S3Api::Head head, api_.head(to));
    if (head.properties.size_bytes == properties.size_bytes) return {};
    return Error{Code::unavailable,
                 fmt::format("cannot copy {} to {}: its upload is gone", s3_uri(from), s3_uri(to))};
  }

  const S3Options options_;
  Random& random_;
  const std::unique_ptr<http::Client> http_;
  mutable AwsCredentialProvider credentials_;
  mutable S3Service service_;
  const S3Endpoint presign_endpoint_;
  const RemoteClient client_;
  const S3Api api_;
  RemoteWriters writers_;  // after what its threads use
  const Capabilities capabilities_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_s3_store(const S3Options& options, const Clock& clock, Random& random) {
  ASSIGN_OR_RETURN(S3Endpoint endpoint, parse_s3_endpoint(options.endpoint, options.force_path_style));
  S3Endpoint presign_endpoint = endpoint;
  if (!options.presign_endpoint.empty()) {
    ASSIGN_OR_RETURN(presign_endpoint, parse_s3_endpoint(options.presign_endpoint, options.force_path_style));
  }
  if (options.credentials.access_key_id.empty() != options.credentials.secret_access_key.empty())
    return Error{Code::invalid_argument,
                 "blockstore.s3.credentials needs access_key_id and secret_access_key, or neither"};
  ASSIGN_OR_RETURN(auto http, http::Client::make(options.http));
  return std::make_unique<S3Store>(options, std::move(endpoint), std::move(presign_endpoint), std::move(http),
                                   clock, random);
}

}  // namespace mere::block
