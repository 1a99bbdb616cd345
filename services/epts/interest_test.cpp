// SPDX-License-Identifier: Apache-2.0
#include "epts/interest.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "epts/fakes.h"

namespace millrace::epts {
namespace {

using std::chrono::milliseconds;

class InterestTest : public testing::Test {
 protected:
  using Endpoints = std::vector<std::string>;

  void hear(const std::string& listener, const std::string& application,
            const Endpoints& endpoints = {}, std::int64_t expires_in_ms = 10'000) {
    telemetry::v1::DataPointsInterest message;
    message.set_listener(listener);
    message.set_expires_in_ms(expires_in_ms);
    telemetry::v1::EndpointsOfInterest& one = *message.add_endpoints();
    one.set_application_name(application);
    for (const std::string& endpoint : endpoints) one.add_endpoint_ids(endpoint);
    interest_.hear(message.SerializeAsString());
  }
  double refused() { return outside_.count("millrace_epts_refused_interest_total"); }

  FakeOutside outside_;
  Interest interest_{outside_.platform};
};

TEST_F(InterestTest, NobodyListensAtFirst) {
  EXPECT_FALSE(interest_.any());
  EXPECT_FALSE(interest_.covers("app", "ep"));
}

TEST_F(InterestTest, CoversWhatWasAskedForAndNothingElse) {
  hear("l", "app", {"ep1", "ep2"});
  hear("m", "other");
  EXPECT_TRUE(interest_.any());
  EXPECT_TRUE(interest_.covers("app", "ep2"));
  EXPECT_FALSE(interest_.covers("app", "ep3"));
  EXPECT_TRUE(interest_.covers("other", "ep3"));
  EXPECT_FALSE(interest_.covers("third", "ep1"));
}

TEST_F(InterestTest, AMessageReplacesTheOneBeforeOfItsListener) {
  hear("l", "app", {"ep1"});
  hear("m", "app", {"ep2"});
  hear("l", "app", {"ep3"});
  EXPECT_FALSE(interest_.covers("app", "ep1"));
  EXPECT_TRUE(interest_.covers("app", "ep2"));
  EXPECT_TRUE(interest_.covers("app", "ep3"));
}

TEST_F(InterestTest, EndsWhenItIsNotRepeated) {
  hear("l", "app", {"ep1"}, 1000);
  outside_.clock.advance(milliseconds(999));
  EXPECT_TRUE(interest_.any());
  EXPECT_TRUE(interest_.covers("app", "ep1"));
  outside_.clock.advance(milliseconds(1));
  EXPECT_FALSE(interest_.any());
  EXPECT_FALSE(interest_.covers("app", "ep1"));
}

TEST_F(InterestTest, EndsWhenItIsTakenBack) {
  hear("l", "app");
  hear("l", "", {}, 0);
  EXPECT_FALSE(interest_.any());
  EXPECT_EQ(refused(), 0);
}

TEST_F(InterestTest, TellsWhetherAMessageIsNewsAndWhoIsKnown) {
  telemetry::v1::DataPointsInterest message;
  message.set_listener("l");
  message.set_expires_in_ms(1000);
  message.set_revision(3);
  EXPECT_TRUE(interest_.hear(message.SerializeAsString()));
  EXPECT_FALSE(interest_.hear(message.SerializeAsString()));
  message.set_revision(4);
  EXPECT_TRUE(interest_.hear(message.SerializeAsString()));
  ASSERT_EQ(interest_.known().size(), 1U);
  EXPECT_EQ(interest_.known()[0], std::make_pair(std::string("l"), std::int64_t{4}));
  outside_.clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(interest_.known().empty());
  EXPECT_TRUE(interest_.hear(message.SerializeAsString())) << "it had been forgotten";
  message.set_expires_in_ms(0);
  EXPECT_FALSE(interest_.hear(message.SerializeAsString()));
}

TEST_F(InterestTest, RefusesWhatIsNoMessageOfThisKind) {
  interest_.hear("\xFF\xFF");
  hear("", "app");
  hear(std::string(65, 'x'), "app");
  hear("l", "app", {}, 60'001);
  hear("l", "app", {}, -1);
  hear("l", "app", Endpoints(10'001, "ep"));
  hear("l", "app", {std::string(1025, 'x')});
  EXPECT_EQ(refused(), 7);
  EXPECT_FALSE(interest_.any());
}

TEST_F(InterestTest, IsBoundedAndTakesNewOnesWhenOldOnesHaveGone) {
  for (std::size_t i = 0; i < Interest::kMaxListeners; ++i) hear(fmt::format("l{}", i), "app");
  hear("one more", "other");
  EXPECT_EQ(refused(), 1);
  EXPECT_FALSE(interest_.covers("other", "ep"));
  hear("l0", "other");
  EXPECT_TRUE(interest_.covers("other", "ep")) << "those who are known may change their mind";
  outside_.clock.advance(std::chrono::seconds(10));
  hear("one more", "other");
  EXPECT_EQ(refused(), 1);
}

TEST_F(InterestTest, ItsNamesAreBoundedOverAllListeners) {
  Endpoints many;
  for (int i = 0; i < 10'000; ++i) many.push_back(fmt::format("ep{}", i));
  for (int i = 0; i < 9; ++i) hear(fmt::format("l{}", i), "app", many);
  hear("l9", "app", many);
  EXPECT_EQ(refused(), 1);
  hear("l0", "app", {}, 0);
  hear("l9", "app", many);
  EXPECT_EQ(refused(), 1);
}

}  // namespace
}  // namespace millrace::epts
