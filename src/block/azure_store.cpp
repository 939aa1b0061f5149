#include "block/azure_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "block/azure_api.h"
#include "block/azure_service.h"
#include "block/azure_uploads.h"
#include "block/remote_reader.h"

namespace mere::block {
namespace {

constexpr std::chrono::seconds kLongestPresign{7 * 24 * 3600};
constexpr std::chrono::seconds kCopySourceLife{24 * 3600};
constexpr std::size_t kMaxBlocks = 50'000;  // of a blob

// One object that a writer sends: whole, or as blocks.
class AzureWrite final : public RemoteUpload {
 public:
  AzureWrite(const AzureApi& api, AzureAddress blob, bool must_be_absent)
      : api_(api), blob_(std::move(blob)), must_be_absent_(must_be_absent), tag_(new_azure_tag()) {}

  Status put_whole(std::shared_ptr<const Payload> payload, const std::string& md5) override {
    return api_.put_blob(blob_, std::move(payload), {.must_be_absent = must_be_absent_, .md5 = md5});
  }
  Status begin() override { return {}; }
  Result<std::string> put_part(int number, std::shared_ptr<const Payload> payload) override {
    std::string id = azure_block_id(tag_, number);
    RETURN_IF_ERROR(api_.put_block(blob_, id, std::move(payload)));
    return id;
  }
  Status complete(std::span<const SentPart> parts) override {
    std::vector<std::string> ids;
    for (const SentPart& part : parts) ids.push_back(part.id);
    return api_.put_block_list(blob_, ids, {.must_be_absent = must_be_absent_});
  }
  // Blocks that were never committed are not visible, and the service drops them after a week.
  void abort() override {}

 private:
  const AzureApi& api_;
  const AzureAddress blob_;
  const bool must_be_absent_;
  const std::string tag_;
};

// Backslash and quote escaped, and nothing that ends a header.
std::string attachment(std::string_view file_name) {
  std::string quoted;
  for (const char c : file_name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? '_' : c;
  }
  return "attachment; filename=\"" + quoted + "\"";
}

// As tools make them, and as an account with hierarchical namespaces has them: no objects.
bool is_folder_marker(const AzureBlob& blob) {
  const auto marked = blob.head.metadata.find("hdi_isfolder");
  return blob.name.ends_with('/') || (marked != blob.head.metadata.end() && marked->second == "true");
}

class AzureStore final : public Store {
 public:
  AzureStore(const AzureOptions& options, AzureEndpoint endpoint, AzureIdentity identity,
             std::unique_ptr<http::Client> http, const Clock& clock, Random& random)
      : http_(std::move(http)),
        service_(std::move(endpoint), std::move(identity), clock),
        client_(*http_, service_, named(options.requests, service_.endpoint()), clock, random),
        api_(client_),
        writers_(with_block_limit(options.writes)),
        uploads_(api_, writers_),
        delegation_(api_, clock),
        clock_(clock) {
    const std::string pattern = "^https?://[a-z0-9_-]+\\." + escaped(options.domain);
    capabilities_.type = "azure";
    capabilities_.scheme = "https";
    capabilities_.namespace_regex = pattern;
    capabilities_.namespace_example = fmt::format("https://{}/mycontainer/", service_.endpoint().host);
    capabilities_.can_import = true;
    capabilities_.import_regex = pattern;
    capabilities_.presign = options.presign && !by_sas();
    capabilities_.presign_multipart = capabilities_.presign && options.presign_multipart;
  }

  const Capabilities& capabilities(std::string_view storage_id) const override {
    return storage_id.empty() ? capabilities_ : no_capabilities();
  }
  Status check(const Address& address) const override {
    RETURN_IF_ERROR(parse_azure_address(service_.endpoint(), address));
    return {};
  }
  std::string display(const Address& address) const override { return address.uri; }

