// SPDX-License-Identifier: Apache-2.0
//
// The whole way from the stream to a subscriber, at random, with the real feed and subscription:
// several epts take messages, commit, announce, acknowledge, die in between and come again; events
// and presences are lost and late; the bus is lost; the client is slow, goes, and comes back with a
// token. In the end it has the table's points, none twice, none older after a newer one.
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "query/live_feed_fixture.h"
#include "query/page_token.h"
#include "query/subscription.h"

namespace millrace::query {
namespace {

using std::chrono::milliseconds;

constexpr int kEndpoints = 2;
constexpr int kInstants = 6;
constexpr std::int64_t kFrom = 1;  // instant 0 is before what is wanted

// (endpoint, instant, value name)
using Where = std::tuple<int, std::int64_t, std::string>;

struct Message {
  std::int64_t position = 0;
  std::vector<std::pair<Where, std::int64_t>> writes;  // with seq
};

std::string endpoint_id(int endpoint) {
  return fmt::format("ep{}", endpoint);
}

// One process of epts: its part of the protocol.
struct Epts {
  std::string origin;
  std::int64_t number = 0;
  std::int64_t revision = 0;  // heard last
  std::string listener;
  int deaf = 0;  // interests missed in a row
  time::Instant presence_at;
  // Committed, to be announced and acknowledged.
  std::optional<Message> held;
  bool is_committed = false;
  std::deque<std::variant<telemetry::v1::DataPointsEvent, telemetry::v1::DataPointsPresence>> out;

  void say_presence() {
    telemetry::v1::DataPointsPresence presence;
    presence.mutable_position()->set_origin(origin);
    presence.mutable_position()->set_number(number);
    if (revision > 0) {
      telemetry::v1::KnownListener& known = *presence.add_listeners();
      known.set_listener(listener);
      known.set_revision(revision);
    }
    out.emplace_back(presence);
  }
  void announce(const Message& message) {
    if (revision == 0) return;
    for (const auto& [where, seq] : message.writes) {
      telemetry::v1::DataPointsEvent event;
      event.set_application_name("app");
      event.set_endpoint_id(endpoint_id(std::get<0>(where)));
      event.set_time_series_name("s");
      telemetry::v1::DataPoint& point = *event.add_data_points();
      point.set_timestamp_us(std::get<1>(where));
      point.set_seq(seq);
      (*point.mutable_values())[std::get<2>(where)].set_number(static_cast<double>(seq));
      event.mutable_position()->set_origin(origin);
      event.mutable_position()->set_number(++number);
      out.emplace_back(event);
    }
  }
};

// Passes on to whatever subscription the client has now.
class ModelReader final : public LiveReader {
 public:
  ModelReader(Subscription& subscription, const time::Clock& clock)
      : subscription_(subscription), clock_(clock) {}
  void on_covered(bool covered) override { subscription_.set_covered(covered, clock_.instant()); }
  void on_disturbed(const std::string& why) override { subscription_.disturb(why); }
  void on_points(const SharedWrites& writes) override { subscription_.offer(writes); }
  void on_settled(const Settled& settled) override { subscription_.settle(settled); }
  void on_stream_replaced() override { ADD_FAILURE() << "there is one stream"; }

 private:
  Subscription& subscription_;
  const time::Clock& clock_;
};

class Model {
 public:
  explicit Model(unsigned seed, bool with_history) : random_(seed), with_history_(with_history) {
    for (int i = 0; i < 2; ++i) start_epts();
    // What was stored before anybody listened.
    for (int i = 0; i < 10; ++i) new_message();
    for (int i = 0; i < 200; ++i) step_epts(epts_[random_() % epts_.size()], false);
    connect(std::nullopt);
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) step(true);
    // Quiet: everything comes to its end.
    for (int i = 0; i < 4000 && !testing::Test::HasFailure(); ++i) step(false);
    check();
  }

 private:
  bool chance(unsigned in) { return random_() % in == 0; }

  void step(bool trouble) {
    if (trouble && chance(3)) new_message();
    if (!trouble || chance(2)) advance(milliseconds(trouble ? random_() % 200 : 50));
    for (Epts& one : epts_) {
      if (trouble && chance(2)) continue;
      step_epts(one, trouble);
      deliver(one, trouble);
    }
    if (trouble && chance(150)) kill_epts(random_() % epts_.size());
    if (trouble && chance(300)) lose_the_bus();
    if (trouble && chance(200)) resume();
    if (!trouble || chance(3)) feed_->tick();
    hear(trouble);
    if (outside_.clock.instant() >= look_at_) {
      feed_->look();
      look_at_ = outside_.clock.instant() + LiveFeed::kInterval;
    }
    if (!trouble || chance(3)) read();
    if (!trouble || !chance(4)) take(trouble ? static_cast<int>(random_() % 4) : 100);
  }

  void advance(milliseconds by) { outside_.clock.advance(by); }

