// SPDX-License-Identifier: Apache-2.0
//
// Sleeping that a stop request ends.
#pragma once

#include <chrono>
#include <stop_token>

namespace millrace::concurrency {

// Sleeps for `duration` or until `stop` is requested, whichever is first. Returns false when
// stopped.
bool sleep_for(std::stop_token stop, std::chrono::milliseconds duration);

}  // namespace millrace::concurrency
