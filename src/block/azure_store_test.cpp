// What the Azure driver makes of answers that a service which is well never gives. That it is a store, the
// conformance suite asks of Azurite.
#include "block/azure_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "block/remote_test_support.h"
#include "block/test_folder.h"

namespace mere::block {
namespace {

using http::testing::RunningServer;
using ::testing::HasSubstr;

constexpr const char* kUri = "https://lake.blob.core.windows.net/data/object";

http::Response answer(int status, std::initializer_list<std::pair<const char*, std::string>> headers = {},
                      std::string body = {}) {
  http::Response response;
  response.status = status;
  for (const auto& [name, value] : headers) response.headers.add(name, value);
  response.body = std::move(body);
  return response;
}

http::Response refusal(int status, const std::string& code) {
  return answer(status, {{"x-ms-error-code", code}, {"x-ms-request-id", "req-7"}},
                "<?xml version=\"1.0\"?><Error><Code>" + code +
                    "</Code><Message>Words of the service.\n"
                    "RequestId:req-7</Message></Error>");
}

// Answers requests by a function, one at a time, and keeps them.
class Service {
 public:
  using Script = std::function<http::Response(const http::Request& request, int number)>;
  explicit Service(Script script) : script_(std::move(script)) {}

  std::unique_ptr<Store> store(const std::string& sas = "") const {
    AzureOptions options;
    options.account = "lake";
    if (sas.empty()) options.access_key = to_base64("key");
    options.sas = sas;
    options.endpoint = testing::origin_of(server_) + "/lake";
    options.requests.max_retries = 3;
    options.requests.pause = [](std::chrono::milliseconds) {};
    options.writes.part_bytes = 1000;
    return open_azure_store(options, system_clock(), system_random()).value();
  }
  std::vector<std::string> asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }
  std::string last_body_of(const std::string& method) const {
    std::lock_guard lock(mutex_);
    return bodies_.at(method);
  }

 private:
  Task<http::Response> handle(http::Request request) {
    const auto body = co_await http::read_all(request.body.get(), 1u << 24);
    std::lock_guard lock(mutex_);
    asked_.push_back(request.method + " " + request.path +
                     (request.query.empty() ? "" : "?" + request.query));
    bodies_[request.method] = body ? *body : "";
    co_return script_(request, static_cast<int>(asked_.size()));
  }

  const Script script_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::map<std::string, std::string> bodies_;  // the last of each method
  RunningServer server_{{}, [this](http::Request request) { return handle(std::move(request)); }};
};

TEST(AzureStore, AWriteThatWasCarriedOutButNotAnsweredIsKnownAsItsOwn) {
  std::string write_id;
  Service service([&](const http::Request& request, int number) {
    if (number == 1) {  // carried out, and then the service fails
      write_id = request.headers.get("x-ms-meta-mere_write");
      return refusal(500, "InternalError");
    }
    if (request.method == "PUT") return refusal(409, "BlobAlreadyExists");
    return answer(200, {{"x-ms-meta-mere_write", write_id}, {"ETag", "\"0x1\""}});
  });

  const Status written = write_all(*service.store(), {kUri}, "text", {.must_be_absent = true});

  EXPECT_TRUE(written) << written.error().message;
  EXPECT_FALSE(write_id.empty());
  EXPECT_EQ(service.asked().size(), 3u);
}

TEST(AzureStore, AnotherWritersBlobIsInTheWayAlsoAfterARetry) {
  Service service([&](const http::Request& request, int number) {
    if (number == 1) return refusal(500, "InternalError");
    if (request.method == "PUT") return refusal(409, "BlobAlreadyExists");
    return answer(200, {{"x-ms-meta-mere_write", "another's"}, {"ETag", "\"0x1\""}});
  });

  const Status written = write_all(*service.store(), {kUri}, "text", {.must_be_absent = true});

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::already_exists);
}

TEST(AzureStore, ABusyServiceIsAskedAgain) {
  Service service([&](const http::Request&, int number) {
    return number < 3 ? refusal(503, "ServerBusy") : answer(201);
  });

  EXPECT_TRUE(write_all(*service.store(), {kUri}, "text"));
  EXPECT_EQ(service.asked().size(), 3u);
}

