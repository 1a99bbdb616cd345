// SPDX-License-Identifier: Apache-2.0
//
// Times of Kaa's EPTS REST API, as its clients write and read them. docs/kaa-rest.md explains the
// choices. Pure.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/time/clock.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::gateway {

// Kaa's times are milliseconds, ours microseconds.
enum class TimeUnit { kMilliseconds, kMicroseconds };

// ISO 8601 in any form of docs/timestamps.md, without a zone UTC; "now", "now-7d", "now+15m" with
// the units of settings (ms, s, m, h, d). A + of an offset that came as a blank, because it was not
// encoded, is taken for one. Years 1 to 9999. kInvalidArgument: says what the text must be.
absl::StatusOr<time::UnixMicros> parse_epts_time(std::string_view text, time::UnixMicros now);

// RFC 3339 in UTC without a fraction that is zero: "2020-07-31T13:55:23.123Z",
// "2020-07-31T13:55:23Z". In milliseconds what is finer is cut off, towards the past; in
// microseconds there are three digits or six.
std::string epts_time_text(time::UnixMicros time, TimeUnit unit);

// Half-open: from <= time < to.
struct EptsRange {
  time::UnixMicros from;
  time::UnixMicros to;
};

// Which points a range means whose ends belong to it as `include` says. In milliseconds an end that
// is a whole one stands for all of that millisecond, so that a point is found again by the time it
// is shown with. Empty where from == to.
EptsRange epts_range(EptsRange ends, query::v1::IncludeTime include, TimeUnit unit);

}  // namespace millrace::gateway
