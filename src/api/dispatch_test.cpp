#include "api/dispatch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/recording_handlers.h"

namespace mere::api {
namespace {

struct NoHeaders {
  const std::string* find(std::string_view) const { return nullptr; }
};

std::string answer(Operation operation, std::vector<std::string_view> path, std::string_view query,
                   RawBody body = {}, TestCall call = {}) {
  RecordingHandlers handlers;
  const NoHeaders headers;
  Result<std::string> reply =
      dispatch(handlers, call, operation, RawParams(path, query, headers), body, [&]() -> Status {
        if (!call.admitted) return Error{Code::unauthenticated, "who are you"};
        return {};
      });
  return reply ? *reply : reply.error().message;
}

constexpr std::string_view kMissing = "request body has an error: value is required but missing";

TEST(Dispatch, CallsTheMemberOfTheOperation) {
  EXPECT_EQ(answer(Operation::get_repository, {"r"}, ""), "get_repository");
  EXPECT_EQ(answer(Operation::delete_object, {"r", "b"}, "path=x"), "delete_object");
  EXPECT_EQ(answer(Operation::create_tag, {"r"}, "", {"application/json", R"({"id":"a","ref":"b"})"}),
            "create_tag json");
}

TEST(Dispatch, CallsNothingForInvalidParametersOrBodies) {
  EXPECT_EQ(answer(Operation::delete_object, {"r", "b"}, ""),
            "parameter \"path\" in query has an error: value is required but missing");
  EXPECT_EQ(answer(Operation::create_tag, {"r"}, ""), kMissing);
  EXPECT_EQ(answer(Operation::create_tag, {"r"}, "", {"application/json", "{}"}),
            "request body has an error: property \"id\" is missing");
}

TEST(Dispatch, LetsAnOptionalBodyBeAbsentButNotWrong) {
  EXPECT_EQ(answer(Operation::merge_into_branch, {"r", "a", "b"}, ""), "merge_into_branch");
  EXPECT_EQ(answer(Operation::merge_into_branch, {"r", "a", "b"}, "", {"application/json", "{}"}),
            "merge_into_branch json");
  EXPECT_EQ(answer(Operation::merge_into_branch, {"r", "a", "b"}, "", {"application/json", "{\"force\":1}"}),
            "request body has an error: at \"/force\": must be a boolean, not a number");
}

TEST(Dispatch, WantsJsonToBeCalledSo) {
  const std::string_view tag = R"({"id":"a","ref":"b"})";

  EXPECT_EQ(answer(Operation::create_tag, {"r"}, "", {"Application/JSON ; charset=utf-8", tag}),
            "create_tag json");
  EXPECT_EQ(answer(Operation::create_tag, {"r"}, "", {"text/plain", tag}),
            "request body has an error: header Content-Type must be application/json, not \"text/plain\"");
  EXPECT_EQ(answer(Operation::create_tag, {"r"}, "", {"", tag}),
            "request body has an error: header Content-Type must be application/json, not \"\"");
}

TEST(Dispatch, ValidatesBeforeItAsksForAdmission) {
  EXPECT_EQ(answer(Operation::create_tag, {"r"}, "", {}, {.admitted = false}), kMissing);
  EXPECT_EQ(answer(Operation::get_repository, {"r"}, "", {}, {.admitted = false}), "who are you");
}

}  // namespace
}  // namespace mere::api
