#include "block/azure_credentials.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/encoding.h"

namespace mere::block {
namespace {

// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
constexpr std::string_view kScope = "https://storage.azure.com/.default";
constexpr std::string_view kResource = "https://storage.azure.com/";
constexpr std::string_view kRemedy =
    "set blockstore.azure.storage_access_key, or check the identity that this server runs as "
    "(AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE)";
constexpr std::size_t kMaxTokenFileBytes = 64u << 10;
constexpr std::chrono::hours kKeyLife{7 * 24};  // the longest there is
constexpr std::chrono::minutes kClockSkew{15};  // a key that begins in the future is refused

Result<std::string> read_token(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string token(std::istreambuf_iterator<char>(in), {});
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (!in || token.empty() || token.size() > kMaxTokenFileBytes)
    return Error{Code::permission_denied, "the file of AZURE_FEDERATED_TOKEN_FILE holds no token: " + path};
  return token;
}

// Both kinds of applications: `proof` makes the fields of the form that say it is us.
MakeTokenRequest application(const TokenUrl& url, const std::string& client_id,
                             std::function<Result<std::string>()> proof) {
  return [url, client_id, proof = std::move(proof)](Timestamp) -> Result<RemoteRequest> {
    ASSIGN_OR_RETURN(const std::string fields, proof());
    return token_form_request(url, "get a token for the client " + client_id + " of Azure",
                              "grant_type=client_credentials&client_id=" + percent_encode(client_id) +
                                  "&scope=" + percent_encode(kScope) + fields);
  };
}

RemoteRequest metadata_request(const TokenUrl& url, std::string_view version, const std::string& client_id) {
  RemoteRequest request{.what = "get a token for this machine's identity from " + url.origin,
                        .method = "GET",
                        .bucket = url.origin,
                        .key = fmt::format("{}{}api-version={}&resource={}", url.path,
                                           url.path.find('?') == std::string::npos ? '?' : '&', version,
                                           percent_encode(kResource))};
  if (!client_id.empty()) request.key += "&client_id=" + percent_encode(client_id);
  return request;
}

}  // namespace

Result<std::unique_ptr<AccessTokens>> make_azure_tokens(const AzureIdentityOptions& options,
                                                        http::Client& http, const RemoteOptions& requests,
                                                        const Clock& clock, Random& random) {
  const auto variable = [&](const char* name) -> std::string {
    if (options.environment) return options.environment(name);
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  const auto url_of = [](const char* what, const std::string& text) -> Result<TokenUrl> {
    auto url = parse_token_url(text);
    if (!url) return Error{Code::invalid_argument, fmt::format("{} is no URL: '{}'", what, text)};
    return *std::move(url);
  };
  const TokenSurroundings around{http, requests, clock, random, std::string(kRemedy)};
  const std::string tenant = variable("AZURE_TENANT_ID");
  const std::string client_id = variable("AZURE_CLIENT_ID");
  const std::string secret = variable("AZURE_CLIENT_SECRET");
  const std::string token_file = variable("AZURE_FEDERATED_TOKEN_FILE");

  if (!tenant.empty() && !client_id.empty() && !(secret.empty() && token_file.empty())) {
    std::string authority = variable("AZURE_AUTHORITY_HOST");
    if (authority.empty()) authority = options.authority;
    while (authority.ends_with('/')) authority.pop_back();
    ASSIGN_OR_RETURN(const TokenUrl url,
                     url_of("AZURE_AUTHORITY_HOST",
                            fmt::format("{}/{}/oauth2/v2.0/token", authority, percent_encode(tenant))));
    const auto by_secret = [secret]() -> Result<std::string> {
      return "&client_secret=" + percent_encode(secret);
    };
    const auto by_file = [token_file]() -> Result<std::string> {
      ASSIGN_OR_RETURN(const std::string token, read_token(token_file));
      return "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
             "&client_assertion=" +
             percent_encode(token);
    };
    if (!secret.empty()) return ask_for_access_tokens(application(url, client_id, by_secret), around);
    return ask_for_access_tokens(application(url, client_id, by_file), around);
  }
  const std::string endpoint = variable("IDENTITY_ENDPOINT");
  const std::string header = variable("IDENTITY_HEADER");
  if (!endpoint.empty() && !header.empty()) {
    ASSIGN_OR_RETURN(const TokenUrl url, url_of("IDENTITY_ENDPOINT", endpoint));
    const auto of_service = [url, header, client_id](Timestamp) -> Result<RemoteRequest> {
      RemoteRequest request = metadata_request(url, "2019-08-01", client_id);
      request.headers.set("X-IDENTITY-HEADER", header);
      return request;
    };
    return ask_for_access_tokens(of_service, around);
  }
  const TokenUrl url{options.metadata_origin, "/metadata/identity/oauth2/token"};
  const auto of_machine = [url, client_id](Timestamp) -> Result<RemoteRequest> {
    RemoteRequest request = metadata_request(url, "2018-02-01", client_id);
    request.headers.set("Metadata", "true");
    return request;
  };
  return ask_for_access_tokens(of_machine, around);
}

Result<AzureDelegationKey> AzureDelegation::key_until(Timestamp until) {
  std::lock_guard lock(mutex_);
  if (!key_.key.empty() && until <= key_.expires) return key_;
  const Timestamp now = clock_.now();
  ASSIGN_OR_RETURN(AzureDelegationKey asked,
                   api_.delegation_key(now + -std::chrono::nanoseconds(kClockSkew), now + kKeyLife));
  if (asked.expires < until)
    return Error{Code::unavailable, "Azure gave a key for URLs that ends before they would"};
  key_ = std::move(asked);
  return key_;
}

}  // namespace mere::block
