// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/windows.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lib/aggregation/time_zone.h"

namespace millrace::aggregation {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// RFC 3339, as in 2026-03-29T01:00:00+01:00.
time::UnixMicros at(const std::string& text) {
  absl::Time parsed;
  std::string why;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &parsed, &why)) << text << ": " << why;
  return time::from_unix_us(absl::ToUnixMicros(parsed));
}

absl::TimeZone zone(const std::string& name) {
  return *load_time_zone(name);
}

const Span kLong{at("1900-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z")};

std::string text(const Span& span) {
  return absl::FormatTime(absl::FromUnixMicros(time::to_unix_us(span.start)), absl::UTCTimeZone()) +
         " to " +
         absl::FormatTime(absl::FromUnixMicros(time::to_unix_us(span.end)), absl::UTCTimeZone());
}

void expect_window(const Windows& windows, const std::string& time, const std::string& start,
                   const std::string& end) {
  EXPECT_EQ(text(windows.at(at(time))), text({at(start), at(end)})) << "of " << time;
}

Windows calendar(CalendarUnit unit, const std::string& zone_name, std::int64_t count = 1) {
  return Windows(CalendarWindows{unit, count}, kLong, zone(zone_name));
}

TEST(Windows, TheWholeRangeIsOneWindow) {
  const Span range{at("2026-01-01T00:00:01Z"), at("2026-01-01T00:00:02Z")};
  const Windows windows(WholeRange{}, range, absl::UTCTimeZone());
  EXPECT_EQ(windows.at(range.start), range);
  EXPECT_EQ(windows.count(), 1);
}

