// SPDX-License-Identifier: Apache-2.0
#include "gateway/epts_time.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::gateway {
namespace {

using query::v1::IncludeTime;
using testing::HasSubstr;

// 2020-07-31T13:55:23.123456Z
constexpr std::int64_t kSecondUs = 1'596'203'723'000'000;
constexpr std::int64_t kMomentUs = kSecondUs + 123'456;
const time::UnixMicros kNow = time::from_unix_us(kMomentUs);

std::int64_t parsed(std::string_view text) {
  const auto time = parse_epts_time(text, kNow);
  EXPECT_TRUE(time.ok()) << time.status();
  return time.ok() ? time::to_unix_us(*time) : 0;
}

TEST(EptsTime, EveryFormOfTheKnownClientsIsRead) {
  // Java's yyyy-MM-dd'T'HH:mm:ss.SSS'Z', and without the fraction.
  EXPECT_EQ(parsed("2020-07-31T13:55:23.123Z"), kSecondUs + 123'000);
  EXPECT_EQ(parsed("2020-07-31T13:55:23Z"), kSecondUs);
  // Python's datetime.isoformat(), with and without microseconds, without and with a zone.
  EXPECT_EQ(parsed("2020-07-31T13:55:23.123456"), kMomentUs);
  EXPECT_EQ(parsed("2020-07-31T13:55:23"), kSecondUs);
  EXPECT_EQ(parsed("2020-07-31T15:55:23.123456+02:00"), kMomentUs);
  // An offset without colon, also where the + was not encoded.
  EXPECT_EQ(parsed("2020-07-31T13:55:23+0000"), kSecondUs);
  EXPECT_EQ(parsed("2020-07-31T13:55:23 0000"), kSecondUs);
  EXPECT_EQ(parsed("2020-07-31T15:55:23 02:00"), kSecondUs);
  EXPECT_EQ(parsed("2020-07-31 13:55:23"), kSecondUs);
  EXPECT_EQ(parsed("2020-07-31"), kSecondUs - 50'123'000'000);
  EXPECT_EQ(parsed("1970-01-01T00:00:00.000Z"), 0);
}

TEST(EptsTime, RelativeTimesCountFromNow) {
  EXPECT_EQ(parsed("now"), kMomentUs);
  EXPECT_EQ(parsed("now-7d"), kMomentUs - 604'800'000'000);
  EXPECT_EQ(parsed("now+15m"), kMomentUs + 900'000'000);
  EXPECT_EQ(parsed("now 15m"), kMomentUs + 900'000'000);
}

TEST(EptsTime, EverythingElseIsRefusedInWords) {
  for (const char* text :
       {"", "yesterday", "now-", "now-7", "now-7x", "now+-1d", "now-99999999d", "nowhere", "today",
        "2020-13-01", "2020-02-30T00:00:00Z", "2020-07-31T25:00:00Z", "2020-07-31T13:55:23Z ",
        "0000-12-31T00:00:00Z", "+010000-01-01", "1596203723", "' OR 1=1"}) {
    const auto time = parse_epts_time(text, kNow);
    ASSERT_TRUE(absl::IsInvalidArgument(time.status())) << text;
    EXPECT_THAT(error::message(time.status()), HasSubstr("'" + std::string(text) + "' is no time"));
  }
}

std::string text_of(std::int64_t us, TimeUnit unit) {
  return epts_time_text(time::from_unix_us(us), unit);
}

TEST(EptsTime, MillisecondsHaveThreeDigitsOrNone) {
  EXPECT_EQ(text_of(kMomentUs, TimeUnit::kMilliseconds), "2020-07-31T13:55:23.123Z");
  EXPECT_EQ(text_of(kSecondUs + 999, TimeUnit::kMilliseconds), "2020-07-31T13:55:23Z");
  EXPECT_EQ(text_of(kSecondUs + 100'000, TimeUnit::kMilliseconds), "2020-07-31T13:55:23.100Z");
  EXPECT_EQ(text_of(-1, TimeUnit::kMilliseconds), "1969-12-31T23:59:59.999Z");
}

TEST(EptsTime, MicrosecondsHaveAsManyDigitsAsAreNeeded) {
  EXPECT_EQ(text_of(kMomentUs, TimeUnit::kMicroseconds), "2020-07-31T13:55:23.123456Z");
  EXPECT_EQ(text_of(kSecondUs + 123'000, TimeUnit::kMicroseconds), "2020-07-31T13:55:23.123Z");
  EXPECT_EQ(text_of(kSecondUs, TimeUnit::kMicroseconds), "2020-07-31T13:55:23Z");
  EXPECT_EQ(text_of(kSecondUs + 1, TimeUnit::kMicroseconds), "2020-07-31T13:55:23.000001Z");
}

struct RangeCase {
  IncludeTime include;
  std::int64_t from;
  std::int64_t to;
};

// The ends are 1 ms and 9 ms; 500 us and 9,500 us.
TEST(EptsTime, AnEndThatIsAWholeMillisecondStandsForAllOfIt) {
  for (const RangeCase& one : {RangeCase{query::v1::INCLUDE_TIME_BOTH, 1000, 10'000},
                               RangeCase{query::v1::INCLUDE_TIME_FROM, 1000, 9000},
                               RangeCase{query::v1::INCLUDE_TIME_TO, 2000, 10'000},
                               RangeCase{query::v1::INCLUDE_TIME_NONE, 2000, 9000}}) {
    const EptsRange range = epts_range({time::from_unix_us(1000), time::from_unix_us(9000)},
                                       one.include, TimeUnit::kMilliseconds);
    EXPECT_EQ(time::to_unix_us(range.from), one.from) << one.include;
    EXPECT_EQ(time::to_unix_us(range.to), one.to) << one.include;
  }
}

TEST(EptsTime, OtherEndsAreExact) {
  for (const RangeCase& one : {RangeCase{query::v1::INCLUDE_TIME_BOTH, 500, 9501},
                               RangeCase{query::v1::INCLUDE_TIME_FROM, 500, 9500},
                               RangeCase{query::v1::INCLUDE_TIME_TO, 501, 9501},
                               RangeCase{query::v1::INCLUDE_TIME_NONE, 501, 9500}}) {
    const EptsRange range = epts_range({time::from_unix_us(500), time::from_unix_us(9500)},
                                       one.include, TimeUnit::kMilliseconds);
    EXPECT_EQ(time::to_unix_us(range.from), one.from) << one.include;
    EXPECT_EQ(time::to_unix_us(range.to), one.to) << one.include;
  }
  const EptsRange range = epts_range({time::from_unix_us(1000), time::from_unix_us(9000)},
                                     query::v1::INCLUDE_TIME_TO, TimeUnit::kMicroseconds);
  EXPECT_EQ(time::to_unix_us(range.from), 1001);
  EXPECT_EQ(time::to_unix_us(range.to), 9001);
}

TEST(EptsTime, ARangeWithoutPointsIsEmptyAndTheLastYearIsNotPassed) {
  const EptsRange none =
      epts_range({kNow, kNow}, query::v1::INCLUDE_TIME_NONE, TimeUnit::kMilliseconds);
  EXPECT_EQ(none.from, none.to);
  const time::UnixMicros last = *parse_epts_time("9999-12-31T23:59:59.999999Z", kNow);
  EXPECT_EQ(epts_range({last, last}, query::v1::INCLUDE_TIME_BOTH, TimeUnit::kMicroseconds).to,
            last);
}

}  // namespace
}  // namespace millrace::gateway
