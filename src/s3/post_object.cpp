// POST Object: an upload by a browser's form. The form is made into the PUT that it stands for, and its
// answer into what a browser expects.
#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/xml.h"
#include "s3/checked_body.h"
#include "s3/object_headers.h"
#include "s3/operations.h"
#include "s3/post_form.h"
#include "s3/post_policy.h"
#include "s3/reply.h"
#include "s3/tag_set.h"

namespace mere::s3 {
namespace {

// The file, of no other length than the policy allows.
class BoundedBody final : public CheckedBody {
 public:
  BoundedBody(std::unique_ptr<CheckedBody> body, std::uint64_t min_bytes, std::uint64_t max_bytes)
      : body_(std::move(body)), min_bytes_(min_bytes), max_bytes_(max_bytes) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    auto count = co_await body_->read(into);
    if (!count) co_return std::move(count).error();
    size_ += *count;
    if (size_ > max_bytes_) refusal_ = s3_error("EntityTooLarge");
    if (*count == 0 && size_ < min_bytes_) refusal_ = s3_error("EntityTooSmall");
    if (refusal_) co_return Error{Code::invalid_argument, refusal_->message};
    co_return *count;
  }

  const S3Error* failure() const override { return refusal_ ? &*refusal_ : body_->failure(); }
  const std::optional<Checksum>& checksum() const override { return body_->checksum(); }
  void compute(ChecksumAlgorithm algorithm) override { body_->compute(algorithm); }

 private:
  const std::unique_ptr<CheckedBody> body_;
  const std::uint64_t min_bytes_;
  const std::uint64_t max_bytes_;
  std::uint64_t size_ = 0;
  Refusal refusal_;
};

bool is_header_field(std::string_view name) {
  constexpr auto kHeaders = std::to_array<std::string_view>(
      {"cache-control", "content-disposition", "content-encoding", "content-language", "content-md5",
       "content-type", "expires", "x-amz-website-redirect-location"});
  return name.starts_with("x-amz-meta-") || name.starts_with("x-amz-checksum-") ||
         std::ranges::find(kHeaders, name) != kHeaders.end();
}

// The fields that a PUT has as headers. A field may hold what would end a header's line.
Outcome<http::Headers> headers_of(const FormFields& fields, std::string_view host) {
  http::Headers headers;
  headers.add("Host", std::string(host));
  for (const auto& [name, value] : fields) {
    if (!is_header_field(name)) continue;
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::ranges::any_of(value, is_control)) return s3_error("InvalidArgument", "Invalid header value.");
    headers.add(name, value);
  }
  if (const std::string* tagging = find_field(fields, "tagging")) {
    auto tags = parse_tag_set(*tagging);
    if (!tags) return tags.error();
    tree::Metadata metadata;
    set_tags(metadata, *tags);
    if (!metadata.empty()) headers.add("x-amz-tagging", metadata.begin()->second);
  }
  return headers;
}

// Where the browser is sent afterwards; "" if nowhere.
std::string redirect_of(const FormFields& fields, const Call& call, std::string_view etag) {
  const std::string* url = find_field(fields, "success_action_redirect");
  if (url == nullptr) url = find_field(fields, "redirect");
  if (url == nullptr || !(url->starts_with("http://") || url->starts_with("https://"))) return {};
  const auto is_unsafe = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (std::ranges::any_of(*url, is_unsafe)) return {};
  return *url + (url->find('?') == url->npos ? '?' : '&') +
         "bucket=" + percent_encode(call.target.repository) + "&key=" + percent_encode(call.target.key()) +
         "&etag=" + percent_encode(etag);
}

http::Response to_form_reply(const Call& call, const FormFields& fields, http::Response put) {
  const std::string etag(put.headers.get("ETag"));
  const std::string* status = find_field(fields, "success_action_status");
  const std::string location =
      std::string(call.request.secure ? "https://" : "http://") + std::string(call.header("Host")) + "/" +
      (call.target.in_host ? "" : call.target.repository + "/") + percent_encode(call.target.key(), "/");
  if (std::string redirect = redirect_of(fields, call, etag); !redirect.empty()) {
    put.status = 303;
    put.headers.add("Location", std::move(redirect));
    return put;
  }
  put.headers.add("Location", location);
  if (status == nullptr || (*status != "200" && *status != "201")) {
    put.status = 204;
    return put;
  }
  if (*status == "200") return put;

  std::string document;
  XmlWriter xml(document);
  xml.open("PostResponse");
  xml.element("Location", location);
  xml.element("Bucket", call.target.repository);
  xml.element("Key", call.target.key());
  xml.element("ETag", etag);
  xml.close();
  put.status = 201;
  put.headers.add("Content-Type", "application/xml");
  put.body = std::move(document);
  return put;
}

// Who may send this form, and what the upload is then; `call` becomes that upload.
Refusal admit(Call& call, PostForm& form) {
  auto principal = verify_post_policy(form.fields, call.parts.auth);
  if (!principal) return principal.error();
  const auto json = from_base64(*find_field(form.fields, "policy"));
  if (!json) return s3_error("InvalidPolicyDocument", "Invalid Policy: it is not base64.");
  const auto policy = parse_post_policy(*json);
  if (!policy) return policy.error();
  if (Refusal refusal =
          check_post_policy(*policy, form.fields, call.target.repository, call.lake().clock.now())) {
    return refusal;
  }
  auto headers = headers_of(form.fields, call.header("Host"));
  if (!headers) return headers.error();
  auto checks = PayloadChecks::of_headers(*headers, /*with_checksum=*/true);
  if (!checks) return checks.error();

  call.principal = *std::move(principal);
  call.request.headers = *std::move(headers);
  Key key = parse_key(*find_field(form.fields, "key"));
  call.target.ref = std::move(key.ref);
  call.target.path = std::move(key.path);
  call.target.level = Level::object;
  call.body = std::make_unique<BoundedBody>(make_plain_body(std::move(form.file), *std::move(checks)),
                                            policy->min_bytes, policy->max_bytes);
  call.payload_bytes.reset();
  return std::nullopt;
}

}  // namespace

Task<http::Response> post_object(Call& call) {
  const auto boundary = http::multipart_boundary(call.header("Content-Type"));
  if (!boundary || !call.request.body) co_return error_reply(call, "MalformedPOSTRequest");
  http::MultipartForm form(*call.request.body, *boundary, {.parts = 100});
  auto read = co_await read_post_form(form);
  if (!read) co_return error_reply(call, read.error());
  if (const Refusal refused = admit(call, *read)) co_return error_reply(call, *refused);
  if (call.target.path.empty()) co_return error_reply(call, "NoSuchBucket");

  http::Response put = co_await put_object(call);
  call.body.reset();  // it reads from `form`
  co_return put.status == 200 ? to_form_reply(call, read->fields, std::move(put)) : std::move(put);
}

}  // namespace mere::s3
