// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/rules_directory.h"

#include <gtest/gtest.h>

#include "lib/bus/subjects.h"
#include "lib/registry_client/fake_connection.h"

namespace millrace::registry_client {
namespace {

using std::chrono::milliseconds;

class RulesDirectoryTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = *RulesDirectory::create(connection_, outside_.platform);
    answer_with(200, 1);
  }
  void answer_with(int code, std::int64_t version) {
    connection_.responder = [code, version](const std::string&, const std::string&) {
      configuration::v1::ApplicationConfigurationResponse response;
      response.set_status_code(code);
      response.mutable_series_rules()->set_version(version);
      return response.SerializeAsString();
    };
  }
  void registry_goes() { connection_.responder = nullptr; }
  std::int64_t version(const std::string& application = "app") {
    const auto rules = directory_->rules(application);
    return rules.ok() ? (*rules)->version() : -1;
  }
  void change(const std::string& application) {
    configuration::v1::ConfigurationEvent event;
    event.set_application_name(application);
    connection_.say(bus::subjects::kConfigurationUpsert, event.SerializeAsString());
  }

  FakeOutside outside_;
  FakeConnection connection_;
  std::unique_ptr<RulesDirectory> directory_;
};

TEST_F(RulesDirectoryTest, AsksOnceAndRemembers) {
  EXPECT_EQ(version(), 1);
  EXPECT_EQ(version(), 1);
  EXPECT_EQ(connection_.requests, 1);
}

TEST_F(RulesDirectoryTest, AChangeIsSeenAtTheNextCall) {
  version();
  answer_with(200, 2);
  EXPECT_EQ(version(), 1);
  change("app");
  EXPECT_EQ(version(), 2);
}

TEST_F(RulesDirectoryTest, AChangeOfAnotherApplicationAsksNothing) {
  version();
  change("other");
  version();
  EXPECT_EQ(connection_.requests, 1);
}

TEST_F(RulesDirectoryTest, AChangeThatOvertakesAnAnswerIsNotLost) {
  connection_.responder = [this](const std::string&, const std::string&) {
    change("app");
    configuration::v1::ApplicationConfigurationResponse response;
    response.set_status_code(200);
    response.mutable_series_rules()->set_version(1);
    return response.SerializeAsString();
  };
  EXPECT_EQ(version(), 1);
  answer_with(200, 2);
  EXPECT_EQ(version(), 2);
}

TEST_F(RulesDirectoryTest, AfterHalfAMinuteTheRulesAreAskedAgain) {
  version();
  answer_with(200, 2);
  outside_.clock.advance(milliseconds{29'999});
  EXPECT_EQ(version(), 1);
  outside_.clock.advance(milliseconds{1});
  EXPECT_EQ(version(), 2);
}

TEST_F(RulesDirectoryTest, AfterAReconnectionTheRulesAreAskedAgain) {
  version();
  answer_with(200, 2);
  connection_.reconnect();
  EXPECT_EQ(version(), 2);
}

TEST_F(RulesDirectoryTest, WhileTheRegistryIsAwayTheLastRulesAreUsedAndItIsAskedRarely) {
  version();
  registry_goes();
  change("app");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(version(), 1);
  EXPECT_EQ(connection_.requests, 2);
  answer_with(200, 2);
  outside_.clock.advance(milliseconds{1'000});
  EXPECT_EQ(version(), 2);
}

TEST_F(RulesDirectoryTest, ARegistryAnswering503CountsAsAway) {
  version();
  answer_with(503, 9);
  change("app");
  EXPECT_EQ(version(), 1);
}

TEST_F(RulesDirectoryTest, RulesNeverKnownAreUnavailableWhileTheRegistryIsAway) {
  registry_goes();
  EXPECT_TRUE(absl::IsUnavailable(directory_->rules("app").status()));
}

TEST_F(RulesDirectoryTest, CurrentRulesAreAskedInAnyCase) {
  version();
  answer_with(200, 2);
  EXPECT_EQ((*directory_->current_rules("app"))->version(), 2);
  EXPECT_EQ(version(), 2) << "remembered for others";
  EXPECT_EQ(connection_.requests, 2);
}

TEST_F(RulesDirectoryTest, CurrentRulesAreNeverThoseOfBefore) {
  version();
  registry_goes();
  EXPECT_TRUE(absl::IsUnavailable(directory_->current_rules("app").status()));
  EXPECT_EQ(version(), 1);
  answer_with(404, 0);
  outside_.clock.advance(milliseconds{1'000});
  EXPECT_TRUE(absl::IsNotFound(directory_->current_rules("app").status()));
}

TEST_F(RulesDirectoryTest, CurrentRulesOfManyDoNotEachWaitForARegistryThatIsAway) {
  registry_goes();
  EXPECT_TRUE(absl::IsUnavailable(directory_->current_rules("app").status()));
  EXPECT_TRUE(absl::IsUnavailable(directory_->current_rules("other").status()));
  EXPECT_EQ(connection_.requests, 1);
  answer_with(200, 2);
  outside_.clock.advance(milliseconds{1'000});
  EXPECT_TRUE(directory_->current_rules("other").ok());
}

TEST_F(RulesDirectoryTest, AMissingApplicationIsNotFoundAndNotRemembered) {
  answer_with(404, 0);
  EXPECT_TRUE(absl::IsNotFound(directory_->rules("app").status()));
  answer_with(200, 1);
  EXPECT_EQ(version(), 1);
}

TEST_F(RulesDirectoryTest, ADeletedApplicationLosesItsRules) {
  version();
  answer_with(404, 0);
  change("app");
  EXPECT_TRUE(absl::IsNotFound(directory_->rules("app").status()));
  registry_goes();
  EXPECT_TRUE(absl::IsUnavailable(directory_->rules("app").status()));
}

TEST_F(RulesDirectoryTest, AnEventThatCannotBeReadAsksAgainForAll) {
  version();
  connection_.say(bus::subjects::kConfigurationUpsert, "\xff\xff");
  version();
  EXPECT_EQ(connection_.requests, 2);
}

}  // namespace
}  // namespace millrace::registry_client
