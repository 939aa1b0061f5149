// What the Google driver makes of answers that an emulator never gives. That it is a store, the conformance
// suite asks of fake-gcs-server.
#include "block/gcs_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "base/encoding.h"
#include "base/json_writer.h"
#include "block/remote_test_support.h"
#include "block/test_folder.h"

namespace mere::block {
namespace {

using http::testing::RunningServer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kUri = "gs://lake/folder/object";
constexpr const char* kObject =
    R"({"name":"folder/object","size":"4","updated":"2026-11-26T12:00:00.5Z","generation":"7",)"
    R"("md5Hash":"HLJR7A1WjeapKbUgxK7Y0Q==","etag":"CAE="})";

http::Response answer(int status, std::string body = "{}") {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

http::Response refusal(int status, const std::string& reason) {
  return answer(status, R"({"error":{"code":)" + std::to_string(status) +
                            R"(,"message":"Words of the service.","errors":[{"reason":")" + reason +
                            R"("}]}})");
}

struct Asked {
  std::string line;  // "GET /path?query"
  std::string body;
};

class Service {
 public:
  using Script = std::function<http::Response(const http::Request& request, const Asked& asked, int number)>;
  explicit Service(Script script) : script_(std::move(script)) {}

  std::string origin() const { return testing::origin_of(server_); }
  std::unique_ptr<Store> store(GcsOptions options = {}) const {
    options.endpoint = origin();
    if (options.credentials.json.empty()) options.credentials.anonymous = true;
    options.requests.max_retries = 3;
    options.requests.pause = [](std::chrono::milliseconds) {};
    options.writes.part_bytes = 10;
    return open_gcs_store(options, system_clock(), system_random()).value();
  }
  std::vector<Asked> asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }
  // Of requests whose line holds `text`.
  std::ptrdiff_t count(std::string_view text) const {
    const auto all = asked();
    return std::count_if(all.begin(), all.end(),
                         [&](const Asked& one) { return one.line.find(text) != std::string::npos; });
  }

 private:
  Task<http::Response> handle(http::Request request) {
    auto body = co_await http::read_all(request.body.get(), 1u << 24);
    std::lock_guard lock(mutex_);
    asked_.push_back(
        {request.method + " " + request.path + (request.query.empty() ? "" : "?" + request.query),
         std::move(body).value_or(std::string())});
    co_return script_(request, asked_.back(), static_cast<int>(asked_.size()));
  }

  const Script script_;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  RunningServer server_{{}, [this](http::Request request) { return handle(std::move(request)); }};
};

// The text between `before` and the next quote.
std::string quoted_after(const std::string& text, const std::string& before) {
  const std::size_t begin = text.find(before);
  if (begin == std::string::npos) return {};
  return text.substr(begin + before.size(), text.find('"', begin + before.size()) - begin - before.size());
}

TEST(GcsStore, AWriteThatWasCarriedOutButNotAnsweredIsKnownAsItsOwn) {
  for (const bool own : {true, false}) {
    std::string write_id;
    Service service([&](const http::Request& request, const Asked& asked, int number) {
      if (number == 1) {  // carried out, and then the service fails
        write_id = quoted_after(asked.body, "\"mere_write\":\"");
        return refusal(500, "backendError");
      }
      if (request.method == "POST") return refusal(412, "conditionNotMet");
      std::string object = kObject;
      object.back() = ',';
      return answer(200, object + R"("metadata":{"mere_write":")" + (own ? write_id : "another's") + "\"}}");
    });

    const Status written = write_all(*service.store(), {kUri}, "text", {.must_be_absent = true});

    EXPECT_FALSE(write_id.empty());
    EXPECT_THAT(service.asked()[0].line, HasSubstr("ifGenerationMatch=0"));
    EXPECT_EQ(written.has_value(), own);
    if (!own) {
      EXPECT_EQ(written.error().code, Code::already_exists);
    }
  }
}

