// SPDX-License-Identifier: Apache-2.0
//
// What the server counts, whoever it serves. Labels are bounded: by the enumerations here and the
// status codes that are known.
#pragma once

#include <map>
#include <vector>

#include "lib/http/refusal.h"
#include "lib/metrics/metric.h"

namespace millrace::http {

// Why a connection is closed as it comes.
enum class Unwelcome { kMaxConnections, kMaxConnectionsPerAddress, kProxyHeader };

// What a connection waited for when its time was over.
enum class Awaited { kProxyHeader, kHandshake, kRequest, kHead, kBody, kAnswer };

// Safe to use from any thread.
class ServerMetrics {
 public:
  explicit ServerMetrics(metrics::Registry& registry);

  void opened(bool tls) const;
  void closed(bool tls) const;
  void unwelcome(Unwelcome reason) const;
  void timed_out(Awaited awaited) const;
  void refused(Fault fault) const;
  void answered(int status) const;
  void answer_cut() const { cut_answers_.increment(); }
  void handshake_failed() const { failed_handshakes_.increment(); }

 private:
  const metrics::Gauge connections_;
  const metrics::Gauge tls_connections_;
  const std::vector<metrics::Counter> unwelcome_;  // by Unwelcome
  const std::vector<metrics::Counter> timed_out_;  // by Awaited
  const std::vector<metrics::Counter> refused_;    // by Fault
  const metrics::Counter cut_answers_;
  const metrics::Counter failed_handshakes_;
  const std::map<int, metrics::Counter> responses_;  // by status; 0: any other
};

}  // namespace millrace::http