TEST(AzureStore, ErrorsSayWhatTheServiceSaidAndWhatHelps) {
  Service service([](const http::Request&, int) { return refusal(403, "AuthenticationFailed"); });

  const auto opened = service.store()->open({kUri});

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::permission_denied);
  EXPECT_THAT(opened.error().message, HasSubstr(kUri));
  EXPECT_THAT(opened.error().message,
              HasSubstr("AuthenticationFailed \"Words of the service.\" (request id req-7)"));
  EXPECT_THAT(opened.error().message, HasSubstr("blockstore.azure.storage_account"));
}

TEST(AzureStore, ALargeObjectIsVisibleOnlyWithItsLastBlock) {
  Service service([](const http::Request& request, int) {
    return request.query == "comp=blocklist" ? refusal(400, "InvalidBlockList") : answer(201);
  });
  auto store = service.store();
  auto writer = *store->create({kUri}, {});
  ASSERT_TRUE(writer->append(bytes_of(std::string(2500, 'x'))));

  const auto written = writer->finish();

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::conflict);
  const auto asked = service.asked();
  ASSERT_EQ(asked.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_THAT(asked[i], HasSubstr("PUT /lake/data/object?comp=block&blockid="));
  EXPECT_EQ(asked[3], "PUT /lake/data/object?comp=blocklist");
}

TEST(AzureStore, ACopyUnderWayIsWaitedFor) {
  int looks = 0;
  Service service([&](const http::Request& request, int) {
    if (request.method == "PUT") return answer(202, {{"x-ms-copy-status", "pending"}});
    return answer(200, {{"x-ms-copy-status", ++looks < 3 ? "pending" : "success"}, {"ETag", "\"0x2\""}});
  });

  const auto copied = service.store()->copy({kUri}, {"https://lake.blob.core.windows.net/data/copy"});

  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(copied->etag, "0x2");
  EXPECT_EQ(looks, 4);
}

TEST(AzureStore, ACopyThatFailedIsAnError) {
  Service service([&](const http::Request& request, int) {
    return request.method == "PUT" ? answer(202, {{"x-ms-copy-status", "pending"}})
                                   : answer(200, {{"x-ms-copy-status", "failed"}});
  });

  const auto copied = service.store()->copy({kUri}, {"https://lake.blob.core.windows.net/data/copy"});

  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Code::unavailable);
}

TEST(AzureStore, ListsThatAreNoListsAreCorrupt) {
  for (const char* body : {"", "<html/>", "<EnumerationResults><Blobs><Blob/></Blobs></EnumerationResults>",
                           "<EnumerationResults><Blobs><Blob><Name>a</Name><Properties><Content-Length>x"
                           "</Content-Length></Properties></Blob></Blobs></EnumerationResults>"}) {
    Service service([&](const http::Request&, int) { return answer(200, {}, body); });

    const Status listed = service.store()->list({"https://lake.blob.core.windows.net/data"}, {},
                                                [](const Listed&) { return true; });

    ASSERT_FALSE(listed) << body;
    EXPECT_EQ(listed.error().code, Code::corrupt);
  }
}

TEST(AzureStore, ListsPageByPageWithoutFoldersMarkers) {
  const auto blob = [](const std::string& name, const std::string& metadata = "") {
    return "<Blob><Name>" + name +
           "</Name><Properties><Last-Modified>Thu, 26 Nov 2026 12:00:00 GMT</Last-Modified>"
           "<Etag>0x8</Etag><Content-Length>5</Content-Length><AccessTier>Hot</AccessTier></"
           "Properties><Metadata>" +
           metadata + "</Metadata></Blob>";
  };
  Service service([&](const http::Request& request, int) {
    const bool second = request.query.find("marker=m1") != std::string::npos;
    return answer(
        200, {},
        "<EnumerationResults><Blobs>" +
            (second ? blob("c") : blob("a") + blob("b", "<hdi_isfolder>true</hdi_isfolder>") + blob("b/")) +
            "</Blobs><NextMarker>" + (second ? "" : "m1") + "</NextMarker></EnumerationResults>");
  });
  std::vector<Listed> found;

  ASSERT_TRUE(
      service.store()->list({"https://lake.blob.core.windows.net/data"}, {}, [&](const Listed& listed) {
        found.push_back(listed);
        return true;
      }));

  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].address.uri, "https://lake.blob.core.windows.net/data/a");
  EXPECT_EQ(found[0].properties.size_bytes, 5u);
  EXPECT_EQ(found[0].properties.etag, "0x8");
  EXPECT_EQ(found[0].properties.storage_class, "Hot");
  EXPECT_EQ(found[1].address.uri, "https://lake.blob.core.windows.net/data/c");
}