TEST(GcsStore, TheServiceGetsTheDigestWithTheBytes) {
  Service service([](const http::Request&, const Asked&, int) { return answer(200); });

  ASSERT_TRUE(write_all(*service.store(), {kUri}, "text"));

  ASSERT_EQ(service.asked().size(), 1u);
  EXPECT_THAT(service.asked()[0].line, StartsWith("POST /upload/storage/v1/b/lake/o?uploadType=multipart"));
  EXPECT_THAT(service.asked()[0].body,
              HasSubstr(R"("name":"folder/object","md5Hash":"HLJR7A1WjeapKbUgxK7Y0Q==")"));
  EXPECT_THAT(service.asked()[0].body, HasSubstr("\r\n\r\ntext\r\n--mere-"));
}

TEST(GcsStore, ManyPartsAreComposedThirtyTwoAtATime) {
  Service service([](const http::Request&, const Asked&, int) { return answer(200); });
  auto store = service.store();
  auto writer = *store->create({kUri}, {.must_be_absent = true});
  ASSERT_TRUE(writer->append(bytes_of(std::string(700, 'x'))));  // 70 parts

  const auto written = writer->finish();

  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(service.count("POST /upload/"), 70);
  EXPECT_EQ(service.count("/compose?"), 4);  // 32, 32 and 6, then those three
  const auto asked = service.asked();
  const auto last = std::find_if(asked.rbegin(), asked.rend(), [](const Asked& one) {
    return one.line.find("/compose?") != std::string::npos;
  });
  EXPECT_THAT(last->line, StartsWith("POST /storage/v1/b/lake/o/folder%2Fobject/compose?"));
  EXPECT_THAT(last->line, HasSubstr("ifGenerationMatch=0"));
}

TEST(GcsStore, AnObjectIsNotThereIfItsPartsAreNot) {
  Service service([](const http::Request&, const Asked& asked, int) {
    return asked.line.find("/compose?") == std::string::npos ? answer(200) : refusal(404, "notFound");
  });
  auto store = service.store();
  auto writer = *store->create({kUri}, {});
  ASSERT_TRUE(writer->append(bytes_of(std::string(25, 'x'))));

  EXPECT_EQ(writer->finish().error().code, Code::not_found);
}

TEST(GcsStore, ALargeCopyGoesOnUntilItIsDone) {
  Service service([](const http::Request&, const Asked&, int number) {
    if (number < 3) return answer(200, R"({"done":false,"rewriteToken":"t)" + std::to_string(number) + "\"}");
    return answer(200, std::string(R"({"done":true,"resource":)") + kObject + "}");
  });

  const auto copied = service.store()->copy({kUri}, {"gs://pond/copy"});

  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(copied->size_bytes, 4u);
  EXPECT_EQ(copied->etag, "1cb251ec0d568de6a929b520c4aed8d1");
  EXPECT_EQ(service.asked()[0].line, "POST /storage/v1/b/lake/o/folder%2Fobject/rewriteTo/b/pond/o/copy");
  EXPECT_THAT(service.asked()[2].line, HasSubstr("rewriteToken=t2"));
}

