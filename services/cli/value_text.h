// SPDX-License-Identifier: Apache-2.0
//
// Times, numbers and lengths of time as a person types and reads them. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>
#include <google/protobuf/timestamp.pb.h>

#include "lib/time/clock.h"

namespace millrace::cli {

// RFC 3339 in UTC; six decimals where they are not all zero: "2026-11-23T06:31:00Z".
std::string format_time(time::UnixMicros time);
// Empty where it is not set (zero).
std::string format_time(const google::protobuf::Timestamp& time);

google::protobuf::Timestamp to_timestamp(time::UnixMicros time);

// "2026-11-23T06:31:00Z", with an offset "+01:00", with decimals (cut after microseconds);
// "2026-11-23", midnight UTC; "now", "now-7d", "now+90s" (units as in parse_duration of
// lib/config); since 1970 "1795415460", seconds, also with decimals, and as many digits as have
// milliseconds (12 to 14), microseconds (15 to 17) or nanoseconds (18, 19) of our time.
absl::StatusOr<time::UnixMicros> parse_time(std::string_view text, time::UnixMicros now);

// "90s", "7d": a length of time as parse_duration of lib/config takes it, up to 100 years, so that
// adding it to a time never overflows.
absl::StatusOr<std::chrono::milliseconds> parse_length(std::string_view text);

// The fewest digits that give the same number when read again.
std::string format_number(double number);

}  // namespace millrace::cli
