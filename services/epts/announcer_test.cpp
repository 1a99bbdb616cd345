// SPDX-License-Identifier: Apache-2.0
#include "epts/announcer.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "epts/fakes.h"
#include "lib/bus/subjects.h"
#include "lib/concurrency/mutex.h"
#include "lib/postgres/copy_buffer.h"

#include "millrace/telemetry/v1/data_points.pb.h"

namespace millrace::epts {
namespace {

using time_series::SampleBatch;
using time_series::ValueType;

// Collects what is published; can hold the announcer's thread up.
class Bus {
 public:
  absl::Status publish(const Announcer::Event& event) {
    concurrency::MutexLock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    while (held_up_) changed_.wait(mutex_);
    if (event.subject == bus::subjects::kDataPointsPresence) {
      presences_.emplace_back().ParseFromString(event.payload);
    } else {
      events_[event.subject].ParseFromString(event.payload);
      numbers_.push_back(events_[event.subject].position().number());
    }
    traces_[event.subject] = event.trace;
    ++done_;
    changed_.notify_all();
    return absl::OkStatus();
  }
  void hold_up(bool held_up) {
    concurrency::MutexLock lock(mutex_);
    held_up_ = held_up;
    changed_.notify_all();
  }
  void wait_for_begun(int events) {
    concurrency::MutexLock lock(mutex_);
    while (begun_ < events) changed_.wait(mutex_);
  }
  std::map<std::string, telemetry::v1::DataPointsEvent> wait_for_done(int events) {
    concurrency::MutexLock lock(mutex_);
    while (done_ < events) changed_.wait(mutex_);
    return events_;
  }
  // Of all events, in the order they came.
  std::vector<std::int64_t> numbers() {
    concurrency::MutexLock lock(mutex_);
    return numbers_;
  }
  std::vector<telemetry::v1::DataPointsPresence> presences() {
    concurrency::MutexLock lock(mutex_);
    return presences_;
  }
  // Of the last event with this subject.
  std::optional<trace::TraceContext> trace(const std::string& subject) {
    concurrency::MutexLock lock(mutex_);
    return traces_.at(subject);
  }

 private:
  concurrency::Mutex mutex_;
  concurrency::CondVar changed_;
  bool held_up_ ABSL_GUARDED_BY(mutex_) = false;
  int begun_ ABSL_GUARDED_BY(mutex_) = 0;
  int done_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, telemetry::v1::DataPointsEvent> events_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::int64_t> numbers_ ABSL_GUARDED_BY(mutex_);
  std::vector<telemetry::v1::DataPointsPresence> presences_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::optional<trace::TraceContext>> traces_ ABSL_GUARDED_BY(mutex_);
};

void add(SampleBatch& batch, std::int64_t seq, const std::vector<std::string>& fields) {
  std::string shape;
  std::vector<double> numbers;
  for (const std::string& field : fields) {
    append_value_name(shape, ValueType::kNumber, "auto~", field);
    numbers.push_back(static_cast<double>(seq * 10) + static_cast<double>(numbers.size()));
  }
  SampleBatch::Facts facts;
  facts.seq = seq;
  facts.time = time::from_unix_us(1000 + seq);
  facts.received_at = time::from_unix_us(2000 + seq);
  batch.add_sample(facts, shape, numbers);
}

class AnnouncerTest : public testing::Test {
 protected:
  Announcer::Publish to_bus() {
    return [this](const Announcer::Event& event) { return bus_.publish(event); };
  }
  double dropped() {
    return outside_.metrics
        .counter("millrace_epts_announced_events_total", "", {{"outcome", "dropped"}})
        .value();
  }

