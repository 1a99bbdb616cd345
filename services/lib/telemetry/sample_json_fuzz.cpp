// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer target: whatever the bytes, the check ends, stays within its limits and agrees with
// itself, also where the same value stands beside another one that is not ASCII.
#include <cstdlib>
#include <string>
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

  if (!absl::IsResourceExhausted(checked.status()) && !body.starts_with('\xEF')) {
    std::string pair = "[";
    pair += body;
    pair += ",\"\xC3\xA9\"]";
    const SampleLimits deeper{.max_depth = limits.max_depth + 1, .max_samples = 100};
    const auto beside = check_upload(pair, deeper);
    if (checked.ok() != (beside.ok() && beside->sample_count == 2)) std::abort();
  }

  const auto converted = plain_value_to_json("metric", body);
  if (converted.ok() && !check_upload(*converted, limits).ok()) std::abort();
  return 0;
}