  Result<std::unique_ptr<Reader>> open(const Address& address) const override {
    ASSIGN_OR_RETURN(const AzureAddress blob, parse_azure_object(service_.endpoint(), address));
    return open_remote_reader(
        client_, {.get = AzureApi::get_request(blob), .properties = [](const http::Headers& headers) {
                    return AzureApi::head_of(headers).properties;
                  }});
  }
  Result<Properties> stat(const Address& address) const override {
    ASSIGN_OR_RETURN(const AzureAddress blob, parse_azure_object(service_.endpoint(), address));
    ASSIGN_OR_RETURN(AzureHead head, api_.head(blob));
    return std::move(head.properties);
  }
  Result<std::unique_ptr<Writer>> create(const Address& address, const WriteOptions& options) override {
    ASSIGN_OR_RETURN(AzureAddress blob, parse_azure_object(service_.endpoint(), address));
    return writers_.write(std::make_shared<AzureWrite>(api_, std::move(blob), options.must_be_absent),
                          options);
  }
  Status remove(const Address& address) override {
    ASSIGN_OR_RETURN(const AzureAddress blob, parse_azure_object(service_.endpoint(), address));
    return api_.remove(blob);
  }
  Result<Properties> copy(const Address& from, const Address& to) override {
    ASSIGN_OR_RETURN(const AzureAddress target, parse_azure_object(service_.endpoint(), to));
    ASSIGN_OR_RETURN(const AzureAddress source, parse_azure_object(service_.endpoint(), from));
    ASSIGN_OR_RETURN(const std::string source_url, copy_source(source));
    ASSIGN_OR_RETURN(AzureHead head, api_.copy(source_url, source, target));
    // The service copies within an account at once or nearly so; what takes longer is waited for.
    for (int look = 0; head.copy_status == "pending"; ++look) {
      client_.wait_before_retry(look);
      ASSIGN_OR_RETURN(head, api_.head(target));
    }
    if (head.copy_status != "success") {
      return Error{Code::unavailable, fmt::format("cannot copy {} to {}: the service ended it as '{}'",
                                                  from.uri, to.uri, head.copy_status)};
    }
    ASSIGN_OR_RETURN(head, api_.head(target));
    return std::move(head.properties);
  }

  Status list(const Address& folder, const ListOptions& options,
              const std::function<bool(const Listed&)>& visit) const override {
    ASSIGN_OR_RETURN(AzureAddress at, parse_azure_address(service_.endpoint(), folder));
    if (!at.blob.empty() && !at.blob.ends_with('/')) at.blob += '/';
    const std::string base = at.base + at.container + "/";
    std::string marker;
    do {
      ASSIGN_OR_RETURN(const AzurePage page, api_.list(at.container, at.blob, options.delimited, marker));
      for (const AzureBlob& blob : page.blobs) {
        if (blob.name.starts_with(kAzureUploads)) continue;
        if (!blob.is_prefix && is_folder_marker(blob)) continue;
        Listed listed{{base + blob.name}, blob.is_prefix, blob.head.properties};
        if (listed.address.uri <= options.after) continue;
        if (!visit(listed)) return {};
      }
      marker = page.next;
    } while (!marker.empty());
    return {};
  }

  Result<std::string> begin_upload(const Address& address) override {
    ASSIGN_OR_RETURN(const AzureAddress blob, parse_azure_object(service_.endpoint(), address));
    return uploads_.begin(blob);
  }
  Result<std::unique_ptr<Writer>> upload_part(const Address& address, std::string_view upload_id,
                                              int number) override {
    ASSIGN_OR_RETURN(const AzureAddress blob, parse_azure_object(service_.endpoint(), address));
    return uploads_.part(blob, std::string(upload_id), number);
  }
  Result<std::vector<Part>> list_parts(const Address& address, std::string_view upload_id) const override {
    ASSIGN_OR_RETURN(const AzureAddress blob, parse_azure_object(service_.endpoint(), address));
    return uploads_.parts(blob, std::string(upload_id));
  }
  Result<Properties> complete_upload(const Address& address, std::string_view upload_id,
                                     std::span<const Part> parts) override {
    ASSIGN_OR_RETURN(const AzureAddress blob, parse_azure_object(service_.endpoint(), address));
    return uploads_.complete(blob, std::string(upload_id), parts);
  }
  Status abort_upload(const Address& address, std::string_view upload_id) override {
    ASSIGN_OR_RETURN(const AzureAddress blob, parse_azure_object(service_.endpoint(), address));
    return uploads_.abort(blob, std::string(upload_id));
  }

