// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/token_cache.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace millrace::registry_client {
namespace {

using std::chrono::milliseconds;
using Result = LookUp::Result;

LookUp known(std::int64_t token_id, const std::string& endpoint = "e1") {
  auto identity = std::make_shared<Identity>();
  identity->application_name = "app";
  identity->app_version_name = "app-v1";
  identity->endpoint_id = endpoint;
  identity->token_id = token_id;
  return {Result::kKnown, std::move(identity), ""};
}

LookUp refused(Result result = Result::kUnknown) {
  return {result, nullptr, "no such token"};
}

class TokenCacheTest : public testing::Test {
 protected:
  void put(const std::string& token, const LookUp& answer) {
    cache_.put({"app-v1", token}, answer, cache_.asking(clock_.instant()));
  }
  std::optional<TokenCache::Found> find(const std::string& token) {
    return cache_.find({"app-v1", token}, clock_.instant());
  }
  bool fresh(const std::string& token) {
    const auto found = find(token);
    return found.has_value() && found->fresh;
  }
  bool stale(const std::string& token) {
    const auto found = find(token);
    return found.has_value() && !found->fresh;
  }

  time::ManualClock clock_;
  TokenCache cache_{{3, milliseconds{60'000}, milliseconds{10'000}}};
};

TEST_F(TokenCacheTest, AKnownTokenIsFreshUntilItsExpiryAndStaleThen) {
  put("t", known(1));
  clock_.advance(milliseconds{59'999});
  EXPECT_TRUE(fresh("t"));
  clock_.advance(milliseconds{1});
  EXPECT_TRUE(stale("t"));
}

TEST_F(TokenCacheTest, ARefusalIsFreshUntilItsExpiryAndStaleThen) {
  put("t", refused());
  clock_.advance(milliseconds{9'999});
  EXPECT_TRUE(fresh("t"));
  clock_.advance(milliseconds{1});
  EXPECT_TRUE(stale("t"));
  EXPECT_FALSE(find("t")->is_known());
}

TEST_F(TokenCacheTest, ARefusalThatAnEventHasTouchedIsForgotten) {
  put("t", refused());
  clock_.advance(milliseconds{10'000});
  cache_.drop_refusals();
  EXPECT_FALSE(find("t").has_value());
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(TokenCacheTest, WhatBelongsToAnApplicationThatChangedIsStaleNotForgotten) {
  put("t", known(1));
  put("u", refused());
  cache_.distrust_application("other");
  EXPECT_TRUE(fresh("t"));
  cache_.distrust_application("app");
  EXPECT_TRUE(stale("t"));
  EXPECT_TRUE(fresh("u")) << "of no application";
  put("t", known(1));
  EXPECT_TRUE(fresh("t"));
}

TEST_F(TokenCacheTest, TokensThatChangedAreStaleUnderEveryNameTheyHave) {
  put("t", known(7));
  cache_.put({"app-v2", "t"}, known(7), cache_.asking(clock_.instant()));
  put("u", known(8));
  cache_.distrust_tokens({7, 99});
  EXPECT_TRUE(stale("t"));
  EXPECT_FALSE(cache_.find({"app-v2", "t"}, clock_.instant())->fresh);
  EXPECT_TRUE(fresh("u"));
}

TEST_F(TokenCacheTest, AnAnswerFromBeforeAChangeOfItsApplicationIsStale) {
  const auto asking = cache_.asking(clock_.instant());
  cache_.distrust_application("app");
  EXPECT_FALSE(cache_.put({"app-v1", "t"}, known(1), asking).overtaken);
  EXPECT_TRUE(stale("t"));
}

TEST_F(TokenCacheTest, RulesAreThoseOfTheNewestAnswerAndTheIdentityStays) {
  put("t", known(1));
  const auto identity = find("t")->answer.identity;
  LookUp limited = known(1);
  limited.rules.max_uploads_per_second = 5;
  put("t", limited);
  EXPECT_EQ(find("t")->answer.rules.max_uploads_per_second, 5);
  EXPECT_EQ(find("t")->answer.identity, identity);
}

TEST_F(TokenCacheTest, TheSameTokenUnderAnotherVersionIsAnother) {
  put("t", known(1));
  EXPECT_FALSE(cache_.find({"app-v2", "t"}, clock_.instant()).has_value());
}

TEST_F(TokenCacheTest, VersionAndTokenAreNotRunTogether) {
  cache_.put({"ab", "c"}, known(1), cache_.asking(clock_.instant()));
  EXPECT_FALSE(cache_.find({"a", "bc"}, clock_.instant()).has_value());
}

TEST_F(TokenCacheTest, WhenFullTheOneUsedLongestAgoGoes) {
  put("a", known(1));
  put("b", known(2));
  put("c", known(3));
  EXPECT_TRUE(fresh("a"));
  put("d", known(4));
  EXPECT_TRUE(fresh("a"));
  EXPECT_FALSE(find("b").has_value());
  EXPECT_EQ(cache_.size(), 3U);
}

TEST_F(TokenCacheTest, TokensThatSomebodyMakesUpDoNotPushOutKnownOnes) {
  put("a", known(1));
  for (int i = 0; i < 100; ++i) put(fmt::format("made-up-{}", i), refused());
  EXPECT_TRUE(fresh("a"));
  EXPECT_TRUE(fresh("made-up-99"));
  EXPECT_FALSE(find("made-up-0").has_value());
  EXPECT_EQ(cache_.size(), 2U);
}

TEST_F(TokenCacheTest, AKnownTokenThatIsRefusedNowIsKnownNoLonger) {
  put("t", known(1));
  put("t", refused(Result::kForbidden));
  EXPECT_EQ(find("t")->answer.result, Result::kForbidden);
  put("t", known(1));
  EXPECT_EQ(find("t")->answer.result, Result::kKnown);
  EXPECT_EQ(cache_.size(), 1U);
}

TEST_F(TokenCacheTest, ARevokedTokenIsDroppedUnderEveryNameItHas) {
  put("t", known(7));
  cache_.put({"app-v2", "t"}, known(7), cache_.asking(clock_.instant()));
  put("u", known(8));
  cache_.drop_tokens({7});
  EXPECT_FALSE(find("t").has_value());
  EXPECT_FALSE(cache_.find({"app-v2", "t"}, clock_.instant()).has_value());
  EXPECT_TRUE(fresh("u"));
}

TEST_F(TokenCacheTest, DroppingATokenThatWasPushedOutTouchesNothing) {
  put("a", known(1));
  put("b", known(2));
  put("c", known(3));
  put("d", known(4));  // pushes out a
  cache_.drop_tokens({1, 99});
  EXPECT_EQ(cache_.size(), 3U);
}

TEST_F(TokenCacheTest, ATokenThatCameBackUnderAnotherIdIsNotDroppedByItsOldOne) {
  put("t", known(1));
  put("t", known(2));
  cache_.drop_tokens({1});
  EXPECT_TRUE(fresh("t"));
  cache_.drop_tokens({2});
  EXPECT_FALSE(find("t").has_value());
}

TEST_F(TokenCacheTest, AnActivationDropsRefusalsAndLeavesWhatIsKnown) {
  put("t", refused(Result::kForbidden));
  put("u", known(1));
  cache_.drop_refusals();
  EXPECT_FALSE(find("t").has_value());
  EXPECT_TRUE(fresh("u"));
}

TEST_F(TokenCacheTest, AfterAReconnectionNothingIsTrustedButWhatIsKnownCanBeUsed) {
  put("t", known(1));
  put("u", refused());
  cache_.distrust_all();
  EXPECT_TRUE(stale("t"));
  EXPECT_FALSE(find("u").has_value());
}

TEST_F(TokenCacheTest, AnAnswerOvertakenByARevocationIsNotKept) {
  const auto asking = cache_.asking(clock_.instant());
  cache_.drop_tokens({1});
  EXPECT_TRUE(cache_.put({"app-v1", "t"}, known(1), asking).overtaken);
  EXPECT_FALSE(find("t").has_value());
}

TEST_F(TokenCacheTest, ARefusalOvertakenByAnActivationIsNotKept) {
  const auto asking = cache_.asking(clock_.instant());
  cache_.drop_refusals();
  EXPECT_TRUE(cache_.put({"app-v1", "t"}, refused(), asking).overtaken);
  EXPECT_FALSE(find("t").has_value());
}

TEST_F(TokenCacheTest, AnAnswerFromBeforeAReconnectionIsStale) {
  const auto asking = cache_.asking(clock_.instant());
  cache_.distrust_all();
  cache_.put({"app-v1", "t"}, known(1), asking);
  EXPECT_TRUE(stale("t"));
}

TEST_F(TokenCacheTest, AskedAgainTheSameEndpointKeepsItsIdentityAndReceiptTimes) {
  put("t", known(1));
  const auto before = find("t")->answer.identity;
  before->last_receipt_time_us = 42;
  const LookUp handed_out =
      cache_.put({"app-v1", "t"}, known(1), cache_.asking(clock_.instant())).answer;
  EXPECT_EQ(handed_out.identity, before);
  EXPECT_EQ(find("t")->answer.identity->last_receipt_time_us, 42);
}

TEST_F(TokenCacheTest, ATokenMovedToAnotherEndpointGetsANewIdentity) {
  put("t", known(1, "e1"));
  put("t", known(1, "e2"));
  EXPECT_EQ(find("t")->answer.identity->endpoint_id, "e2");
}

TEST_F(TokenCacheTest, ALargeCacheHoldsItsBoundOverAllShards) {
  TokenCache large({20'000});
  for (int i = 0; i < 50'000; ++i) {
    large.put({"app-v1", fmt::format("token-{}", i)}, known(i), large.asking(clock_.instant()));
  }
  EXPECT_LE(large.size(), 20'000U);
  EXPECT_GT(large.size(), 19'000U);
  for (int i = 0; i < 50'000; i += 7) large.drop_tokens({i});
  EXPECT_LT(large.size(), 18'000U);
}

}  // namespace
}  // namespace millrace::registry_client
