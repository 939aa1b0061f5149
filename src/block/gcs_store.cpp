#include "block/gcs_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"
#include "block/gcs_api.h"
#include "block/gcs_service.h"
#include "block/gcs_uploads.h"
#include "block/multipart.h"
#include "block/remote_part.h"
#include "block/remote_reader.h"

namespace mere::block {
namespace {

constexpr std::chrono::seconds kLongestPresign{7 * 24 * 3600};

// One object that a writer sends: whole, or as objects that are composed.
class GcsWrite final : public RemoteUpload {
 public:
  GcsWrite(const GcsApi& api, GcsAddress object, bool must_be_absent)
      : api_(api),
        object_(std::move(object)),
        must_be_absent_(must_be_absent),
        folder_(gcs_upload_folder(object_, new_gcs_upload_id())) {}

  Status put_whole(std::shared_ptr<const Payload> payload, const std::string& md5) override {
    return api_.insert(object_, std::move(payload), {.must_be_absent = must_be_absent_, .md5 = md5});
  }
  Status begin() override { return {}; }
  Result<std::string> put_part(int number, std::shared_ptr<const Payload> payload) override {
    const GcsAddress part = gcs_part(folder_, number);
    ASSIGN_OR_RETURN(const std::string md5, payload_md5(*payload));
    RETURN_IF_ERROR(api_.insert(part, std::move(payload), {.md5 = md5}));
    return part.key;
  }
  Status complete(std::span<const SentPart> parts) override {
    std::vector<GcsObject> objects;
    for (const SentPart& part : parts) {
      GcsObject& object = objects.emplace_back();
      object.key = part.id;
      object.properties.size_bytes = part.size_bytes;
    }
    RETURN_IF_ERROR(
        compose_all(api_, folder_, std::move(objects), object_, {.must_be_absent = must_be_absent_}));
    abort();  // the object is there: parts that stay cost room, not the write
    return {};
  }
  void abort() override {
    if (const Status removed = remove_all(api_, folder_); !removed)
      log::warn("parts of an upload stay behind",
                {{"folder", gcs_uri(folder_)}, {"error", removed.error().message}});
  }

 private:
  const GcsApi& api_;
  const GcsAddress object_;
  const bool must_be_absent_;
  const GcsAddress folder_;
};

std::string attachment(std::string_view file_name) {
  std::string quoted;
  for (const char c : file_name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? '_' : c;
  }
  return "attachment; filename=\"" + quoted + "\"";
}

RemoteOptions named(RemoteOptions options, const std::string& endpoint) {
  options.service_name = "Google Cloud Storage at " + endpoint;
  return options;
}

// Whom an operation is done as, with all the requests that it takes.
struct Account {
  Account(const GcsOptions& options, const GcsEncryption& encryption, GcsCredentials who, http::Client& http,
          RemoteWriters& writers, const Clock& clock, Random& random)
      : credentials(std::move(who)),
        service(options.endpoint, *credentials.tokens),
        client(http, service, named(options.requests, options.endpoint), clock, random),
        api(client, encryption),
        uploads(api, writers) {}

  const GcsCredentials credentials;
  GcsService service;
  const RemoteClient client;
  const GcsApi api;
  const GcsUploads uploads;
};

class GcsStore final : public Store {
 public:
  // `data`: null if there is one account for everything.
  GcsStore(const GcsOptions& options, const GcsEncryption& encryption, std::unique_ptr<http::Client> http,
           GcsCredentials ordinary, std::optional<GcsCredentials> data, const Clock& clock, Random& random)
      : http_(std::move(http)),
        ordinary_(options, encryption, std::move(ordinary), *http_, writers_, clock, random),
        data_(data ? std::make_unique<Account>(options, encryption, *std::move(data), *http_, writers_, clock,
                                               random)
                   : nullptr),
        writers_(options.writes),
        metadata_("/" + options.metadata_folder + "/"),
        presign_origin_(options.presign_endpoint.empty() ? options.endpoint : options.presign_endpoint),
        clock_(clock) {
    capabilities_.type = "gs";
    capabilities_.scheme = "gs";
    capabilities_.namespace_regex = "^gs://";
    capabilities_.namespace_example = "gs://example-bucket/";
    capabilities_.can_import = true;
    capabilities_.import_regex = "^gs://";
    capabilities_.lists_by_key = true;
    capabilities_.presign = options.presign && account_of_data().credentials.signer != nullptr;
    // Parts are put without the customer's key, and could not be joined with it.
    capabilities_.presign_multipart = capabilities_.presign && options.customer_key.empty();
  }

