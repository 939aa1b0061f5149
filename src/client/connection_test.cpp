#include "client/connection.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace mere::client {
namespace {

using Outcome = std::variant<http::Response, http::SendError>;

// Answers with what the test laid down, in turn, and keeps the requests.
class ScriptedTransport final : public Transport {
 public:
  ScriptedTransport(std::deque<Outcome>& script, std::vector<std::string>& sent)
      : script_(script), sent_(sent) {}

  Task<Outcome> send(http::Request request, http::SendOptions) override {
    std::string body;
    if (request.body) body = *co_await http::read_all(request.body.get(), 1000);
    sent_.push_back(request.method + " " + request.path + " " + body);
    if (script_.empty()) co_return http::SendError{{Code::internal, "the script is over"}};
    Outcome next = std::move(script_.front());
    script_.pop_front();
    co_return next;
  }
  const std::string& name() const override { return name_; }

 private:
  std::deque<Outcome>& script_;
  std::vector<std::string>& sent_;
  const std::string name_ = "a script";
};

// No time passes: what is due later is due now.
class RecordingTimer final : public Timer {
 public:
  void post_after(std::chrono::milliseconds delay, std::function<void()> work) override {
    delays.push_back(delay);
    work();
  }
  std::vector<std::chrono::milliseconds> delays;
};

Outcome answer(int status, const std::string& retry_after = "") {
  http::Response response;
  response.status = status;
  if (!retry_after.empty()) response.headers.add("Retry-After", retry_after);
  return response;
}

Outcome failure(Code code, http::Reached reached) {
  return http::SendError{{code, "it failed"}, reached};
}

template <class... Outcomes>
std::deque<Outcome> script(Outcomes... outcomes) {
  std::deque<Outcome> all;
  (all.push_back(std::move(outcomes)), ...);
  return all;
}

class ConnectionTest : public testing::Test {
 protected:
  Result<http::Response> send(std::deque<Outcome> script, CallPolicy policy, bool body_repeatable = true) {
    script_ = std::move(script);
    const RequestMaker make = [] {
      http::Request request;
      request.method = "PUT";
      request.path = "/thing";
      request.body = http::make_string_body("bytes");
      return Result<http::Request>(std::move(request));
    };
    return here_.run(connection_.send(make, body_repeatable, std::move(policy), here_));
  }

  static CallPolicy repeatable() {
    CallPolicy policy;
    policy.repeatable = true;
    return policy;
  }

  std::deque<Outcome> script_;
  std::vector<std::string> sent_;
  RecordingTimer timer_;
  SeededRandom random_{7};
  BlockingExecutor here_;
  Connection connection_{std::make_unique<ScriptedTransport>(script_, sent_), timer_, random_};
};

TEST_F(ConnectionTest, GivesTheAnswerOfWhateverStatus) {
  const auto response = send(script(answer(404)), {});

  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(ConnectionTest, RepeatsWhatNeverLeftEvenIfItIsNotRepeatable) {
  const auto response = send(script(failure(Code::unavailable, http::Reached::not_sent), answer(201)), {});

  ASSERT_TRUE(response);
  EXPECT_EQ(sent_, (std::vector<std::string>{"PUT /thing bytes", "PUT /thing bytes"}));
}

TEST_F(ConnectionTest, DoesNotRepeatWhatMayHaveHappened) {
  const auto response = send(script(failure(Code::unavailable, http::Reached::maybe), answer(201)), {});

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::unavailable);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(ConnectionTest, TellsAFailureThatLastsAtOnce) {
  for (const auto reached : {http::Reached::not_sent, http::Reached::maybe}) {
    sent_.clear();

    const auto response =
        send(script(http::SendError{{Code::unavailable, "not trusted"}, reached, true}, answer(200)),
             repeatable());

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().message, "not trusted");
    EXPECT_EQ(sent_.size(), 1u);
  }
}

TEST_F(ConnectionTest, RepeatsARepeatableRequestThatMayHaveHappened) {
  const auto response =
      send(script(failure(Code::unavailable, http::Reached::maybe), answer(200)), repeatable());

  ASSERT_TRUE(response);
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(ConnectionTest, RepeatsWhenTheServerSaysItDidNothing) {
  const auto response = send(script(answer(429), answer(503), answer(200)), {});

  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(sent_.size(), 3u);
}

TEST_F(ConnectionTest, RepeatsABadGatewayOnlyIfThatIsSafe) {
  EXPECT_EQ(send(script(answer(502), answer(200)), {})->status, 502);
  EXPECT_EQ(send(script(answer(502), answer(200)), repeatable())->status, 200);
}

TEST_F(ConnectionTest, WaitsAsLongAsTheServerWishes) {
  const auto response = send(script(answer(503, "7"), answer(200)), {});

  ASSERT_TRUE(response);
  EXPECT_EQ(timer_.delays, (std::vector<std::chrono::milliseconds>{std::chrono::seconds(7)}));
}

TEST_F(ConnectionTest, GivesTheAnswerOfAServerThatWishesForHours) {
  const auto response = send(script(answer(503, "7200"), answer(200)), {});

  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
}

TEST_F(ConnectionTest, WaitsLongerEachTimeButNeverBeyondItsCeiling) {
  CallPolicy policy;
  policy.retries = 12;
  std::deque<Outcome> refusals;
  for (int i = 0; i < 13; ++i) refusals.push_back(answer(503));

  const auto response = send(std::move(refusals), policy);

  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  ASSERT_EQ(timer_.delays.size(), 12u);
  for (std::size_t i = 0; i < timer_.delays.size(); ++i) {
    EXPECT_LE(timer_.delays[i].count(), std::min(5000, 50 << i));
    EXPECT_GE(timer_.delays[i].count(), 1);
  }
}

TEST_F(ConnectionTest, TriesOnceWhereTheBodyCannotBeHadAgain) {
  const auto response = send(script(answer(503), answer(200)), repeatable(), /*body_repeatable=*/false);

  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(ConnectionTest, StopsBetweenAttempts) {
  std::stop_source stop;
  stop.request_stop();
  CallPolicy policy;
  policy.stop = stop.get_token();

  const auto response = send(script(answer(503), answer(200)), policy);

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::cancelled);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(ConnectionTest, EndsWithTheErrorOfABodyThatCannotBeOpened) {
  const RequestMaker make = []() -> Result<http::Request> { return Error{Code::not_found, "no such file"}; };

  const auto response = here_.run(connection_.send(make, true, {}, here_));

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::not_found);
  EXPECT_TRUE(sent_.empty());
}

}  // namespace
}  // namespace mere::client