TEST(AzureStore, NeedsAnAccountAndAKeyThatIsOne) {
  const auto open = [](const std::string& account, const std::string& key, const std::string& sas) {
    return open_azure_store({.account = account, .access_key = key, .sas = sas}, system_clock(),
                            system_random());
  };

  EXPECT_EQ(open("", "a2V5", "").error().code, Code::invalid_argument);
  EXPECT_EQ(open("lake", "not base64!", "").error().code, Code::invalid_argument);
  EXPECT_TRUE(open("lake", "a2V5", "").value()->capabilities("").presign);
  EXPECT_FALSE(open("lake", "", "sv=1&sig=x").value()->capabilities("").presign);
}

// An upload of which the server wrote part 1 (17 bytes), and clients the parts 1 (again) and 2 by URLs.
class HalfUploaded {
 public:
  static constexpr const char* kId = "0123456789abcdef0123456789abcdef";
  const std::string md5_of_1 = to_hex(md5("seventeen bytes!!"));

  http::Response operator()(const http::Request& request, int) const {
    if (request.query == "comp=blocklist&blocklisttype=uncommitted") {
      std::string blocks;
      for (const char* id : {"0123456789abcdef-00002", "0123456789abcdef-00001", "fedcba9876543210-00000",
                             "0123456789abcdef-10001", "0123456789abcdef-3", "another's"})
        blocks += "<Block><Name>" + to_base64(id) + "</Name><Size>5</Size></Block>";
      return answer(
          200, {},
          "<BlockList><CommittedBlocks/><UncommittedBlocks>" + blocks + "</UncommittedBlocks></BlockList>");
    }
    if (request.query.find("comp=list&") != std::string::npos) {
      const std::string folder = std::string(".mere-uploads/") + kId;
      const std::string properties = "<Properties><Content-Length>0</Content-Length></Properties>";
      return answer(200, {},
                    "<EnumerationResults><Blobs><Blob><Name>" + folder + "/00001</Name>" + properties +
                        "<Metadata><size>17</size><md5>" + md5_of_1 +
                        "</md5><tag>fedcba9876543210</tag><blocks>1</blocks></Metadata></Blob><Blob><Name>" +
                        folder + "/upload</Name>" + properties +
                        "</Blob></Blobs><NextMarker/></EnumerationResults>");
    }
    if (request.method == "GET") return answer(200, {}, "object");
    if (request.method == "DELETE") return answer(202);
    return answer(request.method == "PUT" ? 201 : 200, {{"ETag", "\"0x5\""}});
  }
};

TEST(AzureStore, PartsPutByUrlsAreListedWithoutETags) {
  const HalfUploaded upload;
  Service service(upload);

  const auto parts = service.store()->list_parts({kUri}, HalfUploaded::kId);

  ASSERT_TRUE(parts) << parts.error().message;
  std::vector<std::string> found;
  for (const Part& part : *parts)
    found.push_back(fmt::format("{} {} {}", part.number, part.size_bytes, part.etag));
  EXPECT_THAT(found, ::testing::ElementsAre("1 17 " + upload.md5_of_1, "1 5 ", "2 5 "));
}

