// SPDX-License-Identifier: Apache-2.0
#include "query/subscription.h"

#include <gmock/gmock.h>

namespace millrace::query {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// One point with one value.
SharedWrites write(std::int64_t time_us, std::int64_t seq, const std::string& series = "s") {
  time_series::WrittenValue value{"value", time_series::ValueType::kNumber, seq, {}};
  value.value = {false, static_cast<double>(seq), ""};
  return make_writes({"ep", series, {{time::from_unix_us(time_us), {value}}}});
}

class SubscriptionTest : public testing::Test {
 protected:
  Subscription make(bool with_history, SubscriptionLimits limits = {},
                    std::set<std::string> series = {}) {
    Subscription::Start start;
    start.position.epoch = 3;
    start.position.from = time::from_unix_us(100);
    start.with_history = with_history;
    return Subscription(start, std::move(series), limits, now_);
  }

  std::optional<Subscription::Order> begin(Subscription& one, std::int64_t below) {
    return one.begin_reading({below, {}}, time::from_unix_us(below), now_);
  }

  // seq of each point, 0 for CaughtUp.
  std::vector<std::int64_t> take_all(Subscription& one) {
    std::vector<std::int64_t> seen;
    while (auto answer = one.take(now_)) {
      if (const auto* points = std::get_if<Subscription::Points>(&*answer)) {
        seen.push_back(points->writes->series.points[0].values[0].seq);
      } else {
        seen.push_back(0);
        caught_up_ = std::get<Subscription::CaughtUp>(*answer);
      }
    }
    return seen;
  }

  time::Instant now_;
  Subscription::CaughtUp caught_up_;
};

TEST_F(SubscriptionTest, WithoutHistoryItBeginsWhenAllAnnounceWhatIsWanted) {
  Subscription one = make(false);
  one.offer(write(200, 5));
  EXPECT_FALSE(one.wants_reading(now_));
  EXPECT_THAT(take_all(one), IsEmpty());
  one.set_covered(true, now_);
  ASSERT_TRUE(one.wants_reading(now_));
  EXPECT_FALSE(begin(one, 10));
  one.offer(write(200, 9));
  one.offer(write(200, 10));
  EXPECT_THAT(take_all(one), ElementsAre(10, 0));
  EXPECT_FALSE(one.wants_reading(now_));
}

TEST_F(SubscriptionTest, HistoryComesFirstThenWhatCameMeanwhile) {
  Subscription one = make(true);
  one.set_covered(true, now_);
  const auto order = begin(one, 10);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->seq_from, 0);
  EXPECT_EQ(order->from, time::from_unix_us(100));
  one.offer(write(500, 12));
  EXPECT_THAT(take_all(one), IsEmpty());
  EXPECT_TRUE(one.wants_page());
  one.add_page({{write(200, 3), write(300, 4)}, time_series::WritesPosition{1, {}}, false}, now_);
  EXPECT_THAT(take_all(one), ElementsAre(3, 4));
  one.add_page({{write(400, 11), write(500, 12)}, {}, true}, now_);
  EXPECT_THAT(take_all(one), ElementsAre(11, 12, 0));
  EXPECT_EQ(caught_up_.at, time::from_unix_us(10)) << "when the reading began";
  one.offer(write(400, 11));
  EXPECT_THAT(take_all(one), IsEmpty());
}

TEST_F(SubscriptionTest, TheTablesAreReadAgainAfterALossAndTheClientIsTold) {
  Subscription one = make(false);
  one.set_covered(true, now_);
  begin(one, 10);
  one.offer(write(200, 12));
  EXPECT_THAT(take_all(one), ElementsAre(12, 0));
  one.disturb("it was lost");
  ASSERT_TRUE(one.wants_reading(now_));
  EXPECT_EQ(begin(one, 11)->seq_from, 10);
  one.offer(write(300, 15));
  EXPECT_THAT(take_all(one), ElementsAre(15)) << "events go on meanwhile";
  one.add_page({{write(200, 12), write(201, 13), write(300, 15)}, {}, true}, now_);
  EXPECT_THAT(take_all(one), ElementsAre(13, 0));
  EXPECT_EQ(caught_up_.interruption, "it was lost");
  EXPECT_FALSE(one.wants_reading(now_));
}

