// SPDX-License-Identifier: Apache-2.0
#include "cli/value_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "lib/config/value_text.h"
#include "lib/error/error.h"
#include "lib/telemetry/json_number.h"
#include "lib/time/timestamp.h"

namespace millrace::cli {
namespace {

using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::chrono::milliseconds kMaxLength = std::chrono::hours{24} * 366 * 100;

// Takes tokens off the front of a text; `ok` turns false at the first that does not fit.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  int digits(std::size_t count) {
    int number = 0;
    for (std::size_t i = 0; i < count && ok; ++i) {
      ok = !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
      if (!ok) break;
      number = number * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    return number;
  }
  // One of `chars`, lower case equal to upper case.
  char one_of(std::string_view chars) {
    const char c = rest.empty() ? '\0' : rest.front();
    ok = ok && c != '\0' && chars.find(c) != std::string_view::npos;
    if (ok) rest.remove_prefix(1);
    return c;
  }
  bool next_is(char c) const { return ok && !rest.empty() && rest.front() == c; }
};

std::optional<std::chrono::sys_days> scan_date(Scanner& scanner) {
  const int year = scanner.digits(4);
  scanner.one_of("-");
  const int month = scanner.digits(2);
  scanner.one_of("-");
  const int day = scanner.digits(2);
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!scanner.ok || !date.ok() || year < 1) return std::nullopt;
  return std::chrono::sys_days{date};
}

microseconds scan_fraction(Scanner& scanner) {
  if (!scanner.next_is('.')) return microseconds{0};
  scanner.one_of(".");
  std::int64_t us = scanner.digits(1);
  int count = 1;
  while (scanner.ok && !scanner.rest.empty() && scanner.rest.front() >= '0' &&
         scanner.rest.front() <= '9') {
    const int digit = scanner.digits(1);
    if (++count <= 6) us = us * 10 + digit;
  }
  for (; count < 6; ++count) us *= 10;
  return microseconds{us};
}

minutes scan_offset(Scanner& scanner) {
  const char sign = scanner.one_of("Zz+-");
  if (sign == 'Z' || sign == 'z') return minutes{0};
  const int hours = scanner.digits(2);
  scanner.one_of(":");
  const int past = scanner.digits(2);
  scanner.ok = scanner.ok && hours < 24 && past < 60;
  const minutes offset{hours * 60 + past};
  return sign == '-' ? -offset : offset;
}

std::optional<time::UnixMicros> parse_rfc3339(std::string_view text) {
  Scanner scanner{text};
  const auto date = scan_date(scanner);
  if (!date) return std::nullopt;
  if (scanner.rest.empty()) return time::UnixMicros{*date};
  scanner.one_of("Tt ");
  const int hour = scanner.digits(2);
  scanner.one_of(":");
  const int minute = scanner.digits(2);
  scanner.one_of(":");
  const int second = scanner.digits(2);
  const microseconds fraction = scan_fraction(scanner);
  const minutes offset = scan_offset(scanner);
  // 60: a leap second is the first moment of the next minute.
  if (!scanner.ok || !scanner.rest.empty() || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  return time::UnixMicros{*date} + std::chrono::hours{hour} + minutes{minute} + seconds{second} +
         fraction - offset;
}

// Only as many digits as cannot be a year or another slip: from 1973 on.
std::optional<time::UnixMicros> parse_epoch(std::string_view text) {
  const std::string_view whole = text.substr(0, text.find('.'));
  const bool digits =
      std::all_of(whole.begin(), whole.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || whole.size() < 9 || whole.size() > 19) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(whole.data(), whole.data() + whole.size(), number);
  if (fault != std::errc{}) return std::nullopt;
  if (whole.size() < 12) {
    Scanner scanner{text.substr(whole.size())};
    const microseconds fraction = scan_fraction(scanner);
    if (!scanner.ok || !scanner.rest.empty()) return std::nullopt;
    return time::from_unix_us(number * 1'000'000) + fraction;
  }
  if (whole.size() != text.size()) return std::nullopt;
  if (whole.size() < 15) return time::from_unix_us(number * 1000);
  return time::from_unix_us(whole.size() < 18 ? number : number / 1000);
}

absl::StatusOr<time::UnixMicros> parse_relative(std::string_view text, time::UnixMicros now) {
  if (text.empty()) return now;
  MILLRACE_ASSIGN_OR_RETURN(const auto offset, parse_length(text.substr(1)));
  return text.front() == '-' ? now - offset : now + offset;
}

}  // namespace

std::string format_time(time::UnixMicros time) {
  return time::format_rfc3339_brief(time);
}

std::string format_time(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return {};
  return format_time(time::from_unix_us(time.seconds() * 1'000'000 + time.nanos() / 1000));
}

google::protobuf::Timestamp to_timestamp(time::UnixMicros time) {
  const auto whole = std::chrono::floor<seconds>(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(whole.time_since_epoch().count());
  timestamp.set_nanos(static_cast<std::int32_t>((time - whole).count() * 1000));
  return timestamp;
}

absl::StatusOr<time::UnixMicros> parse_time(std::string_view text, time::UnixMicros now) {
  constexpr std::string_view kNow = "now";
  const std::string_view behind = text.starts_with(kNow) ? text.substr(kNow.size()) : text;
  const bool is_relative =
      text.starts_with(kNow) && (behind.empty() || behind.front() == '-' || behind.front() == '+');
  if (is_relative) {
    auto time = parse_relative(behind, now);
    if (time.ok()) return time;
    return absl::InvalidArgumentError(fmt::format("'{}' is no time: behind now+ and now- {}", text,
                                                  error::message(time.status())));
  }
  if (const auto time = parse_rfc3339(text)) return *time;
  if (const auto time = parse_epoch(text)) return *time;
  return absl::InvalidArgumentError(fmt::format(
      "'{}' is no time: must be like 2026-11-23T06:31:00Z, 2026-11-23, now, now-7d or 1795415460",
      text));
}

absl::StatusOr<std::chrono::milliseconds> parse_length(std::string_view text) {
  MILLRACE_ASSIGN_OR_RETURN(const auto length, config::parse_duration(text));
  if (length > kMaxLength) return absl::InvalidArgumentError("must be at most 36600d (100 years)");
  return length;
}

std::string format_number(double number) {
  return telemetry::number_text(number);
}

}  // namespace millrace::cli
