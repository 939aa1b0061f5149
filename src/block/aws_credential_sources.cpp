// Where AWS keys come from
// (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html).
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "base/time_format.h"
#include "base/xml.h"
#include "block/aws_credentials.h"
#include "block/aws_profile.h"
#include "block/remote_client.h"

namespace mere::block {
namespace {

using Environment = std::function<std::optional<std::string>(std::string_view)>;

constexpr std::size_t kMaxAnswerBytes = 256u << 10;

Error not_set_up() {
  return Error{Code::not_found, "not set up"};
}

std::optional<std::string> process_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (!value || *value == '\0') return std::nullopt;
  return value;
}

Result<std::string> read_token(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{Code::permission_denied, "cannot read the token file " + path};
  std::string token(std::istreambuf_iterator<char>(in), {});
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (token.empty() || token.size() > (64u << 10))
    return Error{Code::invalid_argument, "the token file " + path + " holds no token"};
  return token;
}

// Requests to a metadata or token service: no signature, `key` is the path and `query` goes along.
class PlainService final : public RemoteService {
 public:
  explicit PlainService(std::string origin) : origin_(std::move(origin)) {}
  Status prepare(const RemoteRequest& request, RemoteMessage& message) override {
    message.origin = origin_;
    message.request.path = request.key;
    for (const auto& [name, value] : request.query) {
      if (!message.request.query.empty()) message.request.query += '&';
      message.request.query += percent_encode(name) + "=" + percent_encode(value);
    }
    return {};
  }
  RemoteFault fault_of(const RemoteRequest&, const RemoteAnswer& answer) const override {
    RemoteFault fault;
    const auto document = parse_xml(answer.body);  // the token service answers so
    if (document) {
      if (const XmlElement* error = document->child("Error")) {
        fault.code = error->text_of("Code");
        fault.message = error->text_of("Message");
      }
      fault.request_id = document->text_of("RequestId");
    }
    return fault;
  }

 private:
  const std::string origin_;
};

// A service at `url` = origin and path.
class Metadata {
 public:
  Metadata(std::string_view url, std::string name, http::Client& http, const Clock& clock, Random& random,
           int max_retries, std::chrono::milliseconds patience)
      : service_(std::string(url.substr(0, origin_end(url)))),
        path_(url.substr(origin_end(url))),
        client_(http, service_,
                {.service_name = std::move(name),
                 .max_retries = max_retries,
                 .total_time = std::chrono::milliseconds(30'000),
                 .attempt_time = patience},
                clock, random) {
    while (path_.ends_with('/')) path_.pop_back();
  }

  RemoteRequest request(std::string method, std::string_view path) const {
    std::string whole = path_ + std::string(path);
    if (whole.empty()) whole = "/";
    RemoteRequest request{
        .what = "fetch AWS credentials", .method = std::move(method), .bucket = "", .key = whole};
    request.answer_limit = kMaxAnswerBytes;
    return request;
  }
  const RemoteClient& client() const { return client_; }

 private:
  static std::size_t origin_end(std::string_view url) {
    const std::size_t scheme = url.find("://");
    return std::min(url.find('/', scheme == url.npos ? 0 : scheme + 3), url.size());
  }
  PlainService service_;
  std::string path_;
  RemoteClient client_;
};

// What the metadata services answer.
Result<AwsCredentials> parse_metadata(std::string_view text) {
  const Error bad{Code::corrupt, "the service answered something else than credentials"};
  boost::system::error_code failed;
  const boost::json::value parsed =
      boost::json::parse(boost::json::string_view(text.data(), text.size()), failed);
  if (failed || !parsed.is_object()) return bad;
  const auto field = [&](const char* name) -> std::string {
    const auto* value = parsed.as_object().if_contains(name);
    return value && value->is_string() ? std::string(value->as_string().data(), value->as_string().size())
                                       : "";
  };
  const std::string code = field("Code");
  if (!code.empty() && code != "Success")
    return Error{Code::unavailable, fmt::format("the service answered {} \"{}\"", code, field("Message"))};
  AwsCredentials credentials{{field("AccessKeyId"), field("SecretAccessKey"), field("Token")}, {}};
  if (credentials.keys.access_key_id.empty() || credentials.keys.secret_access_key.empty()) return bad;
  credentials.expires = from_rfc3339(field("Expiration"));
  if (!credentials.expires && !field("Expiration").empty()) return bad;
  return credentials;
}

class StaticKeys final : public AwsCredentialSource {
 public:
  explicit StaticKeys(http::AwsKeys keys) : keys_(std::move(keys)) {}
  std::string_view name() const override { return "the configuration"; }
  Result<AwsCredentials> fetch() override { return AwsCredentials{keys_, {}}; }