TEST_F(SubscriptionTest, ALossDuringAReadingNeedsAnother) {
  Subscription one = make(true);
  one.set_covered(true, now_);
  begin(one, 10);
  one.disturb("again");
  EXPECT_FALSE(one.wants_reading(now_));
  one.add_page({{}, {}, true}, now_);
  EXPECT_THAT(take_all(one), IsEmpty()) << "not everything has been sent";
  ASSERT_TRUE(one.wants_reading(now_));
  begin(one, 20);
  one.add_page({{}, {}, true}, now_);
  EXPECT_THAT(take_all(one), ElementsAre(0));
}

TEST_F(SubscriptionTest, WhatComesFasterThanItIsTakenIsReadFromTheTables) {
  SubscriptionLimits limits;
  limits.waiting_points = 3;
  Subscription one = make(false, limits);
  one.set_covered(true, now_);
  begin(one, 1);
  EXPECT_THAT(take_all(one), ElementsAre(0));
  for (int i = 0; i < 4; ++i) one.offer(write(200 + i, 10 + i));
  EXPECT_THAT(take_all(one), IsEmpty());
  ASSERT_TRUE(one.wants_reading(now_));
  begin(one, 5);
  one.add_page({{write(200, 10), write(201, 11), write(202, 12), write(203, 13)}, {}, true}, now_);
  EXPECT_THAT(take_all(one), ElementsAre(10, 11, 12, 13, 0));
  EXPECT_NE(caught_up_.interruption, "");
}

TEST_F(SubscriptionTest, ByBytesTheSame) {
  SubscriptionLimits limits;
  limits.waiting_bytes = write(1, 1)->bytes * 2;
  Subscription one = make(false, limits);
  one.set_covered(true, now_);
  begin(one, 1);
  for (int i = 0; i < 2; ++i) one.offer(write(200 + i, 10 + i));
  EXPECT_FALSE(one.wants_reading(now_));
  one.offer(write(203, 13));
  EXPECT_TRUE(one.wants_reading(now_));
}

TEST_F(SubscriptionTest, WhatIsSettledIsForgottenInTheOrderOfEvents) {
  Subscription one = make(false);
  one.set_covered(true, now_);
  begin(one, 1);
  one.offer(write(200, 10));
  one.settle({11, time::from_unix_us(50)});
  EXPECT_THAT(take_all(one), ElementsAre(10, 0)) << "the event was before";
  EXPECT_EQ(one.position()->below, 11);
  EXPECT_EQ(one.remembered(), 0U);
}

TEST_F(SubscriptionTest, NothingIsSettledWhileSomethingMayBeMissing) {
  Subscription one = make(false);
  one.set_covered(true, now_);
  begin(one, 1);
  one.disturb("lost");
  one.settle({11, {}});
  take_all(one);
  EXPECT_EQ(one.position()->below, 1);
  begin(one, 5);
  one.settle({11, {}});
  take_all(one);
  EXPECT_EQ(one.position()->below, 1);
  one.add_page({{}, {}, true}, now_);
  EXPECT_EQ(one.position()->below, 5);
}

TEST_F(SubscriptionTest, WhileNotAllAnnounceItTheTablesAreReadAgainAndAgain) {
  Subscription one = make(true);
  now_ += Subscription::kPatience;
  ASSERT_TRUE(one.wants_reading(now_));
  begin(one, 5);
  one.add_page({{write(200, 3)}, {}, true}, now_);
  EXPECT_THAT(take_all(one), ElementsAre(3, 0));
  EXPECT_FALSE(one.wants_reading(now_));
  now_ += Subscription::kPollInterval;
  ASSERT_TRUE(one.wants_reading(now_));
  begin(one, 5);
  one.add_page({{write(201, 6)}, {}, true}, now_);
  EXPECT_THAT(take_all(one), ElementsAre(6)) << "not each of them is told";
  one.set_covered(true, now_);
  EXPECT_TRUE(one.wants_reading(now_)) << "for what was stored unannounced just before";
}

