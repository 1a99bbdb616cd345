// SPDX-License-Identifier: Apache-2.0
#include "query/live_feed.h"

#include <gmock/gmock.h>

#include "query/live_feed_fixture.h"

namespace millrace::query {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class LiveFeedTest : public testing::Test {
 protected:
  LiveFeed::Id join(const std::vector<std::string>& endpoints = {}) {
    return feed_.join("app", endpoints, reader_);
  }
  // Says what is wanted, and gives those who are there the time to answer.
  void introduce() {
    feed_.tick();
    outside_.clock.advance(LiveFeed::kIntroduction);
  }
  void presence(const std::string& origin, std::int64_t number, std::int64_t revision) {
    telemetry::v1::DataPointsPresence presence;
    presence.mutable_position()->set_origin(origin);
    presence.mutable_position()->set_number(number);
    if (revision > 0) {
      telemetry::v1::KnownListener& known = *presence.add_listeners();
      known.set_listener(bus_.interests.back().listener());
      known.set_revision(revision);
    }
    bus_.say(presence);
  }
  void event(const std::string& origin, std::int64_t number, const std::string& endpoint = "ep",
             const std::string& application = "app") {
    telemetry::v1::DataPointsEvent event;
    event.set_application_name(application);
    event.set_endpoint_id(endpoint);
    event.set_time_series_name("s");
    event.mutable_position()->set_origin(origin);
    event.mutable_position()->set_number(number);
    telemetry::v1::DataPoint& point = *event.add_data_points();
    point.set_seq(number);
    (*point.mutable_values())["value"].set_number(1);
    bus_.say(event);
  }
  std::int64_t said() const { return bus_.interests.back().revision(); }

