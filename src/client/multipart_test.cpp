#include "client/multipart.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/encoding.h"
#include "base/hash.h"
#include "client/object.h"
#include "http/server.h"

namespace mere::client {
namespace {

// A lake and a store in one: what the client asks the one for is an address at the other.
class StoreHandler final : public http::Handler {
 public:
  Task<http::Response> handle(http::Request request) override {
    Task<Result<std::string>> reading = http::read_all(request.body.get(), 1u << 30);
    const Result<std::string> body = co_await std::move(reading);
    std::lock_guard lock(mutex);
    http::Response response;
    response.headers.add("Content-Type", "application/json");
    if (request.path.starts_with("/store/") && request.method == "GET") {
      signed_in |= request.headers.contains("Authorization");
      ranges.push_back(std::string(request.headers.get("Range")));
      std::size_t first = 0, last = 0;
      if (std::sscanf(ranges.back().c_str(), "bytes=%zu-%zu", &first, &last) == 2) {
        last = std::min(last, stored.size() - 1);
        response.status = 206;
        response.headers.add("Content-Range", "bytes " + std::to_string(first) + "-" + std::to_string(last) +
                                                  "/" + std::to_string(stored.size()));
        response.body = stored.substr(first, last + 1 - first);
      } else {
        response.body = stored;
      }
    } else if (request.method == "GET" && request.query.find("presign=true") != std::string::npos) {
      response.status = 302;
      response.headers.add("Location", url + "/store/x?signature=s%2Fs");
    } else if (request.path.ends_with("/config") && config_fails) {
      response.status = 500;
      response.body = std::string(R"({"message":"no settings"})");
    } else if (request.path.ends_with("/config")) {
      response.body = std::string(R"({"storage_config":{"blockstore_type":"s3","pre_sign_support":true,
        "pre_sign_support_ui":false,"import_support":true,"blockstore_namespace_example":"s3://b/",
        "blockstore_namespace_ValidityRegex":"^s3://","import_validity_regex":"^s3://",
        "pre_sign_multipart_upload":)") +
                      (takes_parts ? "true}}" : "false}}");
    } else if (request.path.starts_with("/store/")) {
      signed_in |= request.headers.contains("Authorization");
      if (refuses) {
        response.status = 403;
        co_return response;
      }
      parts[std::stoi(request.query.substr(request.query.find('=') + 1))] = *body;
      if (answers_md5) response.headers.add("Content-MD5", to_base64(md5(*body)));
      if (answers_etag) response.headers.add("ETag", "\"" + request.query + "\"");
    } else if (request.path.ends_with("/staging/pmpu")) {
      response.status = 201;
      response.body = std::string(R"({"upload_id":"u1","physical_address":"s3://b/x"})");
    } else if (request.path.find("/parts/") != std::string::npos) {
      const std::string number = request.path.substr(request.path.rfind('/') + 1);
      response.body = R"({"presigned_url":")" + url + "/store/x?part=" + number + "\"}";
    } else if (request.method == "DELETE") {
      given_up = true;
      response.status = 204;
    } else {
      completed = *body;
      response.body = std::string(
          R"({"path":"x","path_type":"object","physical_address":"s3://b/x","checksum":"c","mtime":1})");
    }
    co_return response;
  }

  std::mutex mutex;
  std::string url;
  bool refuses = false;
  bool takes_parts = true;
  bool answers_etag = true;
  bool answers_md5 = false;
  bool config_fails = false;
  std::string stored;
  std::vector<std::string> ranges;  // that were asked of the store
  std::map<int, std::string> parts;
  std::string completed;
  bool given_up = false;
  bool signed_in = false;
};

class MultipartTest : public testing::Test {
 protected:
  MultipartTest() {
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.io_threads = 1;
    server_ = *http::Server::listen(options, handler_);
    handler_.url = "http://" + server_->address();
    thread_ = std::thread([this] { server_->run(); });
    SessionOptions session;
    session.credentials.token = "t";
    session.retries = 0;
    api_.emplace(*Session::connect(handler_.url, session));
    for (int i = 0; content_.size() < 1'000'000; ++i) content_ += std::to_string(i);
    std::ofstream(file_) << content_;
  }
  ~MultipartTest() override {
    api_.reset();
    server_->stop(std::chrono::seconds(0));
    thread_.join();
    std::filesystem::remove(file_);
  }