  static AnnouncerOptions options(Announced what, std::size_t max_waiting_bytes = 1 << 20) {
    return {"this start", what, max_waiting_bytes};
  }
  void hear(const std::string& listener, const std::string& application, std::int64_t revision) {
    telemetry::v1::DataPointsInterest message;
    message.set_listener(listener);
    message.set_expires_in_ms(60'000);
    message.set_revision(revision);
    message.add_endpoints()->set_application_name(application);
    EXPECT_TRUE(interest_.hear(message.SerializeAsString()));
  }

  FakeOutside outside_;
  Interest interest_{outside_.platform};
  Bus bus_;
};

constexpr char kSubjectOfA[] =
    "kaa.v1.events.epts.endpoint.data-collection.data-points-received.auto~a";
constexpr char kSubjectOfB[] =
    "kaa.v1.events.epts.endpoint.data-collection.data-points-received.auto~b";

TEST_F(AnnouncerTest, PublishesOneEventForEachSeriesOfAnEndpoint) {
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  add(batch, 1, {"a", "b"});
  add(batch, 2, {"a"});
  Announcer announcer(to_bus(), options(Announced::kAll), interest_, outside_.platform);
  announcer.announce(batch, {});
  const auto events = bus_.wait_for_done(2);
  const telemetry::v1::DataPointsEvent& event = events.at(kSubjectOfA);
  EXPECT_EQ(event.application_name(), "app");
  EXPECT_EQ(event.app_version_name(), "app-v1");
  EXPECT_EQ(event.endpoint_id(), "ep");
  EXPECT_EQ(event.correlation_id(), "c1");
  EXPECT_EQ(event.time_series_name(), "auto~a");
  ASSERT_EQ(event.data_points_size(), 2);
  EXPECT_EQ(event.data_points(1).timestamp_us(), 1002);
  EXPECT_EQ(event.data_points(1).receipt_time_us(), 2002);
  EXPECT_EQ(event.data_points(1).values().at("value").number(), 20);
}

TEST_F(AnnouncerTest, SaysValuesOfEveryTypeAndNulls) {
  std::string shape;
  append_value_name(shape, ValueType::kString, "", "door", "name");
  append_value_name(shape, ValueType::kNumber, "", "door", "angle");
  append_value_name(shape, ValueType::kBoolean, "", "door", "open");
  append_value_name(shape, ValueType::kString, "", "door", "owner");
  append_value_name(shape, ValueType::kNumber, "", "door", "weight");
  append_value_name(shape, ValueType::kBoolean, "", "door", "locked");
  append_value_name(shape, ValueType::kString, "", "door", "colour");
  const std::vector<double> numbers = {90, 1, postgres::null_pattern(), postgres::null_pattern()};
  const std::vector<std::string_view> texts = {"front", std::string_view(), ""};
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  batch.add_sample({}, shape, numbers, texts);
  Announcer announcer(to_bus(), options(Announced::kAll), interest_, outside_.platform);
  announcer.announce(batch, {});
  const auto values =
      bus_.wait_for_done(1)
          .at("kaa.v1.events.epts.endpoint.data-collection.data-points-received.door")
          .data_points(0)
          .values();
  EXPECT_EQ(values.at("name").string(), "front");
  EXPECT_EQ(values.at("angle").number(), 90);
  EXPECT_TRUE(values.at("open").boolean());
  EXPECT_EQ(values.at("colour").kind_case(), telemetry::v1::PointValue::kString);
  for (const char* null : {"owner", "weight", "locked"}) {
    EXPECT_EQ(values.at(null).kind_case(), telemetry::v1::PointValue::KIND_NOT_SET) << null;
  }
}

TEST_F(AnnouncerTest, KeepsItsPlaceBehindAStringThatWasRefused) {
  std::string shape;
  append_value_name(shape, ValueType::kString, "", "s", "first");
  append_value_name(shape, ValueType::kNumber, "", "s", "number");
  append_value_name(shape, ValueType::kString, "", "s", "second");
  const double number = 7;
  const std::vector<std::string_view> texts = {"one", "two"};
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  batch.add_sample({}, shape, {&number, 1}, texts);
  Announcer announcer(to_bus(), options(Announced::kAll), interest_, outside_.platform);
  announcer.announce(batch, {{0, 0, 0}});
  const auto values = bus_.wait_for_done(1)
                          .at("kaa.v1.events.epts.endpoint.data-collection.data-points-received.s")
                          .data_points(0)
                          .values();
  EXPECT_EQ(values.size(), 2U);
  EXPECT_EQ(values.at("number").number(), 7);
  EXPECT_EQ(values.at("second").string(), "two");
}

TEST_F(AnnouncerTest, GivesAnEventAChildOfTheFirstTraceInIt) {
  const std::string first = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const std::string second = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  add(batch, 1, {"a", "b"});
  batch.begin_upload({"app", "app-v1", "ep", "c2", 1, first});
  add(batch, 2, {"a"});
  batch.begin_upload({"app", "app-v1", "ep", "c3", 1, second});
  add(batch, 3, {"a"});
  Announcer announcer(to_bus(), options(Announced::kAll), interest_, outside_.platform);
  announcer.announce(batch, {});
  EXPECT_EQ(bus_.wait_for_done(2).at(kSubjectOfA).data_points_size(), 3);
  const auto trace = bus_.trace(kSubjectOfA);
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->trace_id(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_NE(trace->parent_id(), "b7ad6b7169203331");
  EXPECT_TRUE(trace->sampled());
  EXPECT_FALSE(bus_.trace(kSubjectOfB).has_value());
}

TEST_F(AnnouncerTest, KeepsSilentAboutUploadsOfWhichNothingWasStored) {
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  add(batch, 1, {"a"});
  batch.begin_upload({"app", "app-v1", "ep", "c2", 1});
  add(batch, 2, {"a"});
  Announcer announcer(to_bus(), options(Announced::kAll), interest_, outside_.platform);
  announcer.announce(batch, {}, {0});
  const telemetry::v1::DataPointsEvent event = bus_.wait_for_done(1).at(kSubjectOfA);
  ASSERT_EQ(event.data_points_size(), 1);
  EXPECT_EQ(event.data_points(0).timestamp_us(), 1002);
}

TEST_F(AnnouncerTest, KeepsSilentAboutValuesThatWereNotStored) {
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  add(batch, 1, {"a", "b"});
  Announcer announcer(to_bus(), options(Announced::kAll), interest_, outside_.platform);
  announcer.announce(batch, {{0, 0, 1}});
  announcer.announce(batch, {{0, 0, 1}});
  const auto events = bus_.wait_for_done(2);
  EXPECT_EQ(events.size(), 1U);
  EXPECT_TRUE(events.contains(kSubjectOfA));
}

TEST_F(AnnouncerTest, DropsWhatTheBusIsTooSlowFor) {
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  add(batch, 1, {"a"});
  bus_.hold_up(true);
  Announcer announcer(to_bus(), options(Announced::kAll, 300), interest_, outside_.platform);
  announcer.announce(batch, {});
  bus_.wait_for_begun(1);
  for (int i = 0; i < 10; ++i) announcer.announce(batch, {});
  EXPECT_GT(dropped(), 5);
  bus_.hold_up(false);
  bus_.wait_for_done(2);
}

TEST_F(AnnouncerTest, AnnouncesOnlyWhatSomebodyAskedFor) {
  Announcer announcer(to_bus(), options(Announced::kWhatIsAskedFor), interest_, outside_.platform);
  SampleBatch batch;
  for (const char* endpoint : {"ep1", "ep2"}) {
    batch.begin_upload({"app", "v1", endpoint, "c", 1});
    std::string shape;
    append_value_name(shape, time_series::ValueType::kNumber, "auto~", "a");
    const double number = 1;
    batch.add_sample({}, shape, {&number, 1});
  }
  announcer.announce(batch, {});
  telemetry::v1::DataPointsInterest message;
  message.set_listener("l");
  message.set_expires_in_ms(1000);
  telemetry::v1::EndpointsOfInterest& endpoints = *message.add_endpoints();
  endpoints.set_application_name("app");
  endpoints.add_endpoint_ids("ep2");
  EXPECT_TRUE(interest_.hear(message.SerializeAsString()));
  announcer.announce(batch, {});
  const auto events = bus_.wait_for_done(1);
  EXPECT_EQ(events.begin()->second.endpoint_id(), "ep2");
  const auto published = outside_.metrics.counter("millrace_epts_announced_events_total", "",
                                                  {{"outcome", "published"}});
  while (published.value() < 1) std::this_thread::yield();  // counted after the bus has it
  outside_.clock.advance(std::chrono::seconds(1));
  announcer.announce(batch, {});
  EXPECT_EQ(published.value(), 1);
}

TEST_F(AnnouncerTest, NumbersEventsWithoutAGapAndSaysWhichWriteEachPointWas) {
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  add(batch, 1, {"a", "b"});
  Announcer announcer(to_bus(), options(Announced::kAll), interest_, outside_.platform);
  announcer.announce(batch, {});
  announcer.announce(batch, {});
  const telemetry::v1::DataPointsEvent event = bus_.wait_for_done(4).at(kSubjectOfA);
  EXPECT_THAT(bus_.numbers(), testing::ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(event.position().origin(), "this start");
  EXPECT_EQ(event.data_points(0).seq(), 1);
}

TEST_F(AnnouncerTest, WhatIsDroppedHasANumberToo) {
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  add(batch, 1, {"a"});
  bus_.hold_up(true);
  Announcer announcer(to_bus(), options(Announced::kAll, 300), interest_, outside_.platform);
  announcer.announce(batch, {});
  bus_.wait_for_begun(1);
  for (int i = 0; i < 9; ++i) announcer.announce(batch, {});
  ASSERT_GT(dropped(), 0);
  bus_.hold_up(false);
  bus_.wait_for_done(2);
  announcer.introduce();
  const auto presences = bus_.presences();
  ASSERT_EQ(presences.size(), 1U);
  EXPECT_EQ(presences[0].position().number(), 10);
  EXPECT_LT(bus_.numbers().back(), 10);
}

TEST_F(AnnouncerTest, SaysWhoseInterestItKnowsBehindTheEvents) {
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  add(batch, 1, {"a"});
  Announcer announcer(to_bus(), options(Announced::kWhatIsAskedFor), interest_, outside_.platform);
  hear("l", "app", 7);
  bus_.hold_up(true);
  announcer.announce(batch, {});
  announcer.say_presence();
  bus_.hold_up(false);
  bus_.wait_for_done(2);
  const auto presences = bus_.presences();
  ASSERT_EQ(presences.size(), 1U);
  EXPECT_EQ(presences[0].position().number(), 1);
  ASSERT_EQ(presences[0].listeners_size(), 1);
  EXPECT_EQ(presences[0].listeners(0).listener(), "l");
  EXPECT_EQ(presences[0].listeners(0).revision(), 7);
}

TEST_F(AnnouncerTest, SaysItAgainEverySecondWhileSomebodyListens) {
  Announcer announcer(to_bus(), options(Announced::kWhatIsAskedFor), interest_, outside_.platform);
  hear("l", "app", 7);
  outside_.clock.advance(std::chrono::seconds(1));
  bus_.wait_for_done(1);
  EXPECT_EQ(bus_.presences().at(0).position().number(), 0);
}

TEST_F(AnnouncerTest, WithEventsOffItIsThereAndKnowsNobody) {
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  add(batch, 1, {"a"});
  Announcer announcer(to_bus(), options(Announced::kNothing), interest_, outside_.platform);
  hear("l", "app", 7);
  announcer.announce(batch, {});
  announcer.say_presence();
  bus_.wait_for_done(1);
  EXPECT_TRUE(bus_.numbers().empty());
  EXPECT_EQ(bus_.presences().at(0).listeners_size(), 0);
}

TEST_F(AnnouncerTest, PublishesWhatWaitsBeforeItEnds) {
  SampleBatch batch;
  batch.begin_upload({"app", "app-v1", "ep", "c1", 1});
  add(batch, 1, {"a"});
  {
    Announcer announcer(to_bus(), options(Announced::kAll), interest_, outside_.platform);
    for (int i = 0; i < 100; ++i) announcer.announce(batch, {});
  }
  EXPECT_EQ(bus_.numbers().size(), 100U);
}

}  // namespace
}  // namespace millrace::epts
