// SPDX-License-Identifier: Apache-2.0
//
// The receipts of uploads, by what became of them: what devices are told, and when to come again.
#pragma once

#include <chrono>
#include <cstddef>

#include <absl/status/status.h>

#include "lib/intake/intake.h"
#include "lib/registry_client/token_directory.h"

namespace millrace::intake {

Receipt accepted();
Receipt body_too_large(std::size_t bytes, std::size_t max_bytes);
// The gate lets nobody in now.
Receipt too_many_waiting();
// Of telemetry::check_upload() and plain_value_to_json().
Receipt receipt_of_check(const absl::Status& status);
Receipt receipt_of_look_up(const registry_client::LookUp& look_up);
// The endpoint's quota is used up for `wait`. The phrase is the same whenever it is said of an
// endpoint, so that a flood of them is one entry among the kept refusals.
Receipt too_many(const registry_client::LookUp& look_up, std::chrono::nanoseconds wait);
Receipt relaxed_path_refused(const registry_client::Identity& identity);
// Of the message that carried the upload.
Receipt receipt_of_publish(const absl::Status& status);

}  // namespace millrace::intake
