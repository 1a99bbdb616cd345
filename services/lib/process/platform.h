// SPDX-License-Identifier: Apache-2.0
//
// What every part of a service gets from outside, by reference in its constructor. No singletons.
#pragma once

#include <map>
#include <string>

#include "lib/concurrency/mutex.h"
#include "lib/log/log.h"
#include "lib/metrics/metric.h"
#include "lib/time/clock.h"

namespace millrace::process {

// Named conditions that must all hold before the service is ready (/readyz). Safe to call from any
// thread.
class Readiness {
 public:
  // A condition exists from its first set(). `detail` says what is waited for or wrong; shown by
  // /readyz.
  void set(const std::string& condition, bool holds, const std::string& detail);
  bool ready() const;
  // {"ready":false,"conditions":{"nats":{"holds":false,"detail":"…"}}}
  std::string to_json() const;

 private:
  struct Condition {
    bool holds = false;
    std::string detail;
  };
  mutable concurrency::Mutex mutex_;
  std::map<std::string, Condition> conditions_ ABSL_GUARDED_BY(mutex_);
};

struct Platform {
  log::Logger& log;
  metrics::Registry& metrics;
  Readiness& readiness;
  const time::Clock& clock;
};

}  // namespace millrace::process