  StoreHandler handler_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
  std::optional<Api> api_;
  std::string content_;
  const std::string file_ = testing::TempDir() + "/multipart-" + std::to_string(::getpid());
  const Uri object_{"p", "main", "x"};
  const PartPlan plan_{.worth_it = 0, .part_bytes = 300'000, .parallel = 3};
};

TEST_F(MultipartTest, SendsPartsToTheStoreAndPutsThemTogether) {
  const auto stats = upload_in_parts(*api_, object_, file_, content_.size(), {.content_type = "x/y"}, plan_);

  ASSERT_TRUE(stats) << stats.error().message;
  std::string whole;
  for (const auto& [number, bytes] : handler_.parts) whole += bytes;
  EXPECT_TRUE(whole == content_);
  EXPECT_EQ(handler_.parts.size(), 4u);
  EXPECT_NE(handler_.completed.find(R"({"part_number":4,"etag":"\"part=4\""})"), std::string::npos)
      << handler_.completed;
  EXPECT_NE(handler_.completed.find(R"("content_type":"x/y")"), std::string::npos);
  EXPECT_FALSE(handler_.signed_in);  // our credentials are none of the store's business
}

TEST_F(MultipartTest, WhatAStoreAnswersInsteadOfAnETagIsHandedIn) {
  handler_.answers_etag = false;
  ASSERT_TRUE(upload_in_parts(*api_, object_, file_, content_.size(), {}, plan_));
  const std::string with_nothing = handler_.completed;
  handler_.answers_md5 = true;
  ASSERT_TRUE(upload_in_parts(*api_, object_, file_, content_.size(), {}, plan_));

  EXPECT_NE(with_nothing.find(R"({"part_number":1,"etag":""})"), std::string::npos) << with_nothing;
  const std::string first = to_hex(md5(content_.substr(0, plan_.part_bytes)));
  EXPECT_NE(handler_.completed.find(R"({"part_number":1,"etag":")" + first + "\"}"), std::string::npos)
      << handler_.completed;
}

TEST_F(MultipartTest, GivesThePartsUpWhenOneCannotBeWritten) {
  handler_.refuses = true;

  const auto stats = upload_in_parts(*api_, object_, file_, content_.size(), {}, plan_);

  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().code, Code::permission_denied);
  EXPECT_TRUE(stats.error().message.starts_with("lakefs://p/main/x: http://127.0.0.1:"))
      << stats.error().message;
  EXPECT_TRUE(handler_.given_up);
  EXPECT_EQ(handler_.completed, "");
}

TEST_F(MultipartTest, AWriterSendsPartsWhileItIsWritten) {
  ObjectWriter out(*api_, object_, {.content_type = "x/y", .to_store = true});
  std::string all;
  for (int i = 0; i < 20; ++i) {
    const std::string piece(1'000'003, static_cast<char>('a' + i));
    all += piece;
    ASSERT_TRUE(out.write(piece));
  }

  const auto stats = out.close();

  ASSERT_TRUE(stats) << stats.error().message;
  std::string whole;
  for (const auto& [number, bytes] : handler_.parts) whole += bytes;
  EXPECT_TRUE(whole == all);
  EXPECT_EQ(handler_.parts.size(), 3u);
  EXPECT_NE(handler_.completed.find(R"("content_type":"x/y")"), std::string::npos) << handler_.completed;
  EXPECT_FALSE(handler_.signed_in || handler_.given_up);
}

TEST_F(MultipartTest, AWriterWhosePartCannotBeWrittenEndsWithTheStoresError) {
  handler_.refuses = true;
  ObjectWriter out(*api_, object_, {.to_store = true});
  Status written;
  for (int i = 0; i < 100 && written; ++i) written = out.write(std::string(1u << 20, 'x'));

  EXPECT_EQ(written.error().code, Code::permission_denied) << written.error().message;
  EXPECT_EQ(out.write("more").error().code, Code::invalid_argument);
  EXPECT_TRUE(handler_.given_up);
  EXPECT_EQ(handler_.completed, "");
}

TEST_F(MultipartTest, AWriterThatCouldNotBeginItsPartsMakesNoObjectOfTheRest) {
  handler_.config_fails = true;
  ObjectWriter out(*api_, object_, {.to_store = true});
  ASSERT_TRUE(out.write(std::string(8u << 20, 'x')));

  EXPECT_FALSE(out.write("more"));
  EXPECT_EQ(out.close().error().code, Code::invalid_argument);
  EXPECT_EQ(handler_.completed, "");
}

TEST_F(MultipartTest, AWriterThatIsDroppedGivesItsPartsUp) {
  {
    ObjectWriter out(*api_, object_, {.to_store = true});
    ASSERT_TRUE(out.write(std::string(17u << 20, 'x')));
  }

  EXPECT_TRUE(handler_.given_up);
}

TEST_F(MultipartTest, AWriterGoesThroughTheServerWhereThatTakesNoParts) {
  handler_.takes_parts = false;
  ObjectWriter out(*api_, object_, {.to_store = true});
  const std::string all(9u << 20, 'x');
  ASSERT_TRUE(out.write(all));

  const auto stats = out.close();

  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_TRUE(handler_.completed == all);
}

TEST_F(MultipartTest, AReaderReadsFromTheStore) {
  handler_.stored = content_;
  ObjectReader in(*api_, object_, {.from_store = true});

  EXPECT_EQ(*in.read(10), content_.substr(0, 10));
  in.seek(500'000);
  EXPECT_EQ(*in.read(100), content_.substr(500'000, 100));
  EXPECT_TRUE(*in.read_rest() == content_.substr(500'100));
  EXPECT_FALSE(handler_.signed_in);
  EXPECT_GE(handler_.ranges.size(), 2u);
}

}  // namespace
}  // namespace mere::client
