// SPDX-License-Identifier: Apache-2.0
//
// The receiver's metrics; the README has the table. Samples and their outcomes are counted by
// lib/intake.
#pragma once

#include <array>
#include <vector>

#include "lib/metrics/metric.h"
#include "mqtt-receiver/opening.h"
#include "mqtt-receiver/reason_code.h"
#include "mqtt-receiver/session_actions.h"

namespace millrace::mqtt_receiver {

// Safe to use from any thread.
class ReceiverMetrics {
 public:
  explicit ReceiverMetrics(metrics::Registry& registry);

  void count(const Tally& tally) const;
  void count_closed(CloseReason reason) const;
  void count(OpeningFault fault) const;
  const metrics::Gauge& connections(registry_client::ClientTransport transport) const;

  const metrics::Gauge paused_connections;
  const metrics::Gauge buffered_bytes;
  const metrics::Counter connects_accepted;
  const metrics::Counter connects_refused;    // by CONNACK
  const metrics::Counter connects_abandoned;  // ended before an accepted CONNECT
  const metrics::Counter connects_over_limit;
  const metrics::Counter connects_over_address_limit;
  const metrics::Counter received_bytes;
  const metrics::Counter sent_bytes;

 private:
  const metrics::Counter packets_;
  const std::array<metrics::Counter, 3> publishes_;  // by QoS
  const metrics::Counter repeated_publishes_;
  const metrics::Counter status_responses_;
  const metrics::Counter error_responses_;
  const metrics::Counter replies_;
  const metrics::Counter oversized_answers_;
  const metrics::Counter rate_pauses_;
  const metrics::Counter wills_submitted_;
  const metrics::Counter wills_dropped_;
  std::vector<metrics::Counter> refusals_;          // by Refusal
  std::vector<metrics::Counter> closed_;            // by CloseReason
  std::vector<metrics::Counter> opening_failures_;  // by OpeningFault
  std::vector<metrics::Gauge> connections_;         // by ClientTransport
};

}  // namespace millrace::mqtt_receiver