TEST(AzureStore, OfTwoPartsWithANumberTheETagChooses) {
  const HalfUploaded upload;
  Service service(upload);
  const auto store = service.store();
  const auto latest = [](std::string_view id) { return "<Latest>" + to_base64(id) + "</Latest>"; };

  const Part by_url{.number = 2, .etag = {}};
  const Part any[] = {{.number = 1, .etag = {}}, by_url};
  const auto ambiguous = store->complete_upload({kUri}, HalfUploaded::kId, any);
  const Part the_servers[] = {{.number = 1, .etag = upload.md5_of_1}, by_url};
  ASSERT_TRUE(store->complete_upload({kUri}, HalfUploaded::kId, the_servers));
  const std::string first = service.last_body_of("PUT");
  const Part the_clients[] = {{.number = 1, .etag = to_hex(md5("other"))}, by_url};
  const auto completed = store->complete_upload({kUri}, HalfUploaded::kId, the_clients);

  EXPECT_EQ(ambiguous.error().code, Code::invalid_argument);
  EXPECT_THAT(first, HasSubstr(latest("fedcba9876543210-00000") + latest("0123456789abcdef-00002")));
  EXPECT_THAT(service.last_body_of("PUT"),
              HasSubstr(latest("0123456789abcdef-00001") + latest("0123456789abcdef-00002")));
  ASSERT_TRUE(completed);
  EXPECT_EQ(completed->etag, "0x5");
}

TEST(AzureStore, ListsOfBlocksThatAreNoneAreCorrupt) {
  for (const char* body : {"", "<html/>",
                           "<BlockList><UncommittedBlocks><Block><Name>!</Name><Size>1</Size></Block>"
                           "</UncommittedBlocks></BlockList>",
                           "<BlockList><UncommittedBlocks><Block><Name>YQ==</Name><Size>-1</Size></Block>"
                           "</UncommittedBlocks></BlockList>"}) {
    Service service([&, upload = HalfUploaded()](const http::Request& request, int number) {
      return request.query.starts_with("comp=blocklist") ? answer(200, {}, body) : upload(request, number);
    });

    const auto parts = service.store()->list_parts({kUri}, HalfUploaded::kId);

    ASSERT_FALSE(parts) << body;
    EXPECT_EQ(parts.error().code, Code::corrupt);
  }
}

TEST(AzureStore, AUrlOfAPartWritesOneBlockInAVersionThatAnswersItsMd5) {
  const auto store = Service([](const http::Request&, int) { return answer(200); }).store();
  const PresignRequest part{.method = PresignMethod::put,
                            .expiry = std::chrono::seconds(60),
                            .upload_id = HalfUploaded::kId,
                            .part_number = 12};
  PresignRequest reading = part, no_upload = part, no_part = part;
  reading.method = PresignMethod::get;
  no_upload.upload_id = "../other";
  no_part.part_number = 10001;

  const auto url = store->presign({kUri}, part);

  ASSERT_TRUE(url) << url.error().message;
  EXPECT_THAT(*url, HasSubstr("/lake/data/object?sv=2018-11-09&"));
  EXPECT_THAT(*url, HasSubstr("&sp=w&"));
  EXPECT_THAT(*url, HasSubstr("&comp=block&blockid=" + percent_encode(to_base64("0123456789abcdef-00012"))));
  for (const PresignRequest& wrong : {reading, no_upload, no_part})
    EXPECT_EQ(store->presign({kUri}, wrong).error().code, Code::invalid_argument);
}

TEST(AzureStore, UrlsOfPartsCanBeSwitchedOffAlone) {
  const auto store = open_azure_store({.account = "lake", .access_key = "a2V5", .presign_multipart = false},
                                      system_clock(), system_random());
  const PresignRequest part{.method = PresignMethod::put,
                            .expiry = std::chrono::seconds(60),
                            .upload_id = HalfUploaded::kId,
                            .part_number = 1};

  EXPECT_TRUE((*store)->capabilities("").presign);
  EXPECT_FALSE((*store)->capabilities("").presign_multipart);
  EXPECT_EQ((*store)->presign({kUri}, part).error().code, Code::not_implemented);
}

TEST(AzureStore, ASasGoesWithEveryRequest) {
  Service service([](const http::Request& request, int) {
    return request.headers.contains("Authorization") ? answer(400) : answer(201);
  });

  EXPECT_TRUE(write_all(*service.store("sv=1&sig=x"), {kUri}, "text"));

  EXPECT_EQ(service.asked().at(0), "PUT /lake/data/object?sv=1&sig=x");
}

}  // namespace
}  // namespace mere::block
