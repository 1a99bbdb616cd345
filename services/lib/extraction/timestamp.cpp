// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/timestamp.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "lib/extraction/number_text.h"
#include "lib/telemetry/json_number.h"
#include "lib/time/iso8601.h"

namespace millrace::extraction {
namespace {

// Ten to this power of the unit is a microsecond.
std::optional<int> power_of(configuration::v1::TimestampFormat format) {
  switch (format) {
    case configuration::v1::TIMESTAMP_FORMAT_UNIX_EPOCH:
      return 6;
    case configuration::v1::TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH:
      return 3;
    case configuration::v1::TIMESTAMP_FORMAT_MICROS_UNIX_EPOCH:
      return 0;
    case configuration::v1::TIMESTAMP_FORMAT_NANOS_UNIX_EPOCH:
      return -3;
    default:
      return std::nullopt;
  }
}

// A number, or a string that holds nothing but one.
bool is_number(const FoundValue& value) {
  if (value.kind == FoundValue::Kind::kNumber) return true;
  return value.kind == FoundValue::Kind::kString && !value.text.empty() &&
         telemetry::json_number_length(value.text) == value.text.size();
}

}  // namespace

std::optional<time::UnixMicros> read_timestamp(const FoundValue& value,
                                               configuration::v1::TimestampFormat format) {
  const std::optional<int> power = power_of(format);
  if (!power) {
    if (value.kind != FoundValue::Kind::kString) return std::nullopt;
    return time::parse_iso8601(value.text);
  }
  if (!is_number(value)) return std::nullopt;
  // So that sums with it do not overflow.
  constexpr std::int64_t kFarthest = std::int64_t{1} << 62;
  return time::from_unix_us(std::clamp(scaled_floor(value.text, *power), -kFarthest, kFarthest));
}

}  // namespace millrace::extraction