TEST(Windows, FixedOnesBeginAtWholeMultiplesSince1970) {
  const Windows windows(FixedWindows{milliseconds{7}}, kLong, absl::UTCTimeZone());
  EXPECT_EQ(windows.at(time::from_unix_us(6'999)),
            (Span{time::from_unix_us(0), time::from_unix_us(7'000)}));
  EXPECT_EQ(windows.at(time::from_unix_us(7'000)).start, time::from_unix_us(7'000));
  EXPECT_EQ(windows.at(time::from_unix_us(-1)).start, time::from_unix_us(-7'000));
  EXPECT_EQ(windows.at(time::from_unix_us(-7'000)).start, time::from_unix_us(-7'000));
}

TEST(Windows, FixedOnesFollowTheStandardTimeOfTheZoneAllYear) {
  const Windows berlin(FixedWindows{hours{24}}, kLong, zone("Europe/Berlin"));
  expect_window(berlin, "2026-01-15T12:00:00+01:00", "2026-01-15T00:00:00+01:00",
                "2026-01-16T00:00:00+01:00");
  expect_window(berlin, "2026-07-15T12:00:00+02:00", "2026-07-15T01:00:00+02:00",
                "2026-07-16T01:00:00+02:00");
  // Summer there is in January; standard time all the same.
  const Windows sydney(FixedWindows{hours{24}}, kLong, zone("Australia/Sydney"));
  expect_window(sydney, "2026-07-15T12:00:00+10:00", "2026-07-15T00:00:00+10:00",
                "2026-07-16T00:00:00+10:00");
  // Not the offset of 1970, which was that of summer.
  const Windows london(FixedWindows{hours{24}}, kLong, zone("Europe/London"));
  expect_window(london, "2026-01-15T12:00:00Z", "2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z");
  const Windows kolkata(FixedWindows{hours{1}}, kLong, zone("Asia/Kolkata"));
  expect_window(kolkata, "2026-01-15T12:00:00Z", "2026-01-15T11:30:00Z", "2026-01-15T12:30:00Z");
}

TEST(Windows, ADayOfAChangeOfTheClockHas23Or25Hours) {
  const Windows days = calendar(CalendarUnit::kDay, "Europe/Berlin");
  expect_window(days, "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00",
                "2026-03-30T00:00:00+02:00");
  EXPECT_EQ(days.at(at("2026-03-29T00:00:00+01:00")).end - at("2026-03-29T00:00:00+01:00"),
            hours{23});
  EXPECT_EQ(days.at(at("2026-10-25T00:00:00+02:00")).end - at("2026-10-25T00:00:00+02:00"),
            hours{25});
}

TEST(Windows, WeeksBeginOnMonday) {
  const Windows weeks = calendar(CalendarUnit::kWeek, "UTC");
  expect_window(weeks, "1970-01-01T00:00:00Z", "1969-12-29T00:00:00Z", "1970-01-05T00:00:00Z");
  expect_window(weeks, "2026-11-29T23:59:59Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z");
}

TEST(Windows, MonthsAndYearsAreAsLongAsTheCalendarSays) {
  const Windows months = calendar(CalendarUnit::kMonth, "Europe/Berlin");
  expect_window(months, "2028-02-29T23:59:59+01:00", "2028-02-01T00:00:00+01:00",
                "2028-03-01T00:00:00+01:00");
  expect_window(months, "2026-03-31T12:00:00+02:00", "2026-03-01T00:00:00+01:00",
                "2026-04-01T00:00:00+02:00");
  const Windows quarters = calendar(CalendarUnit::kMonth, "UTC", 3);
  expect_window(quarters, "2026-11-27T00:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z");
  expect_window(quarters, "1969-12-31T23:00:00Z", "1969-10-01T00:00:00Z", "1970-01-01T00:00:00Z");
  const Windows decades = calendar(CalendarUnit::kYear, "UTC", 10);
  expect_window(decades, "2026-11-27T00:00:00Z", "2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
  expect_window(decades, "1969-12-31T23:00:00Z", "1960-01-01T00:00:00Z", "1970-01-01T00:00:00Z");
}

TEST(Windows, ADayBeginsWhereItsMidnightIsSkipped) {
  const Windows sao_paulo = calendar(CalendarUnit::kDay, "America/Sao_Paulo");
  expect_window(sao_paulo, "2018-11-04T12:00:00-02:00", "2018-11-04T01:00:00-02:00",
                "2018-11-05T00:00:00-02:00");
  expect_window(sao_paulo, "2018-11-03T23:59:59-03:00", "2018-11-03T00:00:00-03:00",
                "2018-11-04T01:00:00-02:00");
  const Windows beirut = calendar(CalendarUnit::kDay, "Asia/Beirut");
  expect_window(beirut, "2026-03-29T12:00:00+03:00", "2026-03-29T01:00:00+03:00",
                "2026-03-30T00:00:00+03:00");
}

TEST(Windows, ADayBeginsWhereAGapOverItsMidnightEnds) {
  // 1919-03-30T23:30 became 1919-03-31T00:30.
  const Windows days = calendar(CalendarUnit::kDay, "America/Toronto");
  expect_window(days, "1919-03-31T12:00:00-04:00", "1919-03-31T00:30:00-04:00",
                "1919-04-01T00:00:00-04:00");
  expect_window(days, "1919-03-30T23:29:59-05:00", "1919-03-30T00:00:00-05:00",
                "1919-03-31T00:30:00-04:00");
}

TEST(Windows, AnHourThatComesTwiceBeforeMidnightBelongsToItsDay) {
  // 2018-02-17T24:00 became 23:00.
  const Windows days = calendar(CalendarUnit::kDay, "America/Sao_Paulo");
  expect_window(days, "2018-02-17T23:30:00-02:00", "2018-02-17T00:00:00-02:00",
                "2018-02-18T00:00:00-03:00");
  expect_window(days, "2018-02-17T23:30:00-03:00", "2018-02-17T00:00:00-02:00",
                "2018-02-18T00:00:00-03:00");
}

TEST(Windows, OfAMidnightThatComesTwiceTheFirstCounts) {
  // 1999-10-31T00:01 became 1999-10-30T23:01.
  const Windows days = calendar(CalendarUnit::kDay, "America/St_Johns");
  expect_window(days, "1999-10-30T23:30:00-03:30", "1999-10-31T00:00:00-02:30",
                "1999-11-01T00:00:00-03:30");
  expect_window(days, "1999-10-30T23:30:00-02:30", "1999-10-30T00:00:00-02:30",
                "1999-10-31T00:00:00-02:30");
}

TEST(Windows, ADateThatAZoneLeftOutHasNone) {
  const Windows days = calendar(CalendarUnit::kDay, "Pacific/Apia");
  expect_window(days, "2011-12-29T23:00:00-10:00", "2011-12-29T00:00:00-10:00",
                "2011-12-31T00:00:00+14:00");
  expect_window(days, "2011-12-31T00:00:00+14:00", "2011-12-31T00:00:00+14:00",
                "2012-01-01T00:00:00+14:00");
}

TEST(Windows, AreCountedWhereTheRangeTouchesThem) {
  const auto count = [](WindowRule rule, const std::string& from, const std::string& to) {
    return Windows(rule, {at(from), at(to)}, absl::UTCTimeZone()).count();
  };
  const FixedWindows hourly{hours{1}};
  EXPECT_EQ(count(hourly, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), 0);
  EXPECT_EQ(count(hourly, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"), 1);
  EXPECT_EQ(count(hourly, "2026-01-01T00:59:59Z", "2026-01-01T01:00:01Z"), 2);
  EXPECT_EQ(count(CalendarWindows{CalendarUnit::kMonth, 1}, "2025-12-31T00:00:00Z",
                  "2027-01-01T00:00:00Z"),
            13);
  EXPECT_EQ(count(FixedWindows{milliseconds{1}}, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
            315'537'897'599'000);
}

// The windows of a zone follow each other without gap or overlap, and each time lies in its own.
TEST(Windows, CoverEachTimeOnce) {
  std::mt19937_64 random(11);
  const std::vector<std::string> zones = {"UTC",
                                          "Europe/Berlin",
                                          "America/Sao_Paulo",
                                          "Asia/Beirut",
                                          "Pacific/Apia",
                                          "America/St_Johns",
                                          "Africa/Casablanca",
                                          "Antarctica/Troll",
                                          "Australia/Lord_Howe",
                                          "America/Scoresbysund"};
  const Span times{at("1960-01-01T00:00:00Z"), at("2050-01-01T00:00:00Z")};
  std::uniform_int_distribution<std::int64_t> any(time::to_unix_us(times.start),
                                                  time::to_unix_us(times.end) - 1);
  for (int round = 0; round < 2000; ++round) {
    const std::string& name = zones[static_cast<std::size_t>(round) % zones.size()];
    WindowRule rule =
        FixedWindows{microseconds{1'000 + static_cast<std::int64_t>(random() % 100'000'000'000)}};
    if (round % 2 == 0) {
      rule = CalendarWindows{static_cast<CalendarUnit>(random() % 4),
                             1 + static_cast<std::int64_t>(random() % 5)};
    }
    const Windows windows(rule, times, zone(name));
    const time::UnixMicros time = time::from_unix_us(any(random));
    const Span window = windows.at(time);
    ASSERT_LE(window.start, time) << name;
    ASSERT_GT(window.end, time) << name;
    ASSERT_EQ(windows.at(window.start), window) << name << " " << text(window);
    ASSERT_EQ(windows.at(window.end - microseconds{1}), window) << name << " " << text(window);
    ASSERT_EQ(windows.at(window.end).start, window.end) << name << " " << text(window);
    ASSERT_EQ(windows.at(window.start - microseconds{1}).end, window.start)
        << name << " " << text(window);
  }
}

}  // namespace
}  // namespace millrace::aggregation