 private:
  const http::AwsKeys keys_;
};

class EnvironmentKeys final : public AwsCredentialSource {
 public:
  explicit EnvironmentKeys(Environment environment) : environment_(std::move(environment)) {}
  std::string_view name() const override { return "the environment"; }
  Result<AwsCredentials> fetch() override {
    const auto id = environment_("AWS_ACCESS_KEY_ID");
    const auto secret = environment_("AWS_SECRET_ACCESS_KEY");
    if (!id && !secret) return not_set_up();
    if (!id || !secret)
      return Error{Code::invalid_argument,
                   "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set, or neither"};
    return AwsCredentials{{*id, *secret, environment_("AWS_SESSION_TOKEN").value_or("")}, {}};
  }

 private:
  const Environment environment_;
};

struct WebRole {
  std::string role;
  std::string token_file;
  std::string session_name;
};

// A token in a file, exchanged for keys by the token service.
class WebIdentity {
 public:
  WebIdentity(const AwsCredentialOptions& options, const Environment& environment, http::Client& http,
              const Clock& clock, Random& random)
      : duration_(options.web_identity_duration),
        random_(random),
        service_(environment("AWS_ENDPOINT_URL_STS")
                     .value_or(fmt::format("https://sts.{}.amazonaws.com{}", options.region,
                                           options.region.starts_with("cn-") ? ".cn" : "")),
                 "the AWS token service", http, clock, random, 3, std::chrono::milliseconds(10'000)) {}

  Result<AwsCredentials> fetch(const WebRole& role) {
    ASSIGN_OR_RETURN(const std::string token, read_token(role.token_file));
    std::string form =
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" + percent_encode(role.role) +
        "&RoleSessionName=" +
        percent_encode(role.session_name.empty() ? "mere-" + to_hex(random_name()) : role.session_name) +
        "&WebIdentityToken=" + percent_encode(token);
    if (duration_.count() > 0) form += fmt::format("&DurationSeconds={}", duration_.count());
    RemoteRequest request = service_.request("POST", "/");
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.payload = make_payload(std::move(form));
    ASSIGN_OR_RETURN(const RemoteAnswer answer, service_.client().require(request));
    ASSIGN_OR_RETURN(const XmlElement document, parse_xml(answer.body));
    const XmlElement* result = document.child("AssumeRoleWithWebIdentityResult");
    const XmlElement* found = result ? result->child("Credentials") : nullptr;
    if (!found) return Error{Code::corrupt, "the AWS token service answered something else than credentials"};
    AwsCredentials credentials{
        {std::string(found->text_of("AccessKeyId")), std::string(found->text_of("SecretAccessKey")),
         std::string(found->text_of("SessionToken"))},
        from_rfc3339(found->text_of("Expiration"))};
    if (credentials.keys.access_key_id.empty() || !credentials.expires)
      return Error{Code::corrupt, "the AWS token service answered something else than credentials"};
    return credentials;
  }

 private:
  std::string random_name() {
    std::string bytes(8, '\0');
    random_.fill(std::as_writable_bytes(std::span(bytes)));
    return bytes;
  }

  const std::chrono::seconds duration_;
  Random& random_;
  Metadata service_;
};

class EnvironmentRole final : public AwsCredentialSource {
 public:
  EnvironmentRole(Environment environment, std::shared_ptr<WebIdentity> web)
      : environment_(std::move(environment)), web_(std::move(web)) {}
  std::string_view name() const override { return "a web identity"; }
  Result<AwsCredentials> fetch() override {
    const auto file = environment_("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (!file) return not_set_up();
    const auto role = environment_("AWS_ROLE_ARN");
    if (!role)
      return Error{Code::invalid_argument, "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not"};
    return web_->fetch({*role, *file, environment_("AWS_ROLE_SESSION_NAME").value_or("")});
  }

 private:
  const Environment environment_;
  const std::shared_ptr<WebIdentity> web_;
};

class ProfileKeys final : public AwsCredentialSource {
 public:
  // `named`: asked for by the configuration, so that a missing one is an error.
  ProfileKeys(std::string credentials_file, std::string config_file, std::string profile, bool named,
              std::shared_ptr<WebIdentity> web)
      : credentials_file_(std::move(credentials_file)),
        config_file_(std::move(config_file)),
        profile_(std::move(profile)),
        named_(named),
        web_(std::move(web)) {}
  std::string_view name() const override { return "the shared files of AWS's tools"; }
  Result<AwsCredentials> fetch() override {
    auto loaded = load_aws_profile(credentials_file_, config_file_, profile_);
    if (!loaded) {
      if (loaded.error().code != Code::not_found || !named_) return std::move(loaded).error();
      return Error{Code::invalid_argument, std::move(loaded).error().message};
    }
    const auto setting = [&](std::string_view key) {
      const auto found = loaded->find(key);
      return found == loaded->end() ? std::string() : found->second;
    };
    const std::string id = setting("aws_access_key_id");
    const std::string secret = setting("aws_secret_access_key");
    if (!id.empty() && !secret.empty()) return AwsCredentials{{id, secret, setting("aws_session_token")}, {}};
    if (!setting("role_arn").empty() && !setting("web_identity_token_file").empty())
      return web_->fetch(
          {setting("role_arn"), setting("web_identity_token_file"), setting("role_session_name")});
    const Error unusable{
        named_ ? Code::invalid_argument : Code::not_found,
        fmt::format("the AWS profile '{}' has neither aws_access_key_id and aws_secret_access_key nor "
                    "role_arn and web_identity_token_file",
                    profile_)};
    return unusable;
  }

 private:
  const std::string credentials_file_, config_file_, profile_;
  const bool named_;
  const std::shared_ptr<WebIdentity> web_;
};

// Of a task in ECS, or a pod in EKS.
class ContainerKeys final : public AwsCredentialSource {
 public:
  ContainerKeys(Environment environment, http::Client& http, const Clock& clock, Random& random)
      : environment_(std::move(environment)), http_(http), clock_(clock), random_(random) {}
  std::string_view name() const override { return "the container's metadata"; }
  Result<AwsCredentials> fetch() override {
    std::string url;
    if (const auto relative = environment_("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
      url = "http://169.254.170.2" + *relative;
    } else if (const auto full = environment_("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
      url = *full;
    } else {
      return not_set_up();
    }
    std::string authorization = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
    if (const auto file = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
      ASSIGN_OR_RETURN(authorization, read_token(*file));
    }
    const Metadata service(url, "the container's metadata service", http_, clock_, random_, 3,
                           std::chrono::milliseconds(5'000));
    RemoteRequest request = service.request("GET", "");
    if (!authorization.empty()) request.headers.add("Authorization", authorization);
    ASSIGN_OR_RETURN(const RemoteAnswer answer, service.client().require(request));
    return parse_metadata(answer.body);
  }

 private:
  const Environment environment_;
  http::Client& http_;
  const Clock& clock_;
  Random& random_;
};

// Of an EC2 instance: version 2 of its service, version 1 where that is all there is.
class InstanceKeys final : public AwsCredentialSource {
 public:
  InstanceKeys(const Environment& environment, http::Client& http, const Clock& clock, Random& random)
      : disabled_(environment("AWS_EC2_METADATA_DISABLED").value_or("") == "true"),
        service_(environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254"),
                 "the instance's metadata service", http, clock, random, 2,
                 std::chrono::milliseconds(1'000)) {}
  std::string_view name() const override { return "the instance's metadata"; }
  Result<AwsCredentials> fetch() override {
    if (disabled_) return not_set_up();
    RemoteRequest session = service_.request("PUT", "/latest/api/token");
    session.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "21600");
    auto token = service_.client().send(session);
    // Elsewhere than on EC2 nobody is at that address.
    if (!token) return Error{Code::not_found, std::move(token).error().message};
    const bool first_version = token->status == 403 || token->status == 404 || token->status == 405;
    if (!token->is_success() && !first_version) return service_.client().error_of(session, *token);
    const std::string secret = first_version ? std::string() : std::move(token->body);

    constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";
    const auto ask = [&](std::string_view path) {
      RemoteRequest request = service_.request("GET", path);
      if (!secret.empty()) request.headers.add("X-aws-ec2-metadata-token", secret);
      return service_.client().require(request);
    };
    auto roles = ask(kRoles);
    if (!roles) {
      if (roles.error().code == Code::not_found) return Error{Code::not_found, "the instance has no role"};
      return std::move(roles).error();
    }
    const std::string role = roles->body.substr(0, roles->body.find_first_of("\r\n"));
    if (role.empty()) return Error{Code::not_found, "the instance has no role"};
    ASSIGN_OR_RETURN(const RemoteAnswer answer, ask(std::string(kRoles) + percent_encode(role)));
    return parse_metadata(answer.body);
  }

 private:
  const bool disabled_;
  const Metadata service_;
};

}  // namespace

std::vector<std::unique_ptr<AwsCredentialSource>> aws_credential_sources(const AwsCredentialOptions& options,
                                                                         http::Client& http,
                                                                         const Clock& clock, Random& random) {
  const Environment environment = options.environment ? options.environment : process_environment;
  std::vector<std::unique_ptr<AwsCredentialSource>> sources;
  if (!options.access_key_id.empty()) {
    sources.push_back(std::make_unique<StaticKeys>(
        http::AwsKeys{options.access_key_id, options.secret_access_key, options.session_token}));
    return sources;
  }
  const std::string home = environment("HOME").value_or("");
  std::string credentials_file = options.credentials_file;
  if (credentials_file.empty())
    credentials_file = environment("AWS_SHARED_CREDENTIALS_FILE").value_or(home + "/.aws/credentials");
  const std::string config_file = environment("AWS_CONFIG_FILE").value_or(home + "/.aws/config");
  const std::string profile =
      options.profile.empty() ? environment("AWS_PROFILE").value_or("default") : options.profile;
  const bool named = !options.profile.empty() || !options.credentials_file.empty();
  const auto web = std::make_shared<WebIdentity>(options, environment, http, clock, random);

  auto shared = std::make_unique<ProfileKeys>(credentials_file, config_file, profile, named, web);
  if (named) {
    sources.push_back(std::move(shared));
    return sources;
  }
  sources.push_back(std::make_unique<EnvironmentKeys>(environment));
  sources.push_back(std::make_unique<EnvironmentRole>(environment, web));
  sources.push_back(std::move(shared));
  sources.push_back(std::make_unique<ContainerKeys>(environment, http, clock, random));
  sources.push_back(std::make_unique<InstanceKeys>(environment, http, clock, random));
  return sources;
}

}  // namespace mere::block
