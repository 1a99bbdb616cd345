// SPDX-License-Identifier: Apache-2.0
//
// Answers for this process, over NATS, what it waits for and what it refused
// (proto/millrace/status/v1).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/process/platform.h"
#include "lib/status/refusal_ring.h"

#include "millrace/status/v1/status.pb.h"

namespace millrace::status {

inline constexpr std::size_t kMaxFigures = 64;

struct Self {
  std::string service;  // http-receiver, …
  std::string instance_name;
  // Metrics that go into the answer, with all their labels, up to kMaxFigures figures together.
  std::vector<std::string> figures = {};
  // Beside those of /readyz; may be empty. Must not block.
  std::function<std::vector<v1::Condition>()> further_conditions = {};
};

class StatusResponder {
 public:
  // `refusals` may be null: this process refuses no uploads. Both it and `connection` must outlive
  // the responder.
  static absl::StatusOr<std::unique_ptr<StatusResponder>> start(bus::Connection& connection,
                                                                Self self,
                                                                const RefusalRing* refusals,
                                                                process::Platform& platform);

  // What is answered; for tests.
  v1::ServiceStatus status() const;
  v1::RefusalsResponse refusals(const v1::RefusalsRequest& request) const;

 private:
  StatusResponder(bus::Connection& connection, Self self, const RefusalRing* refusals,
                  process::Platform& platform);
  absl::Status subscribe();

  bus::Connection& connection_;
  const Self self_;
  const RefusalRing* const refusals_;
  process::Platform& platform_;
  const std::string instance_id_;
  const time::UnixMicros started_at_;
  std::vector<std::unique_ptr<bus::Subscription>> subscriptions_;  // last: they use the others
};

}  // namespace millrace::status
