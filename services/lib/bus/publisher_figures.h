// SPDX-License-Identifier: Apache-2.0
//
// For main_itest.cpp --bench: what the publisher costs over the bare server.
#pragma once

#include <string>

namespace millrace::bus {

// Publishes 256-byte messages to DATA_SAMPLES at `url`, one at a time and many in flight, and
// prints latencies and rates as one JSON line each. False when the server cannot be used.
bool print_publisher_figures(const std::string& url);

}  // namespace millrace::bus
