// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer target: whatever the bytes, the check ends, stays within its limits and agrees with
// itself.
#include <cstdlib>
#include <string_view>

#include "lib/telemetry/plain_value.h"
#include "lib/telemetry/sample_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace millrace::telemetry;
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  const SampleLimits limits{.max_depth = 16, .max_samples = 100};

  const auto checked = check_upload(body, limits);
  if (checked.ok()) {
    if (checked->sample_count > limits.max_samples) std::abort();
    const auto again = check_upload(checked->json, limits);
    if (!again.ok() || again->sample_count != checked->sample_count) std::abort();
  }

  const auto converted = plain_value_to_json("metric", body);
  if (converted.ok() && !check_upload(*converted, limits).ok()) std::abort();
  return 0;
}