  Result<std::string> presign(const Address& address, const PresignRequest& request) const override {
    if (!capabilities_.presign)
      return Error{Code::not_implemented, "this store is configured without presigned URLs"};
    const bool part = request.part_number != 0;
    if (part && !capabilities_.presign_multipart) {
      return Error{Code::not_implemented,
                   "this store is configured without presigned URLs for parts of an upload"};
    }
    if (request.expiry <= std::chrono::seconds(0) || request.expiry > kLongestPresign)
      return Error{Code::invalid_argument, "a presigned URL lives between a second and seven days"};
    ASSIGN_OR_RETURN(const AzureAddress blob, parse_azure_object(service_.endpoint(), address));
    AzureSas sas{
        .permissions = request.method == PresignMethod::get ? "r" : "cw",
        .expires = clock_.now() + request.expiry,
        .https_only = service_.endpoint().secure,
        .content_disposition = request.file_name.empty() ? std::string() : attachment(request.file_name)};
    if (!part) return signed_url(blob, sas);
    if (request.method != PresignMethod::put)
      return Error{Code::invalid_argument, "a part of an upload can be written, not read"};
    ASSIGN_OR_RETURN(const std::string block,
                     AzureUploads::block_of_part(request.upload_id, request.part_number));
    sas.permissions = "w";
    sas.version = kAzureBlockUrlVersion;
    ASSIGN_OR_RETURN(const std::string url, signed_url(blob, sas));
    return url + "&" + encode_azure_query({{"comp", "block"}, {"blockid", to_base64(block)}});
  }

 private:
  static RemoteOptions named(RemoteOptions options, const AzureEndpoint& endpoint) {
    options.service_name = "Azure at " + endpoint.origin;
    return options;
  }
  static RemoteWriteLimits with_block_limit(RemoteWriteLimits limits) {
    limits.max_parts = kMaxBlocks;
    return limits;
  }
  static std::string escaped(std::string_view domain) {
    std::string pattern;
    for (const char c : domain) {
      if (c == '.') pattern += '\\';
      pattern += c;
    }
    return pattern;
  }
  bool by_sas() const { return service_.identity().key.key.empty() && !service_.identity().sas.empty(); }

  Result<std::string> signed_url(const AzureAddress& blob, AzureSas sas) const {
    const AzureKey& key = service_.identity().key;
    AzureQuery query;
    if (!key.key.empty()) {
      query = azure_blob_sas(key, blob.container, blob.blob, sas);
    } else {
      ASSIGN_OR_RETURN(const AzureDelegationKey delegated, delegation_.key_until(sas.expires));
      query = azure_blob_sas(delegated, key.account, blob.container, blob.blob, sas);
    }
    return service_.url_of(blob.container, blob.blob) + "?" + encode_azure_query(query);
  }
  // The service reads the source as anybody would.
  Result<std::string> copy_source(const AzureAddress& blob) const {
    if (by_sas()) return service_.url_of(blob.container, blob.blob) + "?" + service_.identity().sas;
    return signed_url(blob, {.permissions = "r",
                             .expires = clock_.now() + kCopySourceLife,
                             .https_only = service_.endpoint().secure,
                             .content_disposition = ""});
  }

  const std::unique_ptr<http::Client> http_;
  AzureService service_;
  const RemoteClient client_;
  const AzureApi api_;
  RemoteWriters writers_;
  const AzureUploads uploads_;
  mutable AzureDelegation delegation_;
  const Clock& clock_;
  Capabilities capabilities_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_azure_store(const AzureOptions& options, const Clock& clock,
                                                Random& random) {
  ASSIGN_OR_RETURN(AzureEndpoint endpoint,
                   parse_azure_endpoint(options.account, options.domain, options.endpoint));
  const auto key = from_base64(options.access_key);
  if (!key) {
    return Error{Code::invalid_argument,
                 fmt::format("the access key of the storage account '{}' is not base64: correct "
                             "blockstore.azure.storage_access_key",
                             options.account)};
  }
  ASSIGN_OR_RETURN(auto http, http::Client::make(options.http));
  AzureIdentity identity{.key = {options.account, *key}, .sas = options.sas, .tokens = nullptr};
  if (key->empty() && options.sas.empty()) {
    ASSIGN_OR_RETURN(identity.tokens,
                     make_azure_tokens(options.identity, *http, options.requests, clock, random));
  }
  return std::make_unique<AzureStore>(options, std::move(endpoint), std::move(identity), std::move(http),
                                      clock, random);
}

}  // namespace mere::block