  void new_message() {
    Message message{++last_position_, {}};
    const int writes = 1 + static_cast<int>(random_() % 3);
    std::set<Where> distinct;
    for (int i = 0; i < writes; ++i) {
      const Where where{static_cast<int>(random_() % kEndpoints),
                        static_cast<std::int64_t>(random_() % kInstants), chance(2) ? "a" : "b"};
      if (distinct.insert(where).second) {
        message.writes.emplace_back(where, (message.position << 20) + i);
      }
    }
    waiting_.push_back(message);
  }

  void start_epts() {
    Epts one;
    one.origin = fmt::format("origin {}", ++origins_);
    one.presence_at = outside_.clock.instant();
    one.say_presence();
    epts_.push_back(std::move(one));
  }

  // What it has not acknowledged comes again; of what it said a part may still come.
  void kill_epts(std::size_t which) {
    Epts& one = epts_[which];
    if (one.held) waiting_.push_front(*one.held);
    while (!one.out.empty() && chance(2)) deliver(one, false);
    epts_.erase(epts_.begin() + static_cast<std::ptrdiff_t>(which));
    start_epts();
  }

  void step_epts(Epts& one, bool trouble) {
    const time::Instant now = outside_.clock.instant();
    if (now - one.presence_at >= milliseconds(1000)) {
      one.presence_at = now;
      one.say_presence();
    }
    if (!one.held) {
      if (waiting_.empty()) return;
      // Not always in order: there are several threads.
      const std::size_t which = random_() % std::min<std::size_t>(waiting_.size(), 3);
      one.held = waiting_[which];
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(which));
      one.is_committed = false;
      if (trouble && chance(2)) return;
    }
    if (!one.is_committed) {
      for (const auto& [where, seq] : one.held->writes)
        table_[where] = std::max(table_[where], seq);
      one.is_committed = true;
      if (trouble && chance(2)) return;
    }
    one.announce(*one.held);
    acknowledged_.insert(one.held->position);
    one.held.reset();
  }

  void deliver(Epts& one, bool trouble) {
    for (int i = 0; i < 3 && !one.out.empty(); ++i) {
      const auto said = std::move(one.out.front());
      one.out.pop_front();
      const bool is_lost = trouble && chance(40);
      if (feed_ == nullptr || is_lost) continue;
      std::visit([this](const auto& message) { bus_.say(message); }, said);
    }
  }

  // An interest that was published reaches those who are there, sooner or later.
  void hear(bool trouble) {
    while (!bus_.interests.empty()) {
      const auto interest = bus_.interests.front();
      bus_.interests.pop_front();
      for (Epts& one : epts_) {
        // It never misses two: more would be longer than the feed allows for.
        if (trouble && one.deaf == 0 && chance(4)) {
          ++one.deaf;
          continue;
        }
        one.deaf = 0;
        one.listener = interest.listener();
        one.revision = interest.revision();
        one.say_presence();
      }
    }
  }

  void lose_the_bus() {
    for (Epts& one : epts_) one.out.clear();
    bus_.reconnected();
  }

  absl::StatusOr<StreamMoment> moment() const {
    std::int64_t floor = 0;
    while (acknowledged_.contains(floor + 1)) ++floor;
    return StreamMoment{1, {(floor + 1) << 20, {}}};
  }

  void connect(std::optional<SubscriptionPosition> position) {
    if (feed_ == nullptr) {
      feed_ = std::make_unique<LiveFeed>(
          bus_, [this] { return moment(); }, outside_.platform);
      feed_->look();
    }
    Subscription::Start start;
    start.with_history = with_history_ || position;
    start.position.epoch = 1;
    start.position.from = time::from_unix_us(kFrom);
    if (position) start.position = *position;
    SubscriptionLimits limits;
    limits.waiting_points = 12;
    limits.remembered = 5 + random_() % 100;
    subscription_ = std::make_unique<Subscription>(start, std::set<std::string>(), limits,
                                                   outside_.clock.instant());
    reader_ = std::make_shared<ModelReader>(*subscription_, outside_.clock);
    joined_ = feed_->join("app", {}, reader_);
    order_.reset();
  }

  // The client has gone, and comes back to this process or to another one.
  void resume() {
    if (!token_) return;
    feed_->leave(joined_);
    if (chance(2)) feed_.reset();
    const auto position = read_subscription_token(*token_, "digest..");
    ASSERT_TRUE(position.ok()) << position.status();
    pages_since_.clear();
    connect(*position);
  }

  void read() {
    const time::Instant now = outside_.clock.instant();
    if (subscription_->wants_reading(now)) {
      const auto known = feed_->moment();
      ASSERT_TRUE(known.ok());
      order_ = subscription_->begin_reading(known->settled, outside_.clock.now(), now);
      if (order_) behind_ = order_->behind;
    }
    if (!subscription_->wants_page()) return;
    subscription_->add_page(page(), now);
  }

