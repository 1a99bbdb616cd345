// SPDX-License-Identifier: Apache-2.0
//
// What a device may send: one walk over the JSON text of an upload that checks it and counts its
// samples, without building anything. RFC 8259; docs/uploads.md has the table of cases.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <absl/status/statusor.h>

namespace millrace::telemetry {

struct SampleLimits {
  std::size_t max_depth = 64;          // nested arrays and objects, the batch's array included
  std::uint32_t max_samples = 10'000;  // in one upload
};

struct CheckedUpload {
  std::string_view json;           // the text without byte order mark; points into the input
  std::uint32_t sample_count = 0;  // elements of an array, 1 for any other value; 0 for []
};

// kInvalidArgument: not JSON, not UTF-8, too deep (with position and what to change);
// kResourceExhausted: too many samples. Numbers are checked for grammar only: 1e400 is JSON;
// whether a series can hold it is for EPTS to say.
absl::StatusOr<CheckedUpload> check_upload(std::string_view body, const SampleLimits& limits);

}  // namespace millrace::telemetry
