// SPDX-License-Identifier: Apache-2.0
#include "query/origins.h"

#include <gtest/gtest.h>

namespace millrace::query {
namespace {

using std::chrono::seconds;

class OriginsTest : public testing::Test {
 protected:
  std::optional<std::string> event(const std::string& origin, std::int64_t number) {
    telemetry::v1::DataPointsEvent event;
    event.mutable_position()->set_origin(origin);
    event.mutable_position()->set_number(number);
    return origins_.on_event(event, now_);
  }
  // revision 0: does not know us.
  std::optional<std::string> presence(const std::string& origin, std::int64_t number,
                                      std::int64_t revision) {
    telemetry::v1::DataPointsPresence presence;
    presence.mutable_position()->set_origin(origin);
    presence.mutable_position()->set_number(number);
    presence.add_listeners()->set_listener("somebody else");
    if (revision > 0) {
      telemetry::v1::KnownListener& listener = *presence.add_listeners();
      listener.set_listener("me");
      listener.set_revision(revision);
    }
    return origins_.on_presence(presence, now_);
  }

  time::Instant now_;
  Origins origins_{"me"};
};

TEST_F(OriginsTest, ANumberLeftOutIsALoss) {
  EXPECT_FALSE(event("a", 5)) << "what was before we listened was not for us";
  EXPECT_FALSE(event("a", 6));
  EXPECT_TRUE(event("a", 8));
  EXPECT_FALSE(event("a", 9));
  EXPECT_FALSE(event("b", 1)) << "each has numbers of its own";
}

TEST_F(OriginsTest, APresenceTellsOfALossAtTheEnd) {
  EXPECT_FALSE(event("a", 5));
  EXPECT_FALSE(presence("a", 5, 0));
  EXPECT_TRUE(presence("a", 6, 0));
  EXPECT_FALSE(presence("a", 6, 0)) << "it is told once";
  EXPECT_FALSE(event("a", 7));
}

TEST_F(OriginsTest, EverybodyHasToConfirmARevision) {
  EXPECT_EQ(origins_.confirmed_revision(), 0);
  presence("a", 0, 4);
  EXPECT_EQ(origins_.confirmed_revision(), 4);
  presence("b", 0, 0);
  EXPECT_EQ(origins_.confirmed_revision(), 0);
  presence("b", 0, 3);
  EXPECT_EQ(origins_.confirmed_revision(), 3);
  presence("a", 0, 0);
  EXPECT_EQ(origins_.confirmed_revision(), 0) << "it has forgotten us";
}

TEST_F(OriginsTest, AnEventOfSomebodyNewTellsOfHimButConfirmsNothing) {
  presence("a", 0, 4);
  event("b", 1);
  EXPECT_EQ(origins_.confirmed_revision(), 0);
}

TEST_F(OriginsTest, SomebodyNewMayHaveStoredPointsBeforeHeKnewOfUs) {
  EXPECT_FALSE(presence("a", 0, 0)) << "he will say when he knows";
  EXPECT_TRUE(presence("b", 0, 4));
  EXPECT_FALSE(presence("b", 0, 5));
}

TEST_F(OriginsTest, WhoIsSilentHasGone) {
  presence("a", 0, 4);
  now_ += seconds(2);
  presence("b", 0, 4);
  now_ += seconds(1);
  EXPECT_TRUE(origins_.on_time(now_));
  EXPECT_FALSE(origins_.on_time(now_));
  EXPECT_EQ(origins_.size(), 1U);
}

TEST_F(OriginsTest, WhoNumbersNothingIsThereAndConfirmsNothing) {
  presence("a", 0, 4);
  origins_.on_event({}, now_);
  EXPECT_EQ(origins_.confirmed_revision(), 0);
  now_ += Origins::kUnnumbered;
  presence("a", 0, 4);
  origins_.on_time(now_);
  EXPECT_EQ(origins_.confirmed_revision(), 4);
}

TEST_F(OriginsTest, IsBounded) {
  for (std::size_t i = 0; i < Origins::kMaxOrigins + 10; ++i) {
    now_ += std::chrono::microseconds(1);
    event("origin " + std::to_string(i), 1);
  }
  EXPECT_EQ(origins_.size(), Origins::kMaxOrigins);
}

}  // namespace
}  // namespace millrace::query
