// SPDX-License-Identifier: Apache-2.0
//
// Why requests were refused by the receiver itself: after lib/http has read them, before the intake
// sees them. Those of the other two are counted there.
#pragma once

#include <vector>

#include "lib/metrics/metric.h"

namespace millrace::http_receiver {

// Safe to use from any thread.
class RefusalCounts {
 public:
  enum class Reason {
    kUnknownPath,
    kMethod,
    kOrigin,  // a preflight of a site that is not allowed
    kContentEncoding,
    kDamagedBody,
    kInflatedTooLarge,
  };

  explicit RefusalCounts(metrics::Registry& registry);

  void count(Reason reason) const { counters_[static_cast<std::size_t>(reason)].increment(); }

 private:
  std::vector<metrics::Counter> counters_;  // by Reason
};

}  // namespace millrace::http_receiver