  const Capabilities& capabilities(std::string_view storage_id) const override {
    return storage_id.empty() ? capabilities_ : no_capabilities();
  }
  Status check(const Address& address) const override {
    RETURN_IF_ERROR(parse_gcs_address(address));
    return {};
  }
  std::string display(const Address& address) const override { return address.uri; }

  Result<std::unique_ptr<Reader>> open(const Address& address) const override {
    ASSIGN_OR_RETURN(const GcsAddress object, parse_gcs_object(address));
    const Account& account = account_of(object);
    return open_remote_reader(account.client, {.get = account.api.get_request(object),
                                               .properties = GcsApi::properties_of,
                                               .pin = [](RemoteRequest& request, const http::Headers& first) {
                                                 request.query.emplace_back("generation",
                                                                            first.get("x-goog-generation"));
                                               }});
  }
  Result<Properties> stat(const Address& address) const override {
    ASSIGN_OR_RETURN(const GcsAddress object, parse_gcs_object(address));
    ASSIGN_OR_RETURN(GcsObject found, account_of(object).api.stat(object));
    return std::move(found.properties);
  }
  Result<std::unique_ptr<Writer>> create(const Address& address, const WriteOptions& options) override {
    ASSIGN_OR_RETURN(GcsAddress object, parse_gcs_object(address));
    const GcsApi& api = account_of(object).api;
    return writers_.write(std::make_shared<GcsWrite>(api, std::move(object), options.must_be_absent),
                          options);
  }
  Status remove(const Address& address) override {
    ASSIGN_OR_RETURN(const GcsAddress object, parse_gcs_object(address));
    return account_of(object).api.remove(object);
  }
  Result<Properties> copy(const Address& from, const Address& to) override {
    ASSIGN_OR_RETURN(const GcsAddress target, parse_gcs_object(to));
    ASSIGN_OR_RETURN(const GcsAddress source, parse_gcs_object(from));
    ASSIGN_OR_RETURN(GcsObject made, account_of(target).api.copy(source, target));
    return std::move(made.properties);
  }

  Status list(const Address& folder, const ListOptions& options,
              const std::function<bool(const Listed&)>& visit) const override {
    ASSIGN_OR_RETURN(GcsAddress at, parse_gcs_address(folder));
    if (!at.key.empty() && !at.key.ends_with('/')) at.key += '/';
    const std::string base = "gs://" + at.bucket + "/";
    const std::string start =
        options.after.starts_with(base) ? options.after.substr(base.size()) : std::string();
    const GcsApi& api = account_of(at).api;
    std::string token;
    do {
      ASSIGN_OR_RETURN(const GcsPage page, api.list(at.bucket, at.key, start, options.delimited, token));
      for (const GcsObject& object : page.objects) {
        if (object.key.starts_with(kGcsUploads)) continue;
        if (!object.is_prefix && object.key.ends_with('/')) continue;  // folders, as tools make them
        const Listed listed{{base + object.key}, object.is_prefix, object.properties};
        if (listed.address.uri <= options.after) continue;
        if (!visit(listed)) return {};
      }
      token = page.next;
    } while (!token.empty());
    return {};
  }

  Result<std::string> begin_upload(const Address& address) override {
    ASSIGN_OR_RETURN(const GcsAddress object, parse_gcs_object(address));
    return account_of(object).uploads.begin(object);
  }
  Result<std::unique_ptr<Writer>> upload_part(const Address& address, std::string_view upload_id,
                                              int number) override {
    ASSIGN_OR_RETURN(const GcsAddress object, parse_gcs_object(address));
    return account_of(object).uploads.part(object, std::string(upload_id), number);
  }
  Result<std::vector<Part>> list_parts(const Address& address, std::string_view upload_id) const override {
    ASSIGN_OR_RETURN(const GcsAddress object, parse_gcs_object(address));
    return account_of(object).uploads.parts(object, std::string(upload_id));
  }
  Result<Properties> complete_upload(const Address& address, std::string_view upload_id,
                                     std::span<const Part> parts) override {
    ASSIGN_OR_RETURN(const GcsAddress object, parse_gcs_object(address));
    return account_of(object).uploads.complete(object, std::string(upload_id), parts);
  }
  Status abort_upload(const Address& address, std::string_view upload_id) override {
    ASSIGN_OR_RETURN(const GcsAddress object, parse_gcs_object(address));
    return account_of(object).uploads.abort(object, std::string(upload_id));
  }

