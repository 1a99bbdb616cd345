// SPDX-License-Identifier: Apache-2.0
#include "query/request_range.h"

#include <fmt/format.h>

#include "lib/error/error.h"
#include "query/request_field.h"

namespace millrace::query {
namespace {

using google::protobuf::Timestamp;

constexpr std::int64_t kNanosPerMicro = 1000;

// The first whole microsecond after `time`.
time::UnixMicros after(const Timestamp& time) {
  return time::from_unix_us(time.seconds() * 1'000'000 + time.nanos() / kNanosPerMicro + 1);
}

}  // namespace

absl::Status check_time(const std::string& field, const Timestamp& time) {
  const std::int64_t first = time::to_unix_us(time_series::kEarliestTime) / 1'000'000;
  const std::int64_t end = time::to_unix_us(time_series::kLatestTime) / 1'000'000;
  if (time.seconds() < first || time.seconds() >= end) {
    return refused(field,
                   fmt::format("seconds is {}, must be of the years 1 to 9999", time.seconds()));
  }
  if (time.nanos() < 0 || time.nanos() > 999'999'999) {
    return refused(field, fmt::format("nanos is {}, must be 0 to 999999999", time.nanos()));
  }
  return absl::OkStatus();
}

time::UnixMicros at_or_after(const Timestamp& time) {
  const std::int64_t us = (time.nanos() + kNanosPerMicro - 1) / kNanosPerMicro;
  return time::from_unix_us(time.seconds() * 1'000'000 + us);
}

bool is_later(const Timestamp& a, const Timestamp& b) {
  return a.seconds() != b.seconds() ? a.seconds() > b.seconds() : a.nanos() > b.nanos();
}

absl::StatusOr<time_series::TimeRange> checked_range(const RangeFields& fields) {
  if (fields.from == nullptr) return refused("from", "must be set");
  if (fields.to == nullptr) return refused("to", "must be set");
  MILLRACE_RETURN_IF_ERROR(check_time("from", *fields.from));
  MILLRACE_RETURN_IF_ERROR(check_time("to", *fields.to));
  if (is_later(*fields.from, *fields.to)) return refused("from", "must not be later than to");
  bool with_from = true;
  bool with_to = false;
  switch (fields.include_time) {
    case v1::INCLUDE_TIME_UNSPECIFIED:
    case v1::INCLUDE_TIME_FROM:
      break;
    case v1::INCLUDE_TIME_TO:
      with_from = false;
      with_to = true;
      break;
    case v1::INCLUDE_TIME_BOTH:
      with_to = true;
      break;
    case v1::INCLUDE_TIME_NONE:
      with_from = false;
      break;
    default:
      return refused("include_time", fmt::format("{} is no value of IncludeTime",
                                                 static_cast<int>(fields.include_time)));
  }
  return time_series::TimeRange{with_from ? at_or_after(*fields.from) : after(*fields.from),
                                with_to ? after(*fields.to) : at_or_after(*fields.to)};
}

}  // namespace millrace::query