TEST(GcsStore, ReadsGoOnWithTheVersionThatWasOpened) {
  const std::string bytes(300'000, 'x');
  Service service([&](const http::Request& request, const Asked&, int number) {
    if (number == 2) return refusal(404, "notFound");
    http::Response response = answer(206, bytes.substr(0, 131'072));
    response.headers.add("Content-Range", "bytes 0-131071/300000");
    response.headers.add("x-goog-generation", "7");
    response.headers.add("x-goog-hash", "crc32c=AAAAAA==,md5=HLJR7A1WjeapKbUgxK7Y0Q==");
    EXPECT_EQ(request.headers.get("Accept-Encoding"), "gzip");
    return response;
  });
  auto store = service.store();
  const auto reader = store->open({kUri});
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->properties().etag, "1cb251ec0d568de6a929b520c4aed8d1");
  EXPECT_EQ((*reader)->properties().size_bytes, 300'000u);
  std::vector<std::byte> into(10);

  const auto rest = (*reader)->read_at(200'000, into);

  EXPECT_EQ(rest.error().code, Code::gone);
  EXPECT_THAT(service.asked()[1].line, HasSubstr("GET /lake/folder/object?generation=7"));
}

TEST(GcsStore, ErrorsSayWhatTheServiceSaidAndWhatHelps) {
  Service service([](const http::Request&, const Asked&, int) { return refusal(403, "forbidden"); });

  const auto found = service.store()->stat({kUri});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::permission_denied);
  EXPECT_THAT(found.error().message, HasSubstr("gs://lake/folder/object"));
  EXPECT_THAT(found.error().message, HasSubstr("forbidden \"Words of the service.\""));
  EXPECT_THAT(found.error().message, HasSubstr("Storage Object Admin"));
}

TEST(GcsStore, ATooHighRateIsAskedAgain) {
  Service service([](const http::Request&, const Asked&, int number) {
    return number < 3 ? refusal(number == 1 ? 403 : 429, "rateLimitExceeded") : answer(200, kObject);
  });

  EXPECT_TRUE(service.store()->stat({kUri}));
}

TEST(GcsStore, ATokenThatIsRefusedIsReplaced) {
  int tokens = 0;
  Service service([&](const http::Request& request, const Asked& asked, int) {
    if (asked.line == "POST /token")
      return answer(200, R"({"access_token":"t)" + std::to_string(++tokens) + R"(","expires_in":3600})");
    return request.headers.get("Authorization") == "Bearer t2" ? answer(200, kObject)
                                                               : refusal(401, "authError");
  });
  GcsOptions options;
  options.credentials.json =
      R"({"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r",)"
      R"("token_uri":")" +
      service.origin() + R"(/token"})";

  const auto found = service.store(options)->stat({kUri});

  EXPECT_TRUE(found) << found.error().message;
  EXPECT_EQ(tokens, 2);
}

// A service account's key whose tokens are asked for at `path`.
std::string account_at(const std::string& origin, const std::string& path) {
  std::ifstream file(MERE_TEST_DATA "/gcs/test_key.pem");
  std::string json;
  JsonWriter writer(json);
  writer.begin_object();
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"type", "service_account"},
           {"client_email", path.substr(1) + "@tests"},
           {"private_key_id", "k"},
           {"private_key", std::string(std::istreambuf_iterator<char>(file), {})},
           {"token_uri", origin + path}}) {
    writer.key(name);
    writer.string(value);
  }
  writer.end_object();
  return json;
}

TEST(GcsStore, DataAndMetadataAreEachAccountsOwn) {
  std::mutex mutex;
  std::vector<std::string> found;  // "token GET /path"
  Service service([&](const http::Request& request, const Asked& asked, int) {
    if (request.path == "/main" || request.path == "/data")
      return answer(200, R"({"access_token":"of-)" + request.path.substr(1) + R"(","expires_in":3600})");
    std::lock_guard lock(mutex);
    found.push_back(std::string(request.headers.get("Authorization").substr(7)) + " " +
                    asked.line.substr(0, asked.line.find('?')));
    const bool is_list = request.method == "GET" && request.query.find("prefix=") != std::string::npos;
    if (request.path.find("/rewriteTo/") != std::string::npos)
      return answer(200, std::string(R"({"done":true,"resource":)") + kObject + "}");
    return answer(200, is_list ? R"({"items":[]})" : kObject);
  });
  GcsOptions options;
  options.credentials.json = account_at(service.origin(), "/main");
  options.credentials.hmac_access_id = "GOOG";
  options.credentials.hmac_secret = "s";
  options.data_credentials.json = account_at(service.origin(), "/data");
  options.metadata_folder = "_meta";
  const auto store = service.store(options);
  const auto in_order = [&](std::string_view account) {
    const std::vector<std::string> done = std::exchange(found, {});
    EXPECT_FALSE(done.empty());
    for (const std::string& one : done) EXPECT_THAT(one, StartsWith("of-" + std::string(account) + " "));
  };
  const auto nothing = [](const Listed&) { return true; };

  for (const auto& [folder, account] : {std::pair{"gs://lake/one/_meta/", "main"},
                                        {"gs://lake/_meta/", "main"},
                                        {"gs://lake/one/data/", "data"},
                                        {"gs://lake/one/x_meta/", "data"},
                                        {"gs://lake/", "data"}}) {
    const Address object{folder + std::string("x")};
    EXPECT_TRUE(store->stat(object));
    EXPECT_TRUE(store->open(object));
    EXPECT_TRUE(write_all(*store, object, "text"));
    EXPECT_TRUE(write_all(*store, object, std::string(25, 'x')));  // in three parts, which are joined
    EXPECT_TRUE(store->list({folder}, {}, nothing));
    EXPECT_TRUE(store->copy(object, {object.uri + "2"}));
    EXPECT_TRUE(store->begin_upload(object));
    EXPECT_TRUE(store->remove(object));
    in_order(account);
  }
  const auto url = store->presign({"gs://lake/one/data/x"}, {PresignMethod::get, std::chrono::seconds(60)});

  ASSERT_TRUE(url) << url.error().message;
  EXPECT_THAT(*url, HasSubstr("X-Goog-Credential=data%40tests"));
}

