// SPDX-License-Identifier: Apache-2.0
//
// The table of cases: what docs/timestamps.md lists, and what is next to it and refused.
#include "lib/time/iso8601.h"

#include <cstdint>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace millrace::time {
namespace {

// Seconds since 1970 of 2019-04-26T15:41:07Z and of its midnight.
constexpr std::int64_t kThen = 1'556'293'267;
constexpr std::int64_t kDay = 1'556'236'800;

struct Case {
  const char* text;
  std::int64_t seconds;
  std::int64_t microseconds = 0;
};

void PrintTo(const Case& of, std::ostream* out) {
  *out << of.text;
}

class Iso8601 : public testing::TestWithParam<Case> {};

TEST_P(Iso8601, IsRead) {
  const auto time = parse_iso8601(GetParam().text);
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(to_unix_us(*time), GetParam().seconds * 1'000'000 + GetParam().microseconds);
}

using testing::Values;

INSTANTIATE_TEST_SUITE_P(
    Zones, Iso8601,
    Values(Case{"2019-04-26T15:41:07+0000", kThen}, Case{"2019-04-26T15:41:07+00:00", kThen},
           Case{"2019-04-26T15:41:07+00", kThen}, Case{"2019-04-26T15:41:07Z", kThen},
           Case{"2019-04-26t15:41:07z", kThen}, Case{"2019-04-26 15:41:07Z", kThen},
           Case{"2019-04-26 15:41:07", kThen}, Case{"2019-04-26T15:41:07", kThen},
           Case{"2019-04-26T15:41:07-00:00", kThen}, Case{"2019-04-26 15:41:07 +0000", kThen},
           Case{"2019-04-26T17:41:07+02:00", kThen}, Case{"2019-04-26T08:41:07-0700", kThen},
           Case{"2019-04-26T21:11:07+0530", kThen}, Case{"2019-04-27T05:26:07+13:45", kThen},
           Case{"2019-04-25T15:42:07-23:59", kThen}, Case{"2019-04-26T17+02", kThen - 2467}));

INSTANTIATE_TEST_SUITE_P(
    Dates, Iso8601,
    Values(Case{"20190426T154107Z", kThen}, Case{"20190426T154107+0200", kThen - 7200},
           Case{"20190426T15:41:07Z", kThen}, Case{"2019-04-26T154107Z", kThen},
           Case{"2019-04-26", kDay}, Case{"20190426", kDay}, Case{"2019-116", kDay},
           Case{"2019116", kDay}, Case{"2019-W17-5", kDay}, Case{"2019W175", kDay},
           Case{"2019-W17-5T15:41:07Z", kThen}, Case{"2019116T154107Z", kThen},
           Case{"+002019-04-26T15:41:07Z", kThen}, Case{"2000-02-29", 951'782'400},
           Case{"2020-12-31", 1'609'372'800}, Case{"2020-366", 1'609'372'800},
           Case{"2020-W53-4", 1'609'372'800}, Case{"2021-W01-1", 1'609'718'400},
           Case{"2016-W01-1", 1'451'865'600}, Case{"1970-W01-1", -259'200},
           Case{"1969-12-31T23:59:59Z", -1}, Case{"0001-01-01", -62'135'596'800},
           Case{"0000-01-01", -62'167'219'200}, Case{"9999-12-31T23:59:59Z", 253'402'300'799},
           Case{"+010000-01-01T00:00:00Z", 253'402'300'800}, Case{"-000001-12-31", -62'167'305'600},
           Case{"-000400-02-29", -74'784'902'400}));

INSTANTIATE_TEST_SUITE_P(
    Times, Iso8601,
    Values(Case{"2019-04-26T15:41Z", kThen - 7}, Case{"20190426T1541Z", kThen - 7},
           Case{"2019-04-26T15Z", kThen - 2467}, Case{"2019-04-26T24:00:00Z", kDay + 86'400},
           Case{"2019-04-26T24:00Z", kDay + 86'400}, Case{"2019-04-26T24:00:00.000", kDay + 86'400},
           Case{"2019-04-26T00:00:00Z", kDay},
           // A leap second is the second after it.
           Case{"2016-12-31T23:59:60Z", 1'483'228'800},
           Case{"2016-12-31T23:59:60.5Z", 1'483'228'800, 500'000},
           Case{"2016-12-31T15:59:60-08:00", 1'483'228'800},
           Case{"2017-01-01T05:29:60+05:30", 1'483'228'800}));

INSTANTIATE_TEST_SUITE_P(
    Fractions, Iso8601,
    Values(Case{"2019-04-26T15:41:07.5Z", kThen, 500'000},
           Case{"2019-04-26T15:41:07,5Z", kThen, 500'000},
           Case{"2019-04-26T15:41:07.123Z", kThen, 123'000},
           Case{"2019-04-26T15:41:07.123456", kThen, 123'456},
           Case{"2019-04-26T15:41:07.123456999Z", kThen, 123'456},
           Case{"2019-04-26T15:41:07.0000009Z", kThen, 0},
           Case{"2019-04-26T15:41:07.00000000000000000000000000000000000000001Z", kThen, 0},
           Case{"20190426T154107.25Z", kThen, 250'000},
           // Towards the past also before 1970.
           Case{"1969-12-31T23:59:59.9999999Z", -1, 999'999},
           Case{"1969-12-31T23:59:58.5Z", -2, 500'000}));

class NotIso8601 : public testing::TestWithParam<const char*> {};

TEST_P(NotIso8601, IsRefused) {
  EXPECT_FALSE(parse_iso8601(GetParam()).has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Forms, NotIso8601,
    Values("", " ", "now", "2019", "2019-04", "201904", "19-04-26", "2019-4-26", "2019/04/26",
           "26.04.2019", "2019-04-26T", "2019-04-26T1", "2019-04-26T15:4", "2019-04-26T15:41:",
           "2019-04-26T15:41:7Z", "2019-04-26T15:41:07.", "2019-04-26T15:41:07.Z",
           "2019-04-26T15:41:07ZZ", "2019-04-26T15:41:07 ", " 2019-04-26T15:41:07",
           "2019-04-26T15:41:07+0", "2019-04-26T15:41:07+000", "2019-04-26T15:41:07+00:0",
           "2019-04-26T15:41:07+00:00x", "2019-04-26T15:41:07 UTC", "2019-04-26T15:41:07[UTC]",
           "2019-04-26  15:41:07", "2019-04-26_15:41:07", "2019-04-26Z", "2019-0426", "201904-26",
           "2019-04-26T15.5Z", "2019-04-26T15:41.5Z", "1556293267", "Fri Apr 26 15:41:07 2019",
           "2019-W17", "2019-W17-", "-2019-04-26", "+2019-04-26", "-000000-01-01",
           "2019-04-26T15:41:07\xE2\x88\x92"
           "01:00"));

INSTANTIATE_TEST_SUITE_P(Calendar, NotIso8601,
                         Values("2019-02-29", "2100-02-29", "2019-13-01", "2019-00-01",
                                "2019-04-31", "2019-04-00", "2019-000", "2019-366", "2020-367",
                                "2019-W00-1", "2019-W53-1", "2020-W54-1", "2019-W17-0",
                                "2019-W17-8", "2019-04-26T25:00:00Z", "2019-04-26T24:00:01Z",
                                "2019-04-26T24:00:00.1Z", "2019-04-26T15:60:00Z",
                                "2019-04-26T15:41:60Z", "2016-12-31T23:58:60Z",
                                "2016-12-31T23:59:61Z", "2016-12-31T23:59:60+01:00",
                                "2019-04-26T15:41:07+24:00", "2019-04-26T15:41:07+00:60"));

TEST(Iso8601, GivesAnInstantFarAwayForYearsNoClockHas) {
  const auto latest = parse_iso8601("+999999-12-31T23:59:59.999999Z");
  const auto earliest = parse_iso8601("-999999-01-01");
  ASSERT_TRUE(latest && earliest);
  EXPECT_GT(to_unix_us(*latest), std::int64_t{1} << 61);
  EXPECT_LT(to_unix_us(*earliest), -(std::int64_t{1} << 61));
}

}  // namespace
}  // namespace millrace::time
