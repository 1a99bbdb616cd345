// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/receiver_metrics.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

TEST(ReceiverMetricsTest, ATallyIsAddedToItsCounters) {
  metrics::Registry registry;
  const ReceiverMetrics metrics(registry);
  const Tally tally{.packets = 9,
                    .publishes_qos_0 = 3,
                    .publishes_qos_1 = 4,
                    .status_responses = 2,
                    .error_responses = 1};
  metrics.count(tally);
  metrics.count(tally);
  const auto value = [&](const char* name, const metrics::Labels& labels = {}) {
    return registry.counter(name, "", labels).value();
  };
  EXPECT_EQ(value("millrace_mqtt_packets_received_total"), 18);
  EXPECT_EQ(value("millrace_mqtt_publishes_total", {{"qos", "0"}}), 6);
  EXPECT_EQ(value("millrace_mqtt_publishes_total", {{"qos", "1"}}), 8);
  EXPECT_EQ(value("millrace_mqtt_responses_total", {{"kind", "status"}}), 4);
  EXPECT_EQ(value("millrace_mqtt_responses_total", {{"kind", "error"}}), 2);
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