TEST(GcsStore, AnHmacKeySignsUrlsToDataWhereItsAccountCannot) {
  const Service service([](const http::Request&, const Asked&, int) { return answer(200, kObject); });
  GcsOptions options;
  options.data_credentials.json =
      R"({"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r"})";
  const auto unsigned_store = service.store(options);
  options.credentials.hmac_access_id = "GOOG";
  options.credentials.hmac_secret = "s";
  const auto store = service.store(options);

  EXPECT_FALSE(unsigned_store->capabilities("").presign);
  EXPECT_THAT(*store->presign({kUri}, {PresignMethod::get, std::chrono::seconds(60)}),
              HasSubstr("X-Goog-Credential=GOOG%2F"));
}

TEST(GcsStore, AnswersThatAreNoneAreCorrupt) {
  for (const char* body : {"", "[]", "{", R"({"items":[{}]})", R"({"items":[{"name":"a","size":"x"}]})"}) {
    Service service([&](const http::Request&, const Asked&, int) { return answer(200, body); });

    const Status listed = service.store()->list({"gs://lake"}, {}, [](const Listed&) { return true; });

    ASSERT_FALSE(listed) << body;
    EXPECT_EQ(listed.error().code, Code::corrupt);
  }
}

TEST(GcsStore, RefusesOptionsThatCannotBe) {
  const auto code = [](GcsOptions options) {
    options.credentials.anonymous = true;
    auto store = open_gcs_store(options, system_clock(), system_random());
    return store ? Code::internal : store.error().code;
  };

  EXPECT_EQ(code({.endpoint = "storage"}), Code::invalid_argument);
  EXPECT_EQ(code({.endpoint = "https://host/path"}), Code::invalid_argument);
  EXPECT_EQ(code({.customer_key = "12"}), Code::invalid_argument);
  EXPECT_EQ(code({.data_credentials = {.json = "no JSON"}}), Code::invalid_argument);
  EXPECT_EQ(code({.data_credentials = {.file = "/no/such/file"}}), Code::invalid_argument);
  EXPECT_EQ(code({.customer_key = std::string(64, 'a'), .kms_key_id = "k"}), Code::invalid_argument);
  EXPECT_EQ(code({.customer_key = std::string(64, 'a')}), Code::internal);
}

TEST(GcsStore, AnEncryptionKeyGoesWithEveryRequestThatNeedsIt) {
  Service service([](const http::Request& request, const Asked&, int) {
    EXPECT_EQ(request.headers.get("x-goog-encryption-algorithm"), "AES256");
    EXPECT_EQ(from_base64(request.headers.get("x-goog-encryption-key")), std::string(32, '\xaa'));
    return answer(200, kObject);
  });
  GcsOptions options;
  options.customer_key = std::string(64, 'a');

  EXPECT_TRUE(write_all(*service.store(options), {kUri}, "text"));
  EXPECT_TRUE(service.store(options)->stat({kUri}));
}

}  // namespace
}  // namespace mere::block
