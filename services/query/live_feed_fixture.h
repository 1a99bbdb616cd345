// SPDX-License-Identifier: Apache-2.0
//
// For the tests of the feed: a bus whose other side is the test, and readers that say what they
// were told.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "lib/bus/subjects.h"
#include "query/live_feed.h"

#include "millrace/telemetry/v1/data_points.pb.h"
#include "millrace/telemetry/v1/data_points_interest.pb.h"

namespace millrace::query {

class FakeBus final : public bus::Connection {
 public:
  std::deque<telemetry::v1::DataPointsInterest> interests;
  std::function<void()> reconnected;

  bool is_subscribed() const { return handler_ != nullptr; }
  void say(const telemetry::v1::DataPointsEvent& event) const {
    say(bus::subjects::data_points_received(event.time_series_name()), event.SerializeAsString());
  }
  void say(const telemetry::v1::DataPointsPresence& presence) const {
    say(bus::subjects::kDataPointsPresence, presence.SerializeAsString());
  }

  bool connected() const override { return true; }
  std::size_t max_payload_bytes() const override { return 1 << 20; }
  absl::Status publish(const std::string& subject, std::string_view payload,
                       const std::optional<trace::TraceContext>& /*trace*/) override {
    EXPECT_EQ(subject, bus::subjects::kDataPointsInterestOfQuery);
    interests.emplace_back().ParseFromString(std::string(payload));
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> request(const std::string&, std::string_view,
                                      std::chrono::milliseconds) override {
    return absl::UnimplementedError("not asked");
  }
  void request_async(const std::string&, std::string_view, std::chrono::milliseconds,
                     std::function<void(absl::StatusOr<std::string>)>) override {}
  absl::StatusOr<std::unique_ptr<bus::Subscription>> subscribe(
      const std::string& subject, const std::string& /*queue_group*/,
      bus::MessageHandler handler) override {
    EXPECT_EQ(subject, bus::subjects::kAllOfEpts);
    handler_ = std::move(handler);
    return std::make_unique<Ended>([this] { handler_ = nullptr; });
  }
  void on_reconnect(std::function<void()> callback) override { reconnected = std::move(callback); }

 private:
  class Ended final : public bus::Subscription {
   public:
    explicit Ended(std::function<void()> end) : end_(std::move(end)) {}
    ~Ended() override { end_(); }
    Ended(const Ended&) = delete;
    Ended& operator=(const Ended&) = delete;

   private:
    const std::function<void()> end_;
  };

  void say(const std::string& subject, const std::string& payload) const {
    if (handler_) handler_({subject, payload, ""});
  }

  bus::MessageHandler handler_;
};

struct FeedOutside {
  log::Logger log{"test", log::Level::kFatal};
  metrics::Registry metrics;
  process::Readiness readiness;
  time::ManualClock clock;
  process::Platform platform{log, metrics, readiness, clock};
};

// "covered", "uncovered", "lost", "points", "settled 5", "replaced", in order.
class NotingReader final : public LiveReader {
 public:
  std::vector<std::string> notes;

  std::vector<std::string> take() { return std::exchange(notes, {}); }

  void on_covered(bool covered) override { notes.emplace_back(covered ? "covered" : "uncovered"); }
  void on_disturbed(const std::string& /*why*/) override { notes.emplace_back("lost"); }
  void on_points(const SharedWrites& /*writes*/) override { notes.emplace_back("points"); }
  void on_settled(const Settled& settled) override {
    notes.push_back("settled " + std::to_string(settled.below));
  }
  void on_stream_replaced() override { notes.emplace_back("replaced"); }
};

}  // namespace millrace::query
