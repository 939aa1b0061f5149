// Requests of real clients, each with whether validation lets it through (tests/data/contract-requests.tsv).
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "api/dispatch.h"
#include "api/recording_handlers.h"

namespace mere::api {
namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == '\t')
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

struct Headers {
  std::map<std::string, std::string, std::less<>> fields;
  const std::string* find(std::string_view name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? nullptr : &found->second;
  }
};

// The file's first column for this request, with the message where there is one.
std::string outcome(std::string_view method, std::string_view path, std::string_view query,
                    const Headers& headers, const RawBody& body) {
  const std::optional<RouteMatch> match = match_route(method, path);
  if (!match) return "no route";
  const RawParams raw(match->path(), query, headers);
  std::string message;
  if (match->operation == Operation::upload_object) {  // its body is streamed, so it is not dispatched
    const auto params = UploadObjectParams::parse(raw);
    if (params) return "accepted";
    message = params.error().message;
  } else {
    RecordingHandlers handlers;
    TestCall call;
    const Result<std::string> reply = dispatch(handlers, call, match->operation, raw, body);
    if (reply) return "accepted";
    message = reply.error().message;
  }
  if (message.starts_with("parameter \"")) return "parameter";
  if (message.starts_with("request body has an error: ")) return "body";
  return message;
}

TEST(ContractRequests, AreRefusedOrAcceptedAsRecorded) {
  std::ifstream file(MERE_TEST_DATA "/contract-requests.tsv");
  ASSERT_TRUE(file);

  std::size_t requests = 0;
  for (std::string line; std::getline(file, line); ++requests) {
    const std::vector<std::string> fields = fields_of(line);
    ASSERT_EQ(fields.size(), 9u) << line;
    Headers headers;
    if (fields[4] != "-") headers.fields["Range"] = fields[4];
    if (fields[5] != "-") headers.fields["If-Match"] = fields[5];
    if (fields[6] != "-") headers.fields["If-None-Match"] = fields[6];
    EXPECT_EQ(outcome(fields[1], fields[2], fields[3], headers, {fields[7], fields[8]}), fields[0]) << line;
  }
  EXPECT_GT(requests, 900u);
}

}  // namespace
}  // namespace mere::api
