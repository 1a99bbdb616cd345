// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/credential_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::registry_client {
namespace {

using Result = CredentialAnswer::Result;
using std::chrono::seconds;

class CredentialCacheTest : public ::testing::Test {
 protected:
  std::optional<CredentialCache::Found> find(const std::string& key) {
    return cache_.find(key, clock_.instant());
  }
  bool put(const std::string& key, const CredentialAnswer& answer) {
    return cache_.put(key, answer, cache_.asking(clock_.instant()));
  }

  const CredentialAnswer known_{Result::kKnown, 7, ""};
  const CredentialAnswer unknown_{Result::kUnknown, 0, "wrong"};
  time::ManualClock clock_;
  CredentialCache cache_{{.max_accepted = 2,
                          .max_refused = 2,
                          .accepted_expiry = seconds{600},
                          .refused_expiry = seconds{10}}};
};

TEST_F(CredentialCacheTest, KeysTellKindsNamesAndSecretsApart) {
  const std::string key = cache_.key_of('b', "name", "secret");
  EXPECT_EQ(key, cache_.key_of('b', "name", "secret"));
  EXPECT_NE(key, cache_.key_of('c', "name", "secret"));
  EXPECT_NE(key, cache_.key_of('b', "names", "ecret"));
  EXPECT_EQ(key.find("secret"), std::string::npos);
  const CredentialCache another({});
  EXPECT_NE(key, another.key_of('b', "name", "secret")) << "the secret of a process is its own";
}

TEST_F(CredentialCacheTest, WhatIsOldIsThereAndNotFresh) {
  ASSERT_TRUE(put("a", known_));
  ASSERT_TRUE(put("b", unknown_));
  EXPECT_TRUE(find("a")->fresh && find("b")->fresh);
  EXPECT_EQ(find("a")->answer.credentials_id, 7);
  clock_.advance(seconds{10});
  EXPECT_TRUE(find("a")->fresh);
  EXPECT_FALSE(find("b")->fresh);
  clock_.advance(seconds{590});
  EXPECT_FALSE(find("a")->fresh);
  EXPECT_FALSE(find("c").has_value());
}

TEST_F(CredentialCacheTest, RefusalsPushOutNothingAccepted) {
  put("good", known_);
  for (const char* key : {"1", "2", "3", "4"}) put(key, unknown_);
  EXPECT_TRUE(find("good").has_value());
  EXPECT_FALSE(find("1").has_value());
  EXPECT_TRUE(find("4").has_value());
}

TEST_F(CredentialCacheTest, AnswersChangeSides) {
  put("a", known_);
  put("a", {Result::kForbidden, 7, "suspended"});
  EXPECT_EQ(find("a")->answer.result, Result::kForbidden);
  put("a", known_);
  EXPECT_EQ(find("a")->answer.result, Result::kKnown);
}

TEST_F(CredentialCacheTest, AnAnswerFromBeforeARevocationIsNotKept) {
  const auto asking = cache_.asking(clock_.instant());
  cache_.drop({4711});
  EXPECT_FALSE(cache_.put("a", known_, asking));
  EXPECT_FALSE(find("a").has_value());
  EXPECT_TRUE(cache_.put("b", unknown_, asking)) << "a refusal stays true";
}

TEST_F(CredentialCacheTest, DropsWhatWasRevoked) {
  put("a", known_);
  put("b", {Result::kKnown, 8, ""});
  cache_.drop({7, 9});
  EXPECT_FALSE(find("a").has_value());
  EXPECT_TRUE(find("b").has_value());
  put("c", unknown_);
  cache_.drop_refusals();
  EXPECT_FALSE(find("c").has_value());
  EXPECT_TRUE(find("b").has_value());
  cache_.drop_all();
  EXPECT_FALSE(find("b").has_value());
}

}  // namespace
}  // namespace millrace::registry_client
