// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/token_questions.h"

#include <functional>
#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/subjects.h"
#include "lib/registry_client/fake_connection.h"

#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry_client {
namespace {

using std::chrono::milliseconds;
using Result = LookUp::Result;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

class TokenQuestionsTest : public testing::Test, public TokenQuestions::Asker {
 protected:
  TokenQuestionsTest() { open({.max_in_flight = 1, .max_tokens = 3}); }

  void open(const TokenQuestions::Options& options) {
    questions_.emplace(connection_, options, *this, gate_, outside_.platform);
  }
  void ask(const std::string& token) { questions_->add({TokenKey("v1", token)}); }

  TokenCache::Asking asking() override {
    TokenCache::Asking asking;
    asking.trust = ++asked_;
    return asking;
  }
  void answered(std::vector<TokenQuestions::Asked> asked, const TokenCache::Asking& asking,
                std::vector<LookUp> answers) override {
    ASSERT_EQ(asked.size(), answers.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      answers_.push_back(asked[i].key.token);
      results_.push_back(answers[i].result);
      askings_.push_back(asking.trust);
    }
    if (then_) then_();
  }

  // Tokens of the question.
  std::vector<std::string> tokens_in(std::size_t index) const {
    std::vector<std::string> tokens;
    const FakeConnection::Question& question = connection_.questions.at(index);
    if (question.subject == bus::subjects::kEndpointTokenRequest) {
      identity::v1::EndpointTokenRequest request;
      EXPECT_TRUE(request.ParseFromString(question.payload));
      return {fmt::format("only {}", request.token())};
    }
    identity::v1::EndpointTokensRequest request;
    EXPECT_TRUE(request.ParseFromString(question.payload));
    for (const auto& token : request.tokens()) tokens.push_back(token.token());
    return tokens;
  }
  // To the oldest question: every token is unknown.
  void respond() {
    identity::v1::EndpointTokenResponse unknown;
    unknown.set_status_code(404);
    if (connection_.questions.front().subject == bus::subjects::kEndpointTokenRequest) {
      return connection_.answer(unknown.SerializeAsString());
    }
    identity::v1::EndpointTokensResponse response;
    response.set_status_code(200);
    for (std::size_t i = 0; i < tokens_in(0).size(); ++i) *response.add_answers() = unknown;
    connection_.answer(response.SerializeAsString());
  }
  void nobody_serves_it() { connection_.answer(absl::UnavailableError("nobody serves it")); }

