#include "block/gcs_credentials.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "block/json_object.h"

namespace mere::block {
namespace {

namespace json = boost::json;

constexpr std::string_view kScope = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr std::string_view kTokenUri = "https://oauth2.googleapis.com/token";
constexpr std::string_view kRemedy =
    "check blockstore.gs.credentials_file or credentials_json, and this machine's clock";
constexpr std::size_t kMaxFileBytes = 1u << 20;

Error invalid(std::string message) {
  return {Code::invalid_argument, "Google credentials: " + std::move(message)};
}

Result<GcsCredentials> service_account(const json::object& object, const TokenSurroundings& around) {
  const std::string email = text_at(object, "client_email");
  const std::string pem = text_at(object, "private_key");
  std::string token_uri = text_at(object, "token_uri");
  if (token_uri.empty()) token_uri = kTokenUri;
  const auto url = parse_token_url(token_uri);
  if (email.empty() || pem.empty()) return invalid("client_email or private_key is missing");
  if (!url) return invalid("token_uri is no URL");
  ASSIGN_OR_RETURN(RsaKey key, RsaKey::parse(pem));
  ASSIGN_OR_RETURN(RsaKey url_key, RsaKey::parse(pem));
  const GcsAssertion assertion{.issuer = email,
                               .key_id = text_at(object, "private_key_id"),
                               .audience = token_uri,
                               .scope = std::string(kScope)};
  GcsCredentials made;
  const auto make_request = [assertion, url = *url, key = std::make_shared<RsaKey>(std::move(key))](
                                Timestamp now) -> Result<RemoteRequest> {
    ASSIGN_OR_RETURN(const std::string signed_assertion, sign_gcs_assertion(*key, assertion, now));
    return token_form_request(
        url, "get a token for " + assertion.issuer,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + signed_assertion);
  };
  made.tokens = ask_for_access_tokens(make_request, around);
  made.signer = make_rsa_signer(email, std::move(url_key));
  return made;
}

// What `gcloud auth application-default login` writes.
Result<GcsCredentials> authorized_user(const json::object& object, const TokenSurroundings& around) {
  const std::string client_id = text_at(object, "client_id");
  const std::string secret = text_at(object, "client_secret");
  const std::string refresh = text_at(object, "refresh_token");
  if (client_id.empty() || secret.empty() || refresh.empty())
    return invalid("client_id, client_secret or refresh_token is missing");
  std::string token_uri = text_at(object, "token_uri");
  if (token_uri.empty()) token_uri = kTokenUri;
  const auto url = parse_token_url(token_uri);
  if (!url) return invalid("token_uri is no URL");
  const std::string form = "grant_type=refresh_token&client_id=" + percent_encode(client_id) +
                           "&client_secret=" + percent_encode(secret) +
                           "&refresh_token=" + percent_encode(refresh);
  GcsCredentials made;
  const auto make_request = [url = *url, form](Timestamp) -> Result<RemoteRequest> {
    return token_form_request(url, "get a token for the user of gcloud", form);
  };
  made.tokens = ask_for_access_tokens(make_request, around);
  return made;
}

Result<GcsCredentials> of_json(const std::string& text, const TokenSurroundings& around) {
  const auto object = parse_json_object(text);
  if (!object) return invalid("this is no JSON object");
  const std::string type = text_at(*object, "type");
  if (type == "service_account") return service_account(*object, around);
  if (type == "authorized_user") return authorized_user(*object, around);
  return invalid(fmt::format("the type '{}' is not one of: service_account, authorized_user", type));
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file || text.size() > kMaxFileBytes) return invalid(fmt::format("cannot read the file '{}'", path));
  return text;
}

Result<GcsCredentials> of_file(const std::string& path, const TokenSurroundings& around) {
  ASSIGN_OR_RETURN(const std::string text, read_file(path));
  auto made = of_json(text, around);
  if (!made) return with_context(path, std::move(made).error());
  return made;
}

// Of the machine that this runs on.
Result<GcsCredentials> of_metadata(const std::string& origin, const TokenSurroundings& around) {
  GcsCredentials made;
  const auto make_request = [origin](Timestamp) -> Result<RemoteRequest> {
    RemoteRequest request{.what = "get a token for this machine's account from " + origin,
                          .method = "GET",
                          .bucket = origin,
                          .key = "/computeMetadata/v1/instance/service-accounts/default/token"};
    request.headers.set("Metadata-Flavor", "Google");
    return request;
  };
  made.tokens = ask_for_access_tokens(make_request, around);
  return made;
}

Result<GcsCredentials> by_order(const GcsCredentialOptions& options, const TokenSurroundings& around) {
  if (!options.json.empty()) return of_json(options.json, around);
  if (!options.file.empty()) return of_file(options.file, around);
  if (options.anonymous) return GcsCredentials{no_access_tokens(), nullptr};
  const auto variable = [&](const char* name) -> std::string {
    if (options.environment) return options.environment(name);
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (const std::string named = variable("GOOGLE_APPLICATION_CREDENTIALS"); !named.empty())
    return of_file(named, around);
  std::string folder = variable("CLOUDSDK_CONFIG");
  if (folder.empty()) {
    if (const std::string home = variable("HOME"); !home.empty()) folder = home + "/.config/gcloud";
  }
  if (!folder.empty()) {
    const std::string path = folder + "/application_default_credentials.json";
    if (std::ifstream(path)) return of_file(path, around);
  }
  if (const std::string host = variable("GCE_METADATA_HOST"); !host.empty())
    return of_metadata("http://" + host, around);
  return of_metadata(options.metadata_origin, around);
}

}  // namespace

Result<GcsCredentials> make_gcs_credentials(const GcsCredentialOptions& options, http::Client& http,
                                            const RemoteOptions& requests, const Clock& clock,
                                            Random& random) {
  ASSIGN_OR_RETURN(GcsCredentials made,
                   by_order(options, {http, requests, clock, random, std::string(kRemedy)}));
  if (!options.hmac_access_id.empty())
    made.signer = make_hmac_signer(options.hmac_access_id, options.hmac_secret);
  return made;
}

}  // namespace mere::block
