// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/receiver_metrics.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

TEST(ReceiverMetricsTest, ATallyIsAddedToItsCounters) {
  metrics::Registry registry;
  const ReceiverMetrics metrics(registry);
  Tally tally{.packets = 9,
              .publishes = {3, 4, 5},
              .repeated_publishes = 6,
              .status_responses = 2,
              .error_responses = 1,
              .replies = 7,
              .oversized_answers = 8,
              .rate_pauses = 10,
              .wills_submitted = 11,
              .wills_dropped = 12};
  tally.refusals.at(static_cast<std::size_t>(Refusal::kForbidden)) = 13;
  metrics.count(tally);
  metrics.count(tally);
  const auto value = [&](const char* name, const metrics::Labels& labels = {}) {
    return registry.counter(name, "", labels).value();
  };
  EXPECT_EQ(value("millrace_mqtt_packets_received_total"), 18);
  EXPECT_EQ(value("millrace_mqtt_publishes_total", {{"qos", "0"}}), 6);
  EXPECT_EQ(value("millrace_mqtt_publishes_total", {{"qos", "1"}}), 8);
  EXPECT_EQ(value("millrace_mqtt_publishes_total", {{"qos", "2"}}), 10);
  EXPECT_EQ(value("millrace_mqtt_repeated_publishes_total"), 12);
  EXPECT_EQ(value("millrace_mqtt_responses_total", {{"kind", "status"}}), 4);
  EXPECT_EQ(value("millrace_mqtt_responses_total", {{"kind", "error"}}), 2);
  EXPECT_EQ(value("millrace_mqtt_responses_total", {{"kind", "reply"}}), 14);
  EXPECT_EQ(value("millrace_mqtt_oversized_answers_total"), 16);
  EXPECT_EQ(value("millrace_mqtt_rate_pauses_total"), 20);
  EXPECT_EQ(value("millrace_mqtt_wills_total", {{"result", "submitted"}}), 22);
  EXPECT_EQ(value("millrace_mqtt_wills_total", {{"result", "dropped"}}), 24);
  EXPECT_EQ(value("millrace_mqtt_refused_publishes_total", {{"reason", "forbidden"}}), 26);
  EXPECT_EQ(value("millrace_mqtt_refused_publishes_total", {{"reason", "too_large"}}), 0);
}

TEST(ReceiverMetricsTest, EveryReasonIsShownBeforeItHappens) {
  metrics::Registry registry;
  const ReceiverMetrics metrics(registry);
  metrics.count_closed(close_reason(mqtt::Fault::kTooManySubscriptions));
  const std::string text = registry.expose();
  for (std::size_t i = 0; i < kCloseReasonCount; ++i) {
    const std::string label = "reason=\"" + std::string(name(static_cast<CloseReason>(i))) + "\"";
    EXPECT_NE(text.find(label), std::string::npos) << label;
  }
  EXPECT_EQ(
      registry.counter("millrace_mqtt_closed_total", "", {{"reason", "too_many_subscriptions"}})
          .value(),
      1);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
