// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/token_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/subjects.h"
#include "lib/registry_client/fake_connection.h"

#include "millrace/identity/v1/application.pb.h"
#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry_client {
namespace {

using std::chrono::milliseconds;
using Result = LookUp::Result;

// To a question about many tokens: the same for each of them.
std::string answer_to(const FakeConnection::Question& question, int code, std::int64_t token_id,
                      double rate) {
  identity::v1::EndpointTokensRequest request;
  EXPECT_TRUE(request.ParseFromString(question.payload));
  identity::v1::EndpointTokensResponse response;
  response.set_status_code(code == 503 ? 503 : 200);
  for (int i = 0; i < request.tokens_size(); ++i) {
    auto& answer = *response.add_answers();
    answer.set_status_code(code);
    answer.set_application_name("app");
    answer.set_endpoint_id("e1");
    answer.set_token_id(token_id);
    answer.mutable_upload_rules()->set_max_uploads_per_second(rate);
  }
  return response.SerializeAsString();
}

std::string event_of(const std::vector<std::int64_t>& token_ids) {
  identity::v1::EndpointTokenEvent event;
  event.set_application_name("app");
  for (const std::int64_t id : token_ids) event.add_token_ids(id);
  return event.SerializeAsString();
}

class TokenDirectoryTest : public testing::Test {
 protected:
  void SetUp() override { open({100, milliseconds{60'000}, milliseconds{10'000}}); }

  void open(const TokenDirectoryOptions& options) {
    directory_.reset();
    directory_ = *TokenDirectory::create(
        connection_, options, [this](std::int64_t id) { revoked_.push_back(id); },
        outside_.platform);
  }
  void look_up(const std::string& token = "t") {
    directory_->look_up("app-v1", token,
                        [this](const LookUp& look_up) { answers_.push_back(look_up); });
  }
  // Looks up and answers, so that it is cached.
  void learn(const std::string& token, int code, std::int64_t token_id = 7) {
    look_up(token);
    respond(code, token_id);
    answers_.clear();
  }
  // Answers the oldest question.
  void respond(int code, std::int64_t token_id = 7, double rate = 0) {
    ASSERT_FALSE(connection_.questions.empty());
    connection_.answer(answer_to(connection_.questions.front(), code, token_id, rate));
  }
  // Neither questions about many tokens nor about one.
  void nobody_serves_it() {
    while (!connection_.questions.empty()) {
      connection_.answer(absl::UnavailableError("nobody serves it"));
    }
  }
  std::vector<Result> results() const {
    std::vector<Result> results;
    for (const LookUp& answer : answers_) results.push_back(answer.result);
    return results;
  }

