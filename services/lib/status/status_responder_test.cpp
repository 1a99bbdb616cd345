// SPDX-License-Identifier: Apache-2.0
#include "lib/status/status_responder.h"

#include <map>

#include <gmock/gmock.h>

#include "lib/bus/subjects.h"

namespace millrace::status {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

// Carries questions to the responder and keeps what it answers.
class FakeConnection final : public bus::Connection {
 public:
  std::map<std::string, bus::MessageHandler> handlers;
  std::vector<std::string> answers;

  bool connected() const override { return true; }
  std::size_t max_payload_bytes() const override { return 1 << 20; }
  absl::Status publish(const std::string& /*subject*/, std::string_view payload,
                       const std::optional<trace::TraceContext>& /*trace*/) override {
    answers.emplace_back(payload);
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> request(const std::string& /*subject*/, std::string_view /*payload*/,
                                      std::chrono::milliseconds /*timeout*/) override {
    return absl::UnavailableError("nobody serves it");
  }
  void request_async(const std::string& /*subject*/, std::string_view /*payload*/,
                     std::chrono::milliseconds /*timeout*/,
                     std::function<void(absl::StatusOr<std::string>)> /*done*/) override {}
  absl::StatusOr<std::unique_ptr<bus::Subscription>> subscribe(
      const std::string& subject, const std::string& queue_group,
      bus::MessageHandler handler) override {
    // Each process answers, not one of them.
    EXPECT_EQ(queue_group, "");
    handlers[subject] = std::move(handler);
    return std::make_unique<bus::Subscription>();
  }
  void on_reconnect(std::function<void()> /*callback*/) override {}
};

class StatusResponderTest : public testing::Test {
 protected:
  void start(const RefusalRing* refusals = nullptr) {
    auto responder = StatusResponder::start(connection_, self_, refusals, platform_);
    ASSERT_TRUE(responder.ok()) << responder.status();
    responder_ = *std::move(responder);
  }
  void ask(const std::string& subject, const std::string& payload,
           const std::string& reply_to = "inbox") {
    connection_.handlers.at(subject)({subject, payload, reply_to});
  }

  log::Logger log_{"test", log::Level::kError};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  time::ManualClock clock_{time::from_unix_us(1'700'000'000'000'000)};
  process::Platform platform_{log_, metrics_, readiness_, clock_};
  FakeConnection connection_;
  Self self_{"epts", "epts-2"};
  std::unique_ptr<StatusResponder> responder_;
};

TEST_F(StatusResponderTest, TellsWhatReadyzTells) {
  readiness_.set("nats", true, "connected");
  readiness_.set("postgres", false, "no \"route\"");
  start();
  ask(bus::subjects::kStatusRequest, v1::StatusRequest().SerializeAsString());
  ASSERT_THAT(connection_.answers, SizeIs(1));
  v1::ServiceStatus status;
  ASSERT_TRUE(status.ParseFromString(connection_.answers[0]));
  EXPECT_EQ(status.service(), "epts");
  EXPECT_EQ(status.instance_name(), "epts-2");
  EXPECT_NE(status.instance_id(), "");
  EXPECT_NE(status.version(), "");
  EXPECT_EQ(status.started_at_us(), 1'700'000'000'000'000);
  ASSERT_EQ(status.conditions_size(), 2);
  EXPECT_TRUE(status.conditions(0).met());
  EXPECT_EQ(status.conditions(1).name(), "postgres");
  EXPECT_FALSE(status.conditions(1).met());
  EXPECT_EQ(status.conditions(1).detail(), "no \"route\"");
}

TEST_F(StatusResponderTest, AddsConditionsAndFiguresOfTheServicesChoice) {
  self_.figures = {"millrace_test_total"};
  self_.further_conditions = [] {
    v1::Condition storing;
    storing.set_name("storing");
    return std::vector{storing};
  };
  metrics_.counter("millrace_test_total", "help", {{"outcome", "a b"}}).increment(2);
  metrics_.counter("millrace_test_totally_different", "help").increment();
  start();
  const v1::ServiceStatus status = responder_->status();
  ASSERT_EQ(status.conditions_size(), 1);
  EXPECT_EQ(status.conditions(0).name(), "storing");
  EXPECT_THAT(status.figures(), ElementsAre(Pair("millrace_test_total{outcome=\"a b\"}", 2)));
}

TEST_F(StatusResponderTest, TellsNoMoreFiguresThanItsBound) {
  self_.figures = {"millrace_test_total"};
  for (int i = 0; i < 100; ++i) {
    metrics_.counter("millrace_test_total", "help", {{"n", std::to_string(i)}}).increment();
  }
  start();
  EXPECT_EQ(responder_->status().figures().size(), kMaxFigures);
}

TEST_F(StatusResponderTest, TellsRefusalsWithWhoItIs) {
  RefusalRing ring;
  ring.add({clock_.now(), "v1", "ep", "c", 400, "no JSON"});
  start(&ring);
  v1::RefusalsRequest request;
  request.set_endpoint_id("ep");
  ask(bus::subjects::kRefusalsRequest, request.SerializeAsString());
  v1::RefusalsResponse response;
  ASSERT_THAT(connection_.answers, SizeIs(1));
  ASSERT_TRUE(response.ParseFromString(connection_.answers[0]));
  EXPECT_EQ(response.service(), "epts");
  ASSERT_EQ(response.refusals_size(), 1);
  EXPECT_EQ(response.refusals(0).reason_phrase(), "no JSON");
}

TEST_F(StatusResponderTest, AnswersNothingThatIsNoRequest) {
  start();
  EXPECT_FALSE(connection_.handlers.contains(bus::subjects::kRefusalsRequest));
  ask(bus::subjects::kStatusRequest, "\xff no protobuf");
  ask(bus::subjects::kStatusRequest, std::string(5000, '\n'));
  ask(bus::subjects::kStatusRequest, "", "");
  EXPECT_THAT(connection_.answers, SizeIs(0));
}

}  // namespace
}  // namespace millrace::status
