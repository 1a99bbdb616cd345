// SPDX-License-Identifier: Apache-2.0
//
// Receipt times: given once, by the receiver, and strictly increasing for an endpoint within this
// process, so that two samples without a time of their own never fall on one instant.
#pragma once

#include <cstdint>

#include "lib/registry_client/token_directory.h"
#include "lib/time/clock.h"

namespace millrace::intake {

// The receipt time of the first of `samples` samples, microseconds; sample i gets +i. It is `now`,
// or what follows the endpoint's last sample when that is later: when the clock was set back, or
// when more than a sample a microsecond arrives. Safe to call from any thread.
std::int64_t reserve_receipt_times(const registry_client::Identity& identity, time::UnixMicros now,
                                   std::uint32_t samples);

}  // namespace millrace::intake
