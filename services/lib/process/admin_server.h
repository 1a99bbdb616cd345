// SPDX-License-Identifier: Apache-2.0
//
// The port for operators: /metrics, /healthz, /readyz, /version. The only user of CivetWeb.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "lib/config/settings_table.h"
#include "lib/metrics/metric.h"
#include "lib/process/platform.h"

namespace millrace::process {

// Answers from construction to destruction, on four threads of its own. The registry and the
// readiness must outlive it.
class AdminServer {
 public:
  struct Content {
    metrics::Registry& metrics;
    const Readiness& readiness;
    std::string version_json;  // the body of /version
  };

  // kUnavailable when the address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<AdminServer>> start(const config::Listen& listen,
                                                            Content content);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // The port in use, also where port 0 was asked for.
  std::uint16_t port() const;

 private:
  struct State;
  explicit AdminServer(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace millrace::process