  // Some rows of the table as it is now, by endpoint, then instant.
  Subscription::Page page() {
    Subscription::Page page;
    std::map<std::pair<int, std::int64_t>, time_series::WrittenPoint> points;
    for (const auto& [where, seq] : table_) {
      const auto& [endpoint, instant, name] = where;
      if (seq < order_->seq_from || time::from_unix_us(instant) < order_->from) continue;
      const time_series::WritesPosition at{endpoint, time::from_unix_us(instant)};
      if (behind_ &&
          std::tie(at.endpoint_key, at.time) <= std::tie(behind_->endpoint_key, behind_->time)) {
        continue;
      }
      time_series::WrittenValue value{name, time_series::ValueType::kNumber, seq, {}};
      value.value = {false, static_cast<double>(seq), ""};
      points[{endpoint, instant}].values.push_back(value);
    }
    std::size_t left = 1 + random_() % 4;
    for (auto& [place, point] : points) {
      if (left-- == 0) return page;
      point.time = time::from_unix_us(place.second);
      behind_ = time_series::WritesPosition{place.first, point.time};
      page.position = behind_;
      page.writes.push_back(make_writes({endpoint_id(place.first), "s", {std::move(point)}}));
    }
    page.at_end = true;
    return page;
  }

  void take(int answers) {
    for (int i = 0; i < answers; ++i) {
      const auto answer = subscription_->take(outside_.clock.instant());
      if (!answer) return;
      if (const auto* points = std::get_if<Subscription::Points>(&*answer)) note(*points);
      if (std::holds_alternative<Subscription::CaughtUp>(*answer)) caught_up();
      const auto position = subscription_->position();
      if (!position) continue;
      // What the client has up to a token it keeps; what came after it comes again.
      for (const auto& [where, seq] : pages_since_) kept_.emplace_back(where, seq);
      pages_since_.clear();
      token_ = make_subscription_token("digest..", *position);
      ASSERT_TRUE(token_);
    }
  }

  void note(const Subscription::Points& points) {
    v1::SubscribeResponse response;
    ASSERT_TRUE(
        response.ParseFromString(points.encoded ? *points.encoded : points.writes->encoded));
    const v1::DataPointsChunk& chunk = response.data_points();
    const int endpoint = chunk.endpoint_id().back() - '0';
    for (const v1::ValueColumn& column : chunk.columns()) {
      for (int i = 0; i < chunk.timestamps_us_size(); ++i) {
        if (column.present_size() > 0 && !column.present(i)) continue;
        pages_since_.emplace_back(Where{endpoint, chunk.timestamps_us(i), column.name()},
                                  static_cast<std::int64_t>(column.numbers(i)));
      }
    }
  }

  // From the first time on, what is stored is promised without history too.
  void caught_up() {
    if (!promised_from_) promised_from_ = last_position_ + 1;
  }

  void check() {
    for (const auto& [where, seq] : pages_since_) kept_.emplace_back(where, seq);
    std::map<Where, std::int64_t> newest;
    for (const auto& [where, seq] : kept_) {
      EXPECT_LT(newest[where], seq) << "twice, or an older one after a newer one: endpoint "
                                    << std::get<0>(where) << " instant " << std::get<1>(where);
      newest[where] = std::max(newest[where], seq);
      EXPECT_GE(std::get<1>(where), kFrom);
    }
    ASSERT_TRUE(promised_from_) << "it never caught up";
    for (const auto& [where, seq] : table_) {
      if (std::get<1>(where) < kFrom) continue;
      if (!with_history_ && seq >> 20 < *promised_from_) continue;
      EXPECT_EQ(newest[where], seq) << "missing: endpoint " << std::get<0>(where) << " instant "
                                    << std::get<1>(where) << ' ' << std::get<2>(where);
    }
    EXPECT_LT(subscription_->remembered(), 30U) << "it forgets what is settled";
  }

  std::mt19937 random_;
  const bool with_history_;
  FeedOutside outside_;
  FakeBus bus_;
  std::deque<Message> waiting_;
  std::int64_t last_position_ = 0;
  std::set<std::int64_t> acknowledged_;
  std::map<Where, std::int64_t> table_;
  std::deque<Epts> epts_;
  int origins_ = 0;
  std::unique_ptr<LiveFeed> feed_;
  time::Instant look_at_;

  std::unique_ptr<Subscription> subscription_;
  std::shared_ptr<ModelReader> reader_;
  LiveFeed::Id joined_ = 0;
  std::optional<Subscription::Order> order_;
  std::optional<time_series::WritesPosition> behind_;
  std::optional<std::string> token_;
  std::vector<std::pair<Where, std::int64_t>> kept_;
  std::vector<std::pair<Where, std::int64_t>> pages_since_;
  std::optional<std::int64_t> promised_from_;
};

class LiveModelTest : public testing::TestWithParam<unsigned> {};

TEST_P(LiveModelTest, WithHistoryTheClientHasTheTableInTheEnd) {
  Model(GetParam(), true).run(1500);
}

TEST_P(LiveModelTest, WithoutHistoryItHasWhatWasStoredSince) {
  Model(GetParam(), false).run(1500);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LiveModelTest, testing::Range(1U, 41U));

}  // namespace
}  // namespace millrace::query
