#include "client/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "client/api.h"
#include "client/async_api.h"
#include "client/test_lake.h"

namespace mere::client {
namespace {

using testing::HasSubstr;

class SessionTest : public testing::Test {
 protected:
  ScriptedLake lake_;
  Api api_{lake_.session()};
};

constexpr const char* kRepository =
    R"({"id":"prices","creation_date":7,"default_branch":"main","storage_namespace":"local://p","more":[1]})";

TEST_F(SessionTest, AsksForWhatTheOperationIsAndReadsItsAnswer) {
  lake_.answer(200, kRepository);

  const auto found = api_.get_repository({.repository = "prices"});

  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->default_branch, "main");
  EXPECT_EQ(lake_.requests(), std::vector<std::string>{"GET /api/v1/repositories/prices"});
}

TEST_F(SessionTest, ArgumentsAreEncodedAndWhatSaysNothingIsLeftOut) {
  lake_.answer(
      200,
      R"({"pagination":{"has_more":false,"next_offset":"","results":0,"max_per_page":1000},"results":[]})");

  ASSERT_TRUE(api_.list_objects({.repository = "a/b", .ref = "main~1", .amount = 7, .prefix = "x y&z/"}));
  EXPECT_EQ(lake_.requests(),
            std::vector<std::string>{
                "GET /api/v1/repositories/a%2Fb/refs/main~1/objects/ls?amount=7&prefix=x%20y%26z%2F"});
}

TEST_F(SessionTest, ABodyIsSentAsJson) {
  lake_.answer(201, "c1");
  api::BranchCreation creation;
  creation.name = "june";
  creation.source = "main";

  const auto made = api_.create_branch({.repository = "prices"}, creation);

  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(*made, "c1");
  EXPECT_THAT(lake_.bodies().at(0), HasSubstr(R"("name":"june","source":"main")"));
  EXPECT_EQ(lake_.headers().at(0).get("Content-Type"), "application/json");
}

TEST_F(SessionTest, AnErrorHasTheServersMessageItsCodeAndItsStatus) {
  lake_.answer(404, R"({"message":"there is no repository prices"})");
  Answer answer;
  CallOptions options;
  options.answer = &answer;

  const auto found = api_.get_repository({.repository = "prices"}, options);

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), (Error{Code::not_found, "there is no repository prices"}));
  EXPECT_EQ(answer.status, 404);
}

TEST_F(SessionTest, AConflictOfACreationSaysThatItIsThere) {
  lake_.answer(409, R"({"message":"it is there"})");
  lake_.answer(409, R"({"message":"both changed it"})");

  EXPECT_EQ(api_.create_repository({}, {}).error().code, Code::already_exists);
  EXPECT_EQ(api_.merge_into_branch({.repository = "p", .source_ref = "a", .destination_branch = "b"}, {})
                .error()
                .code,
            Code::conflict);
}

TEST_F(SessionTest, AnErrorThatIsNoneOfTheApisTellsItsStatus) {
  lake_.answer(502, "<html>a gateway</html>");
  CallOptions once;
  once.retries = 0;

  const auto found = api_.get_repository({.repository = "prices"}, once);

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(),
            (Error{Code::unavailable, "getRepository: 502 Bad Gateway: <html>a gateway</html>"}));
}

TEST_F(SessionTest, AnAnswerThatIsNotWhatWasPromisedIsCorrupt) {
  lake_.answer(200, R"({"id":7})");
  lake_.answer(200, "<html>");

  const auto wrong = api_.get_repository({.repository = "prices"});
  const auto none = api_.get_repository({.repository = "prices"});

  EXPECT_EQ(wrong.error(), (Error{Code::corrupt,
                                  "getRepository: the answer has an error: at \"/id\": must be a string, "
                                  "not a number"}));
  EXPECT_EQ(none.error().code, Code::corrupt);
}

