// SPDX-License-Identifier: Apache-2.0
#include "registry/key_verifier.h"

#include <gmock/gmock.h>

namespace millrace::registry {
namespace {

class KeyVerifierTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::optional<rpc::Caller>> find(const std::string& key) {
    ++asked_;
    if (during_find_) during_find_();
    if (!away_.ok()) return away_;
    const auto found = table_.find(key);
    return found == table_.end() ? std::nullopt : std::optional(found->second);
  }

  int asked_ = 0;
  absl::Status away_;
  std::function<void()> during_find_;
  std::map<std::string, rpc::Caller> table_{{"good", {7, "ci", rpc::Role::kOperator, {"fleet"}}}};
  time::ManualClock clock_;
  OwnKeyVerifier verifier_{[this](const std::string& key) { return find(key); }, clock_};
};

TEST_F(KeyVerifierTest, AsksTheTableOnceForAValidKey) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(verifier_.verify("good")->key_id, 7);
  EXPECT_EQ(asked_, 1);
}

TEST_F(KeyVerifierTest, RemembersWhatAKeyMayDo) {
  for (int i = 0; i < 2; ++i) {  // asked, remembered
    const auto caller = verifier_.verify("good");
    ASSERT_TRUE(caller.ok()) << caller.status();
    EXPECT_EQ(caller->role, rpc::Role::kOperator);
    EXPECT_TRUE(caller->may_use("fleet"));
    EXPECT_FALSE(caller->may_use("plant"));
  }
}

TEST_F(KeyVerifierTest, AsksAgainAfterTenSeconds) {
  ASSERT_TRUE(verifier_.verify("good").ok());
  table_.clear();
  clock_.advance(std::chrono::seconds{9});
  EXPECT_TRUE(verifier_.verify("good").ok());
  clock_.advance(std::chrono::seconds{1});
  EXPECT_EQ(verifier_.verify("good").status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(KeyVerifierTest, ANewKeyCountsAtOnce) {
  EXPECT_EQ(verifier_.verify("new").status().code(), absl::StatusCode::kUnauthenticated);
  table_["new"] = {8, "new", rpc::Role::kReader, {}};
  EXPECT_TRUE(verifier_.verify("new").ok());
}

TEST_F(KeyVerifierTest, ARevokedKeyIsForgotten) {
  table_["other"] = {8, "other", rpc::Role::kReader, {}};
  ASSERT_TRUE(verifier_.verify("good").ok());
  ASSERT_TRUE(verifier_.verify("other").ok());
  table_.erase("good");
  verifier_.forget({7});
  EXPECT_FALSE(verifier_.verify("good").ok());
  EXPECT_TRUE(verifier_.verify("other").ok());
  EXPECT_EQ(asked_, 3) << "the other key is still remembered";
}

TEST_F(KeyVerifierTest, AKeyRevokedWhileItIsLookedUpIsNotRemembered) {
  during_find_ = [this] { verifier_.forget({7}); };
  ASSERT_TRUE(verifier_.verify("good").ok());
  during_find_ = nullptr;
  table_.clear();
  EXPECT_FALSE(verifier_.verify("good").ok());
}

TEST_F(KeyVerifierTest, EverythingIsAskedAgainAfterMissedEvents) {
  ASSERT_TRUE(verifier_.verify("good").ok());
  verifier_.forget_all();
  ASSERT_TRUE(verifier_.verify("good").ok());
  EXPECT_EQ(asked_, 2);
}

TEST_F(KeyVerifierTest, RemembersABoundedNumberOfKeys) {
  for (int i = 0; i < 3000; ++i) {
    const std::string key = std::to_string(i);
    table_[key] = {i, key, rpc::Role::kReader, {}};
    ASSERT_TRUE(verifier_.verify(key).ok());
  }
  asked_ = 0;
  ASSERT_TRUE(verifier_.verify("0").ok());
  EXPECT_EQ(asked_, 1) << "the first ones had to go";
}

TEST_F(KeyVerifierTest, AKnownKeyWorksWhileTheTableIsAwayAndOthersAreToldToRetry) {
  ASSERT_TRUE(verifier_.verify("good").ok());
  away_ = absl::UnavailableError("connection refused");
  EXPECT_TRUE(verifier_.verify("good").ok());
  EXPECT_EQ(verifier_.verify("other").status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace millrace::registry
