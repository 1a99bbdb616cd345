// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/receiver_metrics.h"

#include <string>

namespace millrace::mqtt_receiver {

namespace {

metrics::Counter connects(metrics::Registry& registry, const char* result) {
  return registry.counter("millrace_mqtt_connects_total", "Connections by how they began.",
                          {{"result", result}});
}

metrics::Counter publishes(metrics::Registry& registry, const char* qos) {
  return registry.counter("millrace_mqtt_publishes_total", "PUBLISH packets received.",
                          {{"qos", qos}});
}

metrics::Counter responses(metrics::Registry& registry, const char* kind) {
  return registry.counter("millrace_mqtt_responses_total",
                          "Responses published to devices on /status and /error.",
                          {{"kind", kind}});
}

// Most packets are of one kind: a counter that does not change is not touched.
void add(const metrics::Counter& counter, std::uint32_t count) {
  if (count > 0) counter.increment(count);
}

}  // namespace

ReceiverMetrics::ReceiverMetrics(metrics::Registry& registry)
    : connections(registry.gauge("millrace_mqtt_connections", "Open connections.")),
      paused_connections(registry.gauge(
          "millrace_mqtt_paused_connections",
          "Connections not read from: uploads in flight at the bound, bus away, slow reader.")),
      buffered_bytes(registry.gauge("millrace_mqtt_buffered_bytes",
                                    "Memory held for devices: of max-buffered-size.")),
      connects_accepted(connects(registry, "accepted")),
      connects_refused(connects(registry, "refused")),
      connects_abandoned(connects(registry, "abandoned")),
      connects_over_limit(connects(registry, "over_limit")),
      received_bytes(
          registry.counter("millrace_mqtt_received_bytes_total", "Bytes read from devices.")),
      sent_bytes(registry.counter("millrace_mqtt_sent_bytes_total", "Bytes written to devices.")),
      packets_(registry.counter("millrace_mqtt_packets_received_total",
                                "Control packets received, of all types.")),
      publishes_qos_0_(publishes(registry, "0")),
      publishes_qos_1_(publishes(registry, "1")),
      status_responses_(responses(registry, "status")),
      error_responses_(responses(registry, "error")) {
  for (std::size_t i = 0; i < kCloseReasonCount; ++i) {
    closed_.push_back(
        registry.counter("millrace_mqtt_closed_total", "Connections by why they ended.",
                         {{"reason", std::string(name(static_cast<CloseReason>(i)))}}));
  }
}

void ReceiverMetrics::count(const Tally& tally) const {
  add(packets_, tally.packets);
  add(publishes_qos_0_, tally.publishes_qos_0);
  add(publishes_qos_1_, tally.publishes_qos_1);
  add(status_responses_, tally.status_responses);
  add(error_responses_, tally.error_responses);
}

void ReceiverMetrics::count_closed(CloseReason reason) const {
  closed_.at(static_cast<std::size_t>(reason)).increment();
}

}  // namespace millrace::mqtt_receiver