TEST_F(SessionTest, ArgumentsThatCannotBeSentAreRefusedUnsent) {
  EXPECT_EQ(api_.get_repository({}).error(),
            (Error{Code::invalid_argument, "getRepository: the repository is empty"}));
  EXPECT_EQ(api_.get_repository({.repository = ".."}).error().code, Code::invalid_argument);
  EXPECT_EQ(api_.get_object({.repository = "p", .ref = "main", .path = "x", .range = "bytes=0-\r\nX: y"})
                .error()
                .code,
            Code::invalid_argument);
  EXPECT_TRUE(lake_.requests().empty());
}

TEST_F(SessionTest, CredentialsGoWithEveryRequestAndATokenGoesFirst) {
  Credentials who;
  who.access_key_id = "AKIA";
  who.secret_access_key = "secret";
  lake_.session()->log_in(who);
  lake_.answer(204, "");
  ASSERT_TRUE(api_.health_check());
  who.token = "t";
  lake_.session()->log_in(who);
  lake_.answer(204, "");
  ASSERT_TRUE(api_.health_check());

  EXPECT_EQ(lake_.headers().at(0).get("Authorization"), "Basic " + to_base64("AKIA:secret"));
  EXPECT_EQ(lake_.headers().at(1).get("Authorization"), "Bearer t");
}

TEST_F(SessionTest, ARedirectThatTheApiHasIsAnAnswer) {
  lake_.answer(302, "", {{"Location", "https://store/x"}});
  lake_.answer(302, "", {{"Location", "https://login/"}});

  const auto object = api_.get_object({.repository = "p", .ref = "main", .path = "x", .presign = true});
  const auto config = api_.get_config();

  ASSERT_TRUE(object);
  EXPECT_EQ(object->headers().get("Location"), "https://store/x");
  EXPECT_FALSE(config);
}

TEST_F(SessionTest, ABodyThatBreaksOffIsAskedForAgain) {
  lake_.answer_broken(200, "{\"id\"", Code::unavailable);
  lake_.answer(200, kRepository);

  EXPECT_TRUE(api_.get_repository({.repository = "prices"}));
  EXPECT_EQ(lake_.requests().size(), 2u);
}

TEST_F(SessionTest, ADownloadGivesWhatCameAndThenTheError) {
  lake_.answer_broken(200, "some bytes", Code::unavailable);
  auto object = api_.get_object({.repository = "p", .ref = "main", .path = "x"});
  ASSERT_TRUE(object);
  std::string text(100, '\0');

  const auto first = object->read(std::as_writable_bytes(std::span(text)));
  const auto second = object->read(std::as_writable_bytes(std::span(text)));

  ASSERT_TRUE(first);
  EXPECT_EQ(text.substr(0, *first), "some bytes");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::unavailable);
}

TEST_F(SessionTest, TheSameOperationsAreAwaited) {
  lake_.answer(200, kRepository);
  lake_.answer(404, R"({"message":"no"})");
  BlockingExecutor here;
  const AsyncApi api(lake_.session(), here);

  const auto found = here.run(api.get_repository({.repository = "prices"}));
  const auto missing = here.run(api.get_repository({.repository = "prices"}));

  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "prices");
  EXPECT_EQ(missing.error().code, Code::not_found);
}

TEST(Connect, TakesUrlsWithAndWithoutTheBasePath) {
  for (const char* url : {"http://127.0.0.1:8000", "http://127.0.0.1:8000/", "http://127.0.0.1:8000/api/v1",
                          "https://lake.example/behind/a/proxy/api/v1/"}) {
    const auto session = Session::connect(url, {});
    ASSERT_TRUE(session) << url;
    EXPECT_EQ((*session)->name(), std::string(url).substr(0, std::string(url).find('/', 8))) << url;
  }
}

TEST(Connect, RefusesWhatIsNoUrl) {
  for (const char* url : {"", "127.0.0.1:8000", "ftp://x", "http://", "http://x?y", "http:///api/v1"}) {
    const auto session = Session::connect(url, {});
    ASSERT_FALSE(session) << url;
    EXPECT_EQ(session.error().code, Code::invalid_argument);
  }
}

}  // namespace
}  // namespace mere::client
