// SPDX-License-Identifier: Apache-2.0
#include "gateway/epts_time.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "gateway/parameter_faults.h"
#include "lib/config/value_text.h"
#include "lib/error/error.h"
#include "lib/time/iso8601.h"
#include "lib/time/timestamp.h"

namespace millrace::gateway {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::string_view kNow = "now";
// Of proto3's Timestamp.
constexpr time::UnixMicros kEarliest{microseconds{-62'135'596'800'000'000}};  // 0001-01-01
constexpr time::UnixMicros kLatest{microseconds{253'402'300'799'999'999}};    // 9999-12-31
constexpr milliseconds kLongestWay = std::chrono::hours{24} * 366 * 100;

// Nothing: not of this form.
std::optional<time::UnixMicros> relative(std::string_view text, time::UnixMicros now) {
  if (!text.starts_with(kNow)) return std::nullopt;
  text.remove_prefix(kNow.size());
  if (text.empty()) return now;
  const char sign = text.front();
  // A + that was not encoded comes as a blank.
  if (sign != '-' && sign != '+' && sign != ' ') return std::nullopt;
  const auto way = config::parse_duration(text.substr(1));
  if (!way.ok() || *way > kLongestWay) return std::nullopt;
  return sign == '-' ? now - *way : now + *way;
}

std::optional<time::UnixMicros> absolute(std::string_view text) {
  if (const auto time = time::parse_iso8601(text)) return time;
  const std::size_t blank = text.rfind(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  std::string mended(text);
  mended[blank] = '+';
  return time::parse_iso8601(mended);
}

bool is_whole(time::UnixMicros time) {
  return std::chrono::floor<milliseconds>(time) == time;
}

}  // namespace

absl::StatusOr<time::UnixMicros> parse_epts_time(std::string_view text, time::UnixMicros now) {
  auto time = relative(text, now);
  if (!time) time = absolute(text);
  if (!time || *time < kEarliest || *time > kLatest) {
    return absl::InvalidArgumentError(
        fmt::format("{} is no time of the years 1 to 9999; must be like 2020-07-31T13:55:23Z, "
                    "2020-07-31T13:55:23.123+02:00 or 2020-07-31 (without a zone UTC), now, now-7d",
                    shown(text)));
  }
  return *time;
}

std::string epts_time_text(time::UnixMicros time, TimeUnit unit) {
  if (unit == TimeUnit::kMilliseconds) time = std::chrono::floor<milliseconds>(time);
  std::string text = time::format_rfc3339_brief(time);
  constexpr std::string_view kWholeMillisecond = "000Z";
  if (text.ends_with(kWholeMillisecond)) {
    text.resize(text.size() - kWholeMillisecond.size());
    text += 'Z';
  }
  return text;
}

EptsRange epts_range(EptsRange ends, query::v1::IncludeTime include, TimeUnit unit) {
  const auto behind = [unit](time::UnixMicros end) -> time::UnixMicros {
    const bool is_millisecond = unit == TimeUnit::kMilliseconds && is_whole(end);
    return end + (is_millisecond ? microseconds{1000} : microseconds{1});
  };
  const bool with_from =
      include == query::v1::INCLUDE_TIME_FROM || include == query::v1::INCLUDE_TIME_BOTH;
  const bool with_to =
      include == query::v1::INCLUDE_TIME_TO || include == query::v1::INCLUDE_TIME_BOTH;
  const time::UnixMicros to = std::min(with_to ? behind(ends.to) : ends.to, kLatest);
  return {std::min(with_from ? ends.from : behind(ends.from), to), to};
}

}  // namespace millrace::gateway
