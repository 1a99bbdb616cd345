// SPDX-License-Identifier: Apache-2.0
//
// The receiver's metrics; the README has the table. Samples and their outcomes are counted by
// lib/intake.
#pragma once

#include <vector>

#include "lib/metrics/metric.h"
#include "mqtt-receiver/reason_code.h"
#include "mqtt-receiver/session.h"

namespace millrace::mqtt_receiver {

// Safe to use from any thread.
class ReceiverMetrics {
 public:
  explicit ReceiverMetrics(metrics::Registry& registry);

  void count(const Tally& tally) const;
  void count_closed(CloseReason reason) const;

  const metrics::Gauge connections;
  const metrics::Gauge paused_connections;
  const metrics::Gauge buffered_bytes;
  const metrics::Counter connects_accepted;
  const metrics::Counter connects_refused;    // by CONNACK
  const metrics::Counter connects_abandoned;  // ended before an accepted CONNECT
  const metrics::Counter connects_over_limit;
  const metrics::Counter received_bytes;
  const metrics::Counter sent_bytes;

 private:
  const metrics::Counter packets_;
  const metrics::Counter publishes_qos_0_;
  const metrics::Counter publishes_qos_1_;
  const metrics::Counter status_responses_;
  const metrics::Counter error_responses_;
  std::vector<metrics::Counter> closed_;  // by CloseReason
};

}  // namespace millrace::mqtt_receiver