  Result<std::string> presign(const Address& address, const PresignRequest& request) const override {
    if (!capabilities_.presign) {
      return Error{Code::not_implemented,
                   account_of_data().credentials.signer
                       ? "this store is configured without presigned URLs"
                       : "these credentials of Google's sign no URLs: a service account's key, "
                         "or an HMAC key, would"};
    }
    if (request.expiry <= std::chrono::seconds(0) || request.expiry > kLongestPresign)
      return Error{Code::invalid_argument, "a presigned URL lives between a second and seven days"};
    ASSIGN_OR_RETURN(GcsAddress object, parse_gcs_object(address));
    if (request.part_number != 0) {  // a part is an object of its own
      if (!capabilities_.presign_multipart) {
        return Error{Code::not_implemented,
                     "with a customer's key of encryption parts of an upload have no presigned URLs"};
      }
      RETURN_IF_ERROR(check_part_number(request.part_number));
      if (request.method != PresignMethod::put || !is_remote_upload_id(request.upload_id))
        return Error{Code::invalid_argument, "a part of an upload is put, and needs the upload's id"};
      object = gcs_part(gcs_upload_folder(object, request.upload_id), request.part_number);
    }
    GcsUrl url{.method = request.method == PresignMethod::get ? "GET" : "PUT",
               .origin = presign_origin_,
               .path = "/" + object.bucket + "/" + object.key,
               .query = {},
               .expiry = request.expiry};
    if (!request.file_name.empty())
      url.query.emplace_back("response-content-disposition", attachment(request.file_name));
    // URLs are given out for data only.
    return sign_gcs_url(*account_of_data().credentials.signer, url, clock_.now());
  }

 private:
  const Account& account_of_data() const { return data_ ? *data_ : ordinary_; }
  // By the place of the key alone: parts that become metadata are written as metadata is.
  const Account& account_of(const GcsAddress& object) const {
    const bool is_metadata = ("/" + object.key).find(metadata_) != std::string::npos;
    return is_metadata ? ordinary_ : account_of_data();
  }

  const std::unique_ptr<http::Client> http_;
  const Account ordinary_;
  const std::unique_ptr<const Account> data_;
  RemoteWriters writers_;       // its threads end before the accounts do
  const std::string metadata_;  // "/_lakefs/"
  const std::string presign_origin_;
  const Clock& clock_;
  Capabilities capabilities_;
};

bool is_origin(std::string_view url) {
  const std::size_t scheme = url.find("://");
  return (url.starts_with("https://") || url.starts_with("http://")) && url.size() > scheme + 3 &&
         url.find_first_of("/?#@ \\", scheme + 3) == url.npos;
}

}  // namespace

Result<std::unique_ptr<Store>> open_gcs_store(const GcsOptions& given, const Clock& clock, Random& random) {
  GcsOptions options = given;
  for (std::string* endpoint : {&options.endpoint, &options.presign_endpoint}) {
    while (endpoint->ends_with('/')) endpoint->pop_back();
    if (endpoint->empty() && endpoint != &options.endpoint) continue;
    if (!is_origin(*endpoint)) {
      return Error{Code::invalid_argument,
                   fmt::format("the Google endpoint '{}' is not of the form https://host:port", *endpoint)};
    }
  }
  const auto customer_key = from_hex(options.customer_key);
  if (!customer_key || (!customer_key->empty() && customer_key->size() != 32))
    return Error{Code::invalid_argument, "the encryption key for Google must be 64 hex digits"};
  if (!customer_key->empty() && !options.kms_key_id.empty())
    return Error{Code::invalid_argument, "Google takes an encryption key or the id of one, not both"};
  ASSIGN_OR_RETURN(auto http, http::Client::make(options.http));
  ASSIGN_OR_RETURN(auto credentials,
                   make_gcs_credentials(options.credentials, *http, options.requests, clock, random));
  std::optional<GcsCredentials> data;
  if (!options.data_credentials.json.empty() || !options.data_credentials.file.empty()) {
    auto made = make_gcs_credentials(options.data_credentials, *http, options.requests, clock, random);
    if (!made) return with_context("the credentials for data", std::move(made).error());
    data = *std::move(made);
    if (!data->signer && !options.credentials.hmac_access_id.empty())
      data->signer = make_hmac_signer(options.credentials.hmac_access_id, options.credentials.hmac_secret);
  }
  return std::make_unique<GcsStore>(options, GcsEncryption{*customer_key, options.kms_key_id},
                                    std::move(http), std::move(credentials), std::move(data), clock, random);
}

}  // namespace mere::block
