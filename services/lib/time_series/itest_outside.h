// SPDX-License-Identifier: Apache-2.0
//
// The platform of the writers' integration tests.
#pragma once

#include "lib/process/platform.h"

namespace millrace::time_series {

struct ItestOutside {
  log::Logger log{"itest", log::Level::kError};
  metrics::Registry metrics;
  process::Readiness readiness;
  time::ManualClock clock{time::UnixMicros{
      std::chrono::sys_days{std::chrono::year{2026} / std::chrono::November / 25}}};  // a Wednesday
  process::Platform platform{log, metrics, readiness, clock};
};

}  // namespace millrace::time_series