  FakeOutside outside_;
  FakeConnection connection_;
  std::vector<std::int64_t> revoked_;
  std::vector<LookUp> answers_;
  std::unique_ptr<TokenDirectory> directory_;
};

TEST_F(TokenDirectoryTest, AsksTheRegistryForATokenItDoesNotKnow) {
  look_up("t");
  EXPECT_TRUE(answers_.empty());
  ASSERT_EQ(connection_.questions.size(), 1U);
  EXPECT_EQ(connection_.questions[0].subject, bus::subjects::kEndpointTokensRequest);
  identity::v1::EndpointTokensRequest request;
  ASSERT_TRUE(request.ParseFromString(connection_.questions[0].payload));
  ASSERT_EQ(request.tokens_size(), 1);
  EXPECT_EQ(request.tokens(0).app_version_name(), "app-v1");
  EXPECT_EQ(request.tokens(0).token(), "t");
  EXPECT_FALSE(request.correlation_id().empty());
  respond(200);
  ASSERT_THAT(results(), testing::ElementsAre(Result::kKnown));
  EXPECT_EQ(answers_[0].identity->endpoint_id, "e1");
}

TEST_F(TokenDirectoryTest, AKnownTokenIsAnsweredInsideTheCall) {
  learn("t", 200);
  look_up("t");
  EXPECT_THAT(results(), testing::ElementsAre(Result::kKnown));
  EXPECT_EQ(connection_.requests, 1);
}

TEST_F(TokenDirectoryTest, ARefusalIsRememberedToo) {
  learn("t", 404);
  learn("u", 403);
  look_up("t");
  look_up("u");
  EXPECT_THAT(results(), testing::ElementsAre(Result::kUnknown, Result::kForbidden));
  EXPECT_EQ(connection_.requests, 2);
}

TEST_F(TokenDirectoryTest, LookUpsOfOneTokenThatWaitShareOneQuestion) {
  look_up("t");
  look_up("t");
  look_up("u");
  ASSERT_EQ(connection_.questions.size(), 2U);
  respond(200);
  EXPECT_THAT(results(), testing::ElementsAre(Result::kKnown, Result::kKnown));
}

// A device's first uploads wait for the answer; one that it sends while they are handed out could
// be answered from the cache at once, and would be stamped before them.
TEST_F(TokenDirectoryTest, ALookUpDoesNotOvertakeThoseThatWaited) {
  std::vector<int> order;
  const auto then = [&](int number) {
    return [&order, number](const LookUp&) { order.push_back(number); };
  };
  directory_->look_up("app-v1", "t", [&](const LookUp&) {
    order.push_back(1);
    directory_->look_up("app-v1", "t", then(3));
  });
  directory_->look_up("app-v1", "t", then(2));
  respond(200);
  EXPECT_THAT(order, testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(connection_.requests, 1);
  directory_->look_up("app-v1", "t", then(4));
  EXPECT_THAT(order, testing::ElementsAre(1, 2, 3, 4));
}

TEST_F(TokenDirectoryTest, AnAnswerServesOnlySoManyThatComeMeanwhile) {
  int served = 0;
  const std::function<void(const LookUp&)> again = [&](const LookUp&) {
    if (++served < 100) directory_->look_up("app-v1", "t", again);
  };
  directory_->look_up("app-v1", "t", again);
  respond(200);
  EXPECT_LT(served, 20);
  while (!connection_.questions.empty()) respond(200);
  EXPECT_EQ(served, 100);
}

TEST_F(TokenDirectoryTest, AFailureRefusesEverybodyHoweverManyComeMeanwhile) {
  int refused = 0;
  const std::function<void(const LookUp&)> again = [&](const LookUp& answer) {
    refused += answer.result == Result::kUnavailable ? 1 : 0;
    if (refused < 100) directory_->look_up("app-v1", "t", again);
  };
  directory_->look_up("app-v1", "t", again);
  while (!connection_.questions.empty()) connection_.answer(absl::UnavailableError("away"));
  EXPECT_EQ(refused, 100);
}

TEST_F(TokenDirectoryTest, AnExpiredTokenIsAskedAgain) {
  learn("t", 200);
  outside_.clock.advance(milliseconds{60'000});
  look_up("t");
  EXPECT_TRUE(answers_.empty());
  respond(403);
  EXPECT_THAT(results(), testing::ElementsAre(Result::kForbidden));
}

TEST_F(TokenDirectoryTest, WhileTheRegistryIsAwayAKnownTokenGoesOnWorking) {
  learn("t", 200);
  outside_.clock.advance(milliseconds{60'000});
  look_up("t");
  connection_.answer(absl::DeadlineExceededError("no answer"));
  EXPECT_THAT(results(), testing::ElementsAre(Result::kKnown));
  // The next one does not wait for another time-out.
  look_up("t");
  EXPECT_EQ(answers_.size(), 2U);
  EXPECT_TRUE(connection_.questions.empty());
}

TEST_F(TokenDirectoryTest, TheRegistryAnswering503CountsAsAway) {
  learn("t", 200);
  outside_.clock.advance(milliseconds{60'000});
  look_up("t");
  respond(503);
  EXPECT_THAT(results(), testing::ElementsAre(Result::kKnown));
}

TEST_F(TokenDirectoryTest, WhileTheRegistryIsAwayAnUnknownTokenIsUnavailableNotUnknown) {
  look_up("t");
  nobody_serves_it();
  ASSERT_THAT(results(), testing::ElementsAre(Result::kUnavailable));
  EXPECT_FALSE(answers_[0].reason.empty());
}

TEST_F(TokenDirectoryTest, AnOldRefusalIsNotUsedWhileTheRegistryIsAway) {
  learn("t", 404);
  outside_.clock.advance(milliseconds{10'000});
  look_up("t");
  nobody_serves_it();
  EXPECT_THAT(results(), testing::ElementsAre(Result::kUnavailable));
}

TEST_F(TokenDirectoryTest, ARegistryThatIsBackIsNoticed) {
  learn("t", 200);
  outside_.clock.advance(milliseconds{60'000});
  look_up("t");
  nobody_serves_it();
  outside_.clock.advance(milliseconds{1'000});
  look_up("t");
  ASSERT_EQ(connection_.questions.size(), 1U);
  respond(200);
  look_up("t");
  EXPECT_TRUE(connection_.questions.empty());
  EXPECT_EQ(answers_.size(), 3U);
}

TEST_F(TokenDirectoryTest, ARevokedTokenIsAskedAgainAndItsSessionsAreCut) {
  learn("t", 200, 7);
  connection_.say(bus::subjects::kTokenRevoked, event_of({7, 8}));
  EXPECT_THAT(revoked_, testing::ElementsAre(7, 8));
  look_up("t");
  EXPECT_EQ(connection_.questions.size(), 1U);
}

TEST_F(TokenDirectoryTest, ARevokedTokenIsNotUsedWhileTheRegistryIsAway) {
  learn("t", 200, 7);
  connection_.say(bus::subjects::kTokenRevoked, event_of({7}));
  look_up("t");
  nobody_serves_it();
  EXPECT_THAT(results(), testing::ElementsAre(Result::kUnavailable));
}

TEST_F(TokenDirectoryTest, ARevocationThatOvertakesAnAnswerIsNotUndoneByIt) {
  look_up("t");
  connection_.say(bus::subjects::kTokenRevoked, event_of({7}));
  respond(200, 7);
  EXPECT_TRUE(answers_.empty());
  respond(403, 7);
  EXPECT_THAT(results(), testing::ElementsAre(Result::kForbidden));
}

TEST_F(TokenDirectoryTest, UnderAStormOfRevocationsALookUpStillEnds) {
  look_up("t");
  while (!connection_.questions.empty()) {
    connection_.say(bus::subjects::kTokenRevoked, event_of({1}));
    respond(200, 7);
  }
  EXPECT_THAT(results(), testing::ElementsAre(Result::kKnown));
  EXPECT_EQ(connection_.requests, 4);
}

TEST_F(TokenDirectoryTest, AnActivationMakesRefusedTokensBeAskedAgain) {
  learn("t", 404);
  connection_.say(bus::subjects::kTokenActivated, event_of({7}));
  look_up("t");
  respond(200);
  EXPECT_THAT(results(), testing::ElementsAre(Result::kKnown));
}

TEST_F(TokenDirectoryTest, AfterAReconnectionEveryTokenIsAskedAgain) {
  learn("t", 200);
  connection_.reconnect();
  look_up("t");
  ASSERT_EQ(connection_.questions.size(), 1U);
  nobody_serves_it();
  EXPECT_THAT(results(), testing::ElementsAre(Result::kKnown));
}

TEST_F(TokenDirectoryTest, AnEventThatCannotBeReadMakesEveryTokenBeAskedAgain) {
  learn("t", 200);
  connection_.say(bus::subjects::kTokenRevoked, "\xff\xff");
  look_up("t");
  EXPECT_EQ(connection_.questions.size(), 1U);
}

TEST_F(TokenDirectoryTest, MoreLookUpsThanMayWaitAreUnavailable) {
  TokenDirectoryOptions options;
  options.max_waiting = 2;
  open(options);
  look_up("a");
  look_up("b");
  look_up("c");
  EXPECT_THAT(results(), testing::ElementsAre(Result::kUnavailable));
  respond(200);
  look_up("c");
  EXPECT_EQ(connection_.questions.size(), 2U);
}

// Nobody made up knows how to be known: a storm of them must not be felt by devices.
TEST_F(TokenDirectoryTest, AKnownTokenIsAskedAboutAgainBesideAStormOfOthers) {
  learn("t", 200);
  outside_.clock.advance(milliseconds{60'000});
  for (int i = 0; i < 50; ++i) look_up(fmt::format("made-up-{}", i));
  ASSERT_EQ(connection_.questions.size(), 2U) << "the others wait for these";
  look_up("t");
  ASSERT_EQ(connection_.questions.size(), 3U);
  identity::v1::EndpointTokensRequest request;
  ASSERT_TRUE(request.ParseFromString(connection_.questions[2].payload));
  ASSERT_EQ(request.tokens_size(), 1);
  EXPECT_EQ(request.tokens(0).token(), "t");
}

TEST_F(TokenDirectoryTest, OverTheLimitOfUnknownTokensNobodyIsAsked) {
  TokenDirectoryOptions options;
  options.max_unknown_per_second = 10;
  open(options);
  learn("known", 200);
  for (int i = 0; i < 10; ++i) learn(fmt::format("made-up-{}", i), 404);
  look_up("fresh");
  ASSERT_THAT(results(), testing::ElementsAre(Result::kUnavailable)) << "it may be a good one";
  EXPECT_THAT(answers_[0].reason, testing::HasSubstr("try again"));
  look_up("known");
  look_up("made-up-3");
  EXPECT_THAT(results(),
              testing::ElementsAre(Result::kUnavailable, Result::kKnown, Result::kUnknown));
  EXPECT_TRUE(connection_.questions.empty());
  outside_.clock.advance(milliseconds{100});
  look_up("fresh");
  EXPECT_EQ(connection_.questions.size(), 1U);
}

TEST_F(TokenDirectoryTest, OverTheLimitARefusalIsUsedOnAndAKnownTokenIsAskedAgain) {
  TokenDirectoryOptions options;
  options.max_unknown_per_second = 1;
  open(options);
  learn("known", 200);
  learn("unknown", 404);
  outside_.clock.advance(milliseconds{60'000});
  learn("other", 404);
  look_up("unknown");
  EXPECT_THAT(results(), testing::ElementsAre(Result::kUnknown));
  EXPECT_TRUE(connection_.questions.empty());
  look_up("known");
  EXPECT_EQ(connection_.questions.size(), 1U);
}

TEST_F(TokenDirectoryTest, AReceiverThatStartsLearnsAllItsTokensWhateverTheLimit) {
  TokenDirectoryOptions options;
  options.max_unknown_per_second = 1;
  open(options);
  for (int i = 0; i < 1'000; ++i) look_up(fmt::format("t{}", i));
  while (!connection_.questions.empty()) respond(200);
  EXPECT_THAT(results(), testing::Each(Result::kKnown));
  EXPECT_EQ(answers_.size(), 1'000U);
  EXPECT_LE(connection_.requests, 10) << "they share questions";
}

std::string application_event(const std::string& name) {
  identity::v1::ApplicationEvent event;
  event.set_application_name(name);
  return event.SerializeAsString();
}

TEST_F(TokenDirectoryTest, ARuleOfTheApplicationCountsFromItsEventOn) {
  learn("t", 200);
  look_up("t");
  EXPECT_EQ(answers_.at(0).rules.max_uploads_per_second, 0);
  connection_.say(bus::subjects::kApplicationUpdated, application_event("other"));
  look_up("t");
  EXPECT_EQ(answers_.size(), 2U);
  connection_.say(bus::subjects::kApplicationUpdated, application_event("app"));
  look_up("t");
  ASSERT_EQ(answers_.size(), 2U);
  respond(200, 7, 5);
  ASSERT_EQ(answers_.size(), 3U);
  EXPECT_EQ(answers_[2].rules.max_uploads_per_second, 5);
  EXPECT_EQ(answers_[2].identity, answers_[0].identity) << "its receipt times go on";
  look_up("t");
  EXPECT_EQ(answers_.at(3).rules.max_uploads_per_second, 5);
}

TEST_F(TokenDirectoryTest, AnEventAboutSomeTokensMakesTheseBeAskedAgain) {
  learn("t", 200, 7);
  identity::v1::ApplicationEvent event;
  event.set_application_name("app");
  event.add_token_ids(8);
  connection_.say(bus::subjects::kApplicationUpdated, event.SerializeAsString());
  look_up("t");
  EXPECT_EQ(answers_.size(), 1U);
  event.add_token_ids(7);
  connection_.say(bus::subjects::kApplicationUpdated, event.SerializeAsString());
  look_up("t");
  EXPECT_EQ(answers_.size(), 1U);
  EXPECT_EQ(connection_.questions.size(), 1U);
}

TEST_F(TokenDirectoryTest, ARuleThatChangesWhileItIsAskedForIsAskedForAgain) {
  look_up("t");
  connection_.say(bus::subjects::kApplicationUpdated, application_event("app"));
  respond(200);
  EXPECT_EQ(answers_.size(), 1U);
  look_up("t");
  ASSERT_EQ(connection_.questions.size(), 1U);
  respond(200, 7, 5);
  EXPECT_EQ(answers_.at(1).rules.max_uploads_per_second, 5);
}

TEST_F(TokenDirectoryTest, WhileTheRegistryIsAwayTheLastRulesCount) {
  look_up("t");
  respond(200, 7, 5);
  connection_.say(bus::subjects::kApplicationUpdated, "\xff\xff");
  look_up("t");
  nobody_serves_it();
  EXPECT_EQ(answers_.at(1).rules.max_uploads_per_second, 5);
}

TEST_F(TokenDirectoryTest, ClosingAnswersEverybodyAndLateAnswersTouchNothing) {
  look_up("t");
  directory_.reset();
  EXPECT_THAT(results(), testing::ElementsAre(Result::kUnavailable));
  respond(200);
  connection_.reconnect();
  EXPECT_EQ(answers_.size(), 1U);
}

}  // namespace
}  // namespace millrace::registry_client
