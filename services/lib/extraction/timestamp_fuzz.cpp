// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer target: whatever a timestamp holds, reading it ends, and what is read is where it can
// be reckoned with.
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/extraction/number_text.h"
#include "lib/extraction/timestamp.h"
#include "lib/telemetry/json_number.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace millrace::extraction;
  namespace configuration = millrace::configuration::v1;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (int format = 0; format < configuration::TimestampFormat_ARRAYSIZE; ++format) {
    const auto time = read_timestamp({FoundValue::Kind::kString, false, 0, text},
                                     static_cast<configuration::TimestampFormat>(format));
    if (!time) continue;
    const std::int64_t us = millrace::time::to_unix_us(*time);
    constexpr std::int64_t kFarthest = std::int64_t{1} << 62;
    if (us > kFarthest || us < -kFarthest) std::abort();
  }
  const bool is_number =
      !text.empty() && millrace::telemetry::json_number_length(text) == text.size();
  if (!is_number) return 0;
  // Ten times as much is what the next power of ten gives, up to what cutting takes away.
  const std::int64_t floor = scaled_floor(text, 0);
  const std::int64_t tenth = scaled_floor(text, -1);
  const bool in_range = floor > INT64_MIN && floor < INT64_MAX;
  if (in_range && tenth != (floor >= 0 ? floor / 10 : -((-floor + 9) / 10))) std::abort();
  return 0;
}