  FeedOutside outside_;
  FakeBus bus_;
  absl::StatusOr<StreamMoment> moment_ = StreamMoment{1, {100, {}}};
  LiveFeed feed_{bus_, [this] { return moment_; }, outside_.platform};
  std::shared_ptr<NotingReader> reader_ = std::make_shared<NotingReader>();
};

TEST_F(LiveFeedTest, SaysWhatIsWantedAtOnceAndAgain) {
  feed_.tick();
  EXPECT_FALSE(bus_.is_subscribed()) << "nobody reads";
  const auto id = join({"ep2", "ep1"});
  feed_.tick();
  ASSERT_EQ(bus_.interests.size(), 1U);
  EXPECT_THAT(bus_.interests[0].endpoints(0).endpoint_ids(), ElementsAre("ep1", "ep2"));
  feed_.tick();
  EXPECT_EQ(bus_.interests.size(), 1U);
  join();
  feed_.tick();
  ASSERT_EQ(bus_.interests.size(), 2U);
  EXPECT_THAT(bus_.interests[1].endpoints(0).endpoint_ids(), IsEmpty());
  EXPECT_GT(bus_.interests[1].revision(), bus_.interests[0].revision());
  outside_.clock.advance(LiveFeed::kInterval);
  feed_.tick();
  EXPECT_EQ(bus_.interests.size(), 3U);
  feed_.leave(id);
}

TEST_F(LiveFeedTest, LeavesTheBusWhenNobodyHasReadForAWhile) {
  const auto id = join();
  feed_.tick();
  EXPECT_TRUE(bus_.is_subscribed());
  feed_.leave(id);
  feed_.tick();
  EXPECT_TRUE(bus_.is_subscribed());
  outside_.clock.advance(LiveFeed::kKeepSubscribed);
  feed_.tick();
  EXPECT_FALSE(bus_.is_subscribed());
  EXPECT_EQ(bus_.interests.back().expires_in_ms(), 0);
}

TEST_F(LiveFeedTest, AReaderIsCoveredWhenAllHaveHeardWhatItWants) {
  join();
  feed_.tick();
  presence("a", 0, said());
  EXPECT_THAT(reader_->take(), ElementsAre("lost")) << "others may be there";
  outside_.clock.advance(LiveFeed::kIntroduction);
  feed_.tick();
  EXPECT_THAT(reader_->take(), ElementsAre("covered"));
  presence("b", 0, 0);
  EXPECT_THAT(reader_->take(), ElementsAre("uncovered"));
  feed_.tick();
  presence("b", 0, said());
  EXPECT_THAT(reader_->take(), ElementsAre("covered")) << "for a the one before was enough";
}

TEST_F(LiveFeedTest, HandsPointsToThoseWhoWantThem) {
  join({"ep"});
  introduce();
  presence("a", 0, said());
  reader_->take();
  event("a", 1);
  event("a", 2, "another");
  event("a", 3, "ep", "other");
  EXPECT_THAT(reader_->take(), ElementsAre("points"));
}

TEST_F(LiveFeedTest, TellsOfLossOfSilenceAndOfReconnection) {
  join();
  introduce();
  presence("a", 0, said());
  reader_->take();
  event("a", 2);
  EXPECT_THAT(reader_->take(), ElementsAre("lost", "points"));
  presence("a", 3, said());
  EXPECT_THAT(reader_->take(), ElementsAre("lost"));
  outside_.clock.advance(Origins::kSilence);
  feed_.tick();
  EXPECT_THAT(reader_->take(), ElementsAre("lost", "uncovered"));
  presence("a", 3, said());
  reader_->take();
  bus_.reconnected();
  EXPECT_THAT(reader_->take(), ElementsAre("lost", "uncovered"));
}

TEST_F(LiveFeedTest, SettlesWhatAllHaveConfirmedAfterItWasSeen) {
  join();
  introduce();
  presence("a", 0, said());
  feed_.look();
  reader_->take();
  outside_.clock.advance(seconds(2));
  feed_.tick();
  presence("a", 0, said() - 1);
  outside_.clock.advance(seconds(2));
  presence("a", 0, said() - 1);
  outside_.clock.advance(seconds(1));
  presence("a", 0, said() - 1);
  EXPECT_THAT(reader_->take(), IsEmpty()) << "has not heard what was said after the look";
  presence("a", 0, said());
  EXPECT_THAT(reader_->take(), ElementsAre("settled 100"));
}

TEST_F(LiveFeedTest, ALossUndoesWhatWasNotSettled) {
  join();
  introduce();
  presence("a", 0, said());
  feed_.look();
  feed_.tick();
  presence("a", 0, said());
  event("a", 2);
  reader_->take();
  outside_.clock.advance(seconds(2));
  presence("a", 2, said());
  outside_.clock.advance(seconds(2));
  presence("a", 2, said());
  outside_.clock.advance(seconds(2));
  presence("a", 2, said());
  EXPECT_THAT(reader_->take(), IsEmpty());
}

TEST_F(LiveFeedTest, SomebodyWhoDoesNotKnowWhatIsWantedUndoesItToo) {
  join();
  introduce();
  presence("a", 0, said());
  feed_.look();
  feed_.tick();
  presence("a", 0, said());
  outside_.clock.advance(seconds(2));
  presence("a", 0, said());
  presence("b", 0, 0);
  feed_.tick();
  presence("b", 0, said());
  reader_->take();
  outside_.clock.advance(seconds(2));
  for (const char* origin : {"a", "b"}) presence(origin, 0, said());
  outside_.clock.advance(seconds(2));
  for (const char* origin : {"a", "b"}) presence(origin, 0, said());
  EXPECT_THAT(reader_->take(), IsEmpty()) << "b may have stored what was seen, unannounced";
}

TEST_F(LiveFeedTest, KnowsTheMomentOnceSomebodyLooked) {
  EXPECT_EQ(feed_.moment().status().code(), absl::StatusCode::kUnavailable);
  feed_.look();
  EXPECT_EQ(feed_.moment()->settled.below, 100);
  moment_ = StreamMoment{1, {50, {}}};
  feed_.look();
  EXPECT_EQ(feed_.moment()->settled.below, 100) << "never backward";
  moment_ = absl::FailedPreconditionError("a replica");
  feed_.look();
  outside_.clock.advance(seconds(11));
  EXPECT_EQ(feed_.moment().status(), moment_.status());
}

TEST_F(LiveFeedTest, TellsOfAnotherStream) {
  join();
  feed_.look();
  moment_ = StreamMoment{2, {5, {}}};
  feed_.look();
  EXPECT_THAT(reader_->take(), ElementsAre("replaced"));
  EXPECT_EQ(feed_.moment()->settled.below, 5);
}

}  // namespace
}  // namespace millrace::query