TEST_F(SubscriptionTest, ThatAllIsThereIsSaidEveryFifteenSeconds) {
  Subscription one = make(false);
  one.set_covered(true, now_);
  begin(one, 1);
  EXPECT_THAT(take_all(one), ElementsAre(0));
  now_ += seconds(14);
  EXPECT_THAT(take_all(one), IsEmpty());
  one.settle({1, time::from_unix_us(77)});
  now_ += seconds(1);
  EXPECT_THAT(take_all(one), ElementsAre(0));
  EXPECT_EQ(caught_up_.at, time::from_unix_us(77));
}

TEST_F(SubscriptionTest, PointsOfOtherSeriesAndBeforeTheBeginningAreNotSent) {
  Subscription one = make(false, {}, {"s"});
  one.set_covered(true, now_);
  begin(one, 1);
  one.offer(write(200, 10, "other"));
  one.offer(write(99, 11));
  one.offer(write(100, 12));
  EXPECT_THAT(take_all(one), ElementsAre(12, 0));
}

TEST_F(SubscriptionTest, APositionInTheMiddleOfHistoryGoesOnThere) {
  Subscription one = make(true);
  one.set_covered(true, now_);
  begin(one, 10);
  const time_series::WritesPosition place{4, time::from_unix_us(300)};
  one.add_page({{write(200, 3), write(300, 12)}, place, false}, now_);
  EXPECT_TRUE(one.position()) << "before the page";
  EXPECT_TRUE(one.take(now_));
  EXPECT_FALSE(one.position()) << "in the middle of it";
  EXPECT_TRUE(one.take(now_));
  const auto position = one.position();
  ASSERT_TRUE(position && position->reading);
  EXPECT_EQ(position->epoch, 3);
  EXPECT_EQ(position->reading->below, 10);
  EXPECT_EQ(position->reading->behind, place);

  Subscription again({*position, true}, {}, {}, now_);
  EXPECT_TRUE(again.position()->reading);
  again.set_covered(true, now_);
  const auto order = begin(again, 50);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->behind, place);
  EXPECT_EQ(order->seq_from, 0);
  again.add_page({{write(300, 12), write(400, 7)}, {}, true}, now_);
  EXPECT_THAT(take_all(again), ElementsAre(7));
  // What was stored since behind that place.
  const auto rest = begin(again, 50);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->seq_from, 10);
  EXPECT_FALSE(rest->behind);
  again.add_page({{write(201, 11), write(300, 12)}, {}, true}, now_);
  EXPECT_THAT(take_all(again), ElementsAre(11, 0));
}

TEST_F(SubscriptionTest, WhatItCannotRememberIsLeftToTheTables) {
  SubscriptionLimits limits;
  limits.remembered = 2;
  Subscription one = make(false, limits);
  one.set_covered(true, now_);
  begin(one, 1);
  for (int i = 0; i < 4; ++i) one.offer(write(200 + i, 10 + i));
  EXPECT_THAT(take_all(one), ElementsAre(10, 11));
  ASSERT_TRUE(one.wants_reading(now_));
  begin(one, 10);
  one.offer(write(300, 20));
  one.add_page({{write(202, 12), write(203, 13), write(300, 20)}, {}, true}, now_);
  EXPECT_THAT(take_all(one), IsEmpty()) << "they would have to be remembered";
  EXPECT_FALSE(one.wants_reading(now_)) << "not at once";
  now_ += Subscription::kPollInterval;
  ASSERT_TRUE(one.wants_reading(now_));
  begin(one, 21);
  one.add_page({{write(202, 12), write(203, 13), write(300, 20)}, {}, true}, now_);
  EXPECT_THAT(take_all(one), ElementsAre(12, 13, 20, 0));
  EXPECT_EQ(caught_up_.interruption, "");
  EXPECT_EQ(one.remembered(), 0U);
}

TEST_F(SubscriptionTest, WhereNoRoomIsMadeForLongItEnds) {
  SubscriptionLimits limits;
  limits.remembered = 1;
  Subscription one = make(false, limits);
  one.set_covered(true, now_);
  begin(one, 1);
  for (int i = 0; i < 2; ++i) one.offer(write(200 + i, 10 + i));
  EXPECT_THAT(take_all(one), ElementsAre(10));
  begin(one, 1);
  one.add_page({{}, {}, true}, now_);
  now_ += Subscription::kLongestDoubt - seconds(1);
  EXPECT_TRUE(one.check(now_).ok());
  now_ += seconds(1);
  EXPECT_EQ(one.check(now_).code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace millrace::query
