// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/key_directory.h"

#include <gtest/gtest.h>

#include "lib/bus/subjects.h"
#include "lib/registry_client/fake_connection.h"

#include "millrace/identity/v1/api_key.pb.h"

namespace millrace::registry_client {
namespace {

using std::chrono::milliseconds;

class KeyDirectoryTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = *make_key_directory(connection_, outside_.platform);
    answer_with(200);
  }
  void answer_with(int code) {
    connection_.responder = [code](const std::string&, const std::string&) {
      identity::v1::ApiKeyCheckResponse response;
      response.set_status_code(code);
      response.set_key_id(3);
      response.set_key_name("dashboard");
      return response.SerializeAsString();
    };
  }
  void registry_goes() { connection_.responder = nullptr; }
  absl::StatusOr<rpc::Caller> verify() { return directory_->verify(key_); }
  std::string revoked(std::int64_t id) {
    identity::v1::ApiKeyEvent event;
    event.add_key_ids(id);
    return event.SerializeAsString();
  }

  const std::string key_ = std::string(32, '\x01');
  FakeOutside outside_;
  FakeConnection connection_;
  std::unique_ptr<rpc::KeyVerifier> directory_;
};

TEST_F(KeyDirectoryTest, AValidKeyNamesItsCallerAndIsRemembered) {
  const auto caller = verify();
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->key_id, 3);
  EXPECT_EQ(caller->key_name, "dashboard");
  EXPECT_TRUE(verify().ok());
  EXPECT_EQ(connection_.requests, 1);
}

TEST_F(KeyDirectoryTest, AKeysLimitsAreHeededAndTheRegistryIsTold) {
  identity::v1::ApiKeyCheckRequest asked;
  connection_.responder = [&asked](const std::string&, const std::string& payload) {
    EXPECT_TRUE(asked.ParseFromString(payload));
    identity::v1::ApiKeyCheckResponse response;
    response.set_status_code(200);
    response.set_role(identity::v1::API_KEY_ROLE_OPERATOR);
    response.add_application_names("fleet");
    return response.SerializeAsString();
  };
  for (int i = 0; i < 2; ++i) {  // asked, remembered
    const auto caller = verify();
    ASSERT_TRUE(caller.ok());
    EXPECT_EQ(caller->role, rpc::Role::kOperator);
    EXPECT_TRUE(caller->may_use("fleet"));
    EXPECT_FALSE(caller->may_use("plant"));
  }
  EXPECT_TRUE(asked.heeds_limits());
}

TEST_F(KeyDirectoryTest, ARegistryThatKnowsNoRolesHasAdminsOnly) {
  EXPECT_EQ(verify()->role, rpc::Role::kAdmin);
}

TEST_F(KeyDirectoryTest, AnUnknownKeyIsUnauthenticatedAndAskedEachTime) {
  answer_with(401);
  EXPECT_TRUE(absl::IsUnauthenticated(verify().status()));
  answer_with(200);
  EXPECT_TRUE(verify().ok());
}

TEST_F(KeyDirectoryTest, AfterAMinuteAKeyIsAskedAgain) {
  EXPECT_TRUE(verify().ok());
  answer_with(401);
  outside_.clock.advance(milliseconds{59'999});
  EXPECT_TRUE(verify().ok());
  outside_.clock.advance(milliseconds{1});
  EXPECT_TRUE(absl::IsUnauthenticated(verify().status()));
  registry_goes();
  EXPECT_TRUE(absl::IsUnavailable(verify().status()));
}

TEST_F(KeyDirectoryTest, WhileTheRegistryIsAwayAKeyIsUsedOnForFiveMinutes) {
  EXPECT_TRUE(verify().ok());
  registry_goes();
  outside_.clock.advance(std::chrono::minutes{4});
  EXPECT_TRUE(verify().ok());
  outside_.clock.advance(std::chrono::minutes{1});
  EXPECT_TRUE(absl::IsUnavailable(verify().status()));
}

TEST_F(KeyDirectoryTest, AKeyNeverSeenIsUnavailableWhileTheRegistryIsAway) {
  registry_goes();
  EXPECT_TRUE(absl::IsUnavailable(verify().status()));
  answer_with(503);
  EXPECT_TRUE(absl::IsUnavailable(verify().status()));
}

TEST_F(KeyDirectoryTest, ARevokedKeyIsAskedAgainAndNotUsedWhileTheRegistryIsAway) {
  EXPECT_TRUE(verify().ok());
  connection_.say(bus::subjects::kApiKeyRevoked, revoked(3));
  registry_goes();
  EXPECT_TRUE(absl::IsUnavailable(verify().status()));
}

TEST_F(KeyDirectoryTest, TheRevocationOfAnotherKeyChangesNothing) {
  EXPECT_TRUE(verify().ok());
  connection_.say(bus::subjects::kApiKeyRevoked, revoked(4));
  EXPECT_TRUE(verify().ok());
  EXPECT_EQ(connection_.requests, 1);
}

TEST_F(KeyDirectoryTest, ARevocationThatOvertakesAnAnswerIsNotUndoneByIt) {
  connection_.responder = [this](const std::string&, const std::string&) {
    connection_.say(bus::subjects::kApiKeyRevoked, revoked(3));
    identity::v1::ApiKeyCheckResponse response;
    response.set_status_code(200);
    response.set_key_id(3);
    return response.SerializeAsString();
  };
  EXPECT_TRUE(verify().ok());
  answer_with(401);
  EXPECT_TRUE(absl::IsUnauthenticated(verify().status()));
}

TEST_F(KeyDirectoryTest, AfterAReconnectionEveryKeyIsAskedAgain) {
  EXPECT_TRUE(verify().ok());
  connection_.reconnect();
  answer_with(401);
  EXPECT_TRUE(absl::IsUnauthenticated(verify().status()));
}

}  // namespace
}  // namespace millrace::registry_client
