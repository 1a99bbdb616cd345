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
                          "Responses published to devices: /status, /error, response topics.",
                          {{"kind", kind}});
}

metrics::Counter wills(metrics::Registry& registry, const char* result) {
  return registry.counter("millrace_mqtt_wills_total",
                          "Wills of connections that ended without DISCONNECT.",
                          {{"result", result}});
}

// Most packets are of one kind: a counter that does not change is not touched.
void add(const metrics::Counter& counter, std::uint32_t count) {
  if (count > 0) counter.increment(count);
}

}  // namespace

ReceiverMetrics::ReceiverMetrics(metrics::Registry& registry)
    : paused_connections(registry.gauge(
          "millrace_mqtt_paused_connections",
          "Connections not read from: uploads in flight at the bound, bus away, slow reader.")),
      buffered_bytes(registry.gauge("millrace_mqtt_buffered_bytes",
                                    "Memory held for devices: of max-buffered-size.")),
      connects_accepted(connects(registry, "accepted")),
      connects_refused(connects(registry, "refused")),
      connects_abandoned(connects(registry, "abandoned")),
      connects_over_limit(connects(registry, "over_limit")),
      connects_over_address_limit(connects(registry, "over_address_limit")),
      received_bytes(
          registry.counter("millrace_mqtt_received_bytes_total", "Bytes read from devices.")),
      sent_bytes(registry.counter("millrace_mqtt_sent_bytes_total", "Bytes written to devices.")),
      packets_(registry.counter("millrace_mqtt_packets_received_total",
                                "Control packets received, of all types.")),
      publishes_{publishes(registry, "0"), publishes(registry, "1"), publishes(registry, "2")},
      repeated_publishes_(
          registry.counter("millrace_mqtt_repeated_publishes_total",
                           "QoS 2 publishes with an identifier in use: not stored again.")),
      status_responses_(responses(registry, "status")),
      error_responses_(responses(registry, "error")),
      replies_(responses(registry, "reply")),
      oversized_answers_(registry.counter(
          "millrace_mqtt_oversized_answers_total",
          "Packets not sent because the client's maximum packet size is smaller.")),
      rate_pauses_(registry.counter("millrace_mqtt_rate_pauses_total",
                                    "Times a connection was not read from for max-publish-rate.")),
      wills_submitted_(wills(registry, "submitted")),
      wills_dropped_(wills(registry, "dropped")) {
  for (std::size_t i = 0; i < kRefusalCount; ++i) {
    refusals_.push_back(registry.counter("millrace_mqtt_refused_publishes_total",
                                         "Publishes refused, by reason.",
                                         {{"reason", std::string(name(static_cast<Refusal>(i)))}}));
  }
  for (std::size_t i = 0; i < kCloseReasonCount; ++i) {
    closed_.push_back(
        registry.counter("millrace_mqtt_closed_total", "Connections by why they ended.",
                         {{"reason", std::string(name(static_cast<CloseReason>(i)))}}));
  }
  for (std::size_t i = 0; i < kOpeningFaultCount; ++i) {
    opening_failures_.push_back(registry.counter(
        "millrace_mqtt_opening_failures_total",
        "Connections that did not come as far as MQTT, by why: TLS, WebSocket, PROXY protocol.",
        {{"reason", std::string(name(static_cast<OpeningFault>(i)))}}));
  }
  for (std::size_t i = 0; i < registry_client::kClientTransports; ++i) {
    connections_.push_back(registry.gauge(
        "millrace_mqtt_connections", "Open connections, by transport.",
        {{"transport", registry_client::name(static_cast<registry_client::ClientTransport>(i))}}));
  }
}

void ReceiverMetrics::count(const Tally& tally) const {
  add(packets_, tally.packets);
  for (std::size_t i = 0; i < publishes_.size(); ++i) add(publishes_[i], tally.publishes[i]);
  add(repeated_publishes_, tally.repeated_publishes);
  add(status_responses_, tally.status_responses);
  add(error_responses_, tally.error_responses);
  add(replies_, tally.replies);
  add(oversized_answers_, tally.oversized_answers);
  add(rate_pauses_, tally.rate_pauses);
  add(wills_submitted_, tally.wills_submitted);
  add(wills_dropped_, tally.wills_dropped);
  for (std::size_t i = 0; i < refusals_.size(); ++i) add(refusals_[i], tally.refusals[i]);
}

void ReceiverMetrics::count_closed(CloseReason reason) const {
  closed_.at(static_cast<std::size_t>(reason)).increment();
}

void ReceiverMetrics::count(OpeningFault fault) const {
  opening_failures_.at(static_cast<std::size_t>(fault)).increment();
}

const metrics::Gauge& ReceiverMetrics::connections(
    registry_client::ClientTransport transport) const {
  return connections_.at(static_cast<std::size_t>(transport));
}

}  // namespace millrace::mqtt_receiver