  FakeOutside outside_;
  FakeConnection connection_;
  const std::shared_ptr<CallGate> gate_ = std::make_shared<CallGate>();
  std::optional<TokenQuestions> questions_;
  std::uint64_t asked_ = 0;
  std::vector<std::string> answers_;
  std::vector<Result> results_;
  std::vector<std::uint64_t> askings_;
  std::function<void()> then_;
};

TEST_F(TokenQuestionsTest, IdleATokenLeavesAtOnceByItself) {
  ask("a");
  ASSERT_EQ(connection_.questions.size(), 1U);
  EXPECT_THAT(tokens_in(0), ElementsAre("a"));
  respond();
  EXPECT_THAT(answers_, ElementsAre("a"));
  EXPECT_THAT(results_, ElementsAre(Result::kUnknown));
  ask("b");
  EXPECT_EQ(connection_.questions.size(), 1U);
}

TEST_F(TokenQuestionsTest, BusyWhatComesMeanwhileTravelsTogether) {
  for (const char* token : {"a", "b", "c", "d", "e"}) ask(token);
  ASSERT_EQ(connection_.questions.size(), 1U) << "one is in flight";
  respond();
  ASSERT_EQ(connection_.questions.size(), 1U);
  EXPECT_THAT(tokens_in(0), ElementsAre("b", "c", "d")) << "three at most";
  respond();
  EXPECT_THAT(tokens_in(0), ElementsAre("e"));
  respond();
  EXPECT_THAT(answers_, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(askings_, ElementsAre(1, 2, 2, 2, 3)) << "asked when the question leaves";
}

TEST_F(TokenQuestionsTest, AQuestionHasABoundInBytesButTakesOneToken) {
  open({.max_in_flight = 1, .max_tokens = 100, .max_bytes = 100});
  ask("a");
  ask(std::string(90, 'b'));
  ask("c");
  ask("d");
  respond();
  EXPECT_EQ(tokens_in(0).size(), 1U);
  respond();
  EXPECT_THAT(tokens_in(0), ElementsAre("c", "d"));
}

TEST_F(TokenQuestionsTest, SeveralQuestionsMayBeInFlight) {
  open({.max_in_flight = 2});
  for (const char* token : {"a", "b", "c"}) ask(token);
  EXPECT_EQ(connection_.questions.size(), 2U);
}

TEST_F(TokenQuestionsTest, WhenTheRegistryIsAwayNobodyWaitsForASecondTimeOut) {
  for (const char* token : {"a", "b", "c", "d", "e"}) ask(token);
  connection_.answer(absl::DeadlineExceededError("no answer"));
  EXPECT_THAT(answers_, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(results_, Each(Result::kUnavailable));
  EXPECT_THAT(connection_.questions, IsEmpty());
  ask("f");
  EXPECT_EQ(connection_.questions.size(), 1U);
}

TEST_F(TokenQuestionsTest, ARegistryThatCannotTellIsAwayForAll) {
  ask("a");
  ask("b");
  identity::v1::EndpointTokensResponse response;
  response.set_status_code(503);
  connection_.answer(response.SerializeAsString());
  EXPECT_THAT(results_, ElementsAre(Result::kUnavailable, Result::kUnavailable));
}

TEST_F(TokenQuestionsTest, AnOlderRegistryIsAskedAboutTokensOneByOne) {
  for (const char* token : {"a", "b", "c"}) ask(token);
  nobody_serves_it();
  ASSERT_EQ(connection_.questions.size(), 3U);
  EXPECT_THAT(tokens_in(0), ElementsAre("only a"));
  EXPECT_THAT(tokens_in(2), ElementsAre("only c"));
  for (int i = 0; i < 3; ++i) respond();
  EXPECT_THAT(answers_, ElementsAre("a", "b", "c"));
  EXPECT_THAT(results_, Each(Result::kUnknown));
  ask("d");
  EXPECT_THAT(tokens_in(0), ElementsAre("only d")) << "remembered";
  respond();
  outside_.clock.advance(milliseconds{10'000});
  ask("e");
  EXPECT_THAT(tokens_in(0), ElementsAre("e")) << "it may have been upgraded";
}

TEST_F(TokenQuestionsTest, SingleQuestionsInFlightAreBoundedToo) {
  open({.max_in_flight = 1, .max_single_in_flight = 2});
  for (const char* token : {"a", "b", "c"}) ask(token);
  nobody_serves_it();
  EXPECT_EQ(connection_.questions.size(), 2U);
  respond();
  EXPECT_EQ(connection_.questions.size(), 2U);
}

TEST_F(TokenQuestionsTest, ARegistryThatServesNeitherIsAwayAndIsAskedAboutManyNextTime) {
  for (const char* token : {"a", "b"}) ask(token);
  nobody_serves_it();
  while (!connection_.questions.empty()) nobody_serves_it();
  EXPECT_THAT(results_, ElementsAre(Result::kUnavailable, Result::kUnavailable));
  ask("c");
  EXPECT_THAT(tokens_in(0), ElementsAre("c"));
}

TEST_F(TokenQuestionsTest, WhoIsAnsweredMayAskAgain) {
  int again = 0;
  then_ = [&] {
    if (++again < 5) ask("again");
  };
  ask("a");
  while (!connection_.questions.empty()) respond();
  EXPECT_EQ(answers_.size(), 5U);
}

TEST_F(TokenQuestionsTest, AnAnswerAfterTheEndIsDropped) {
  ask("a");
  ask("b");
  gate_->close();
  questions_.reset();
  respond();
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_THAT(connection_.questions, IsEmpty());
}

}  // namespace
}  // namespace millrace::registry_client
