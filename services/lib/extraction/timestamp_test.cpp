// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/timestamp.h"

#include <cstdint>
#include <optional>
#include <ostream>

#include <gtest/gtest.h>

namespace millrace::extraction {
namespace {

using configuration::v1::TimestampFormat;
using Kind = FoundValue::Kind;

constexpr auto kSeconds = configuration::v1::TIMESTAMP_FORMAT_UNIX_EPOCH;
constexpr auto kMillis = configuration::v1::TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH;
constexpr auto kMicros = configuration::v1::TIMESTAMP_FORMAT_MICROS_UNIX_EPOCH;
constexpr auto kNanos = configuration::v1::TIMESTAMP_FORMAT_NANOS_UNIX_EPOCH;
constexpr std::int64_t kFarthest = std::int64_t{1} << 62;

std::optional<std::int64_t> read(Kind kind, const char* text, TimestampFormat format) {
  const auto time = read_timestamp({kind, false, 0, text}, format);
  return time ? std::optional(time::to_unix_us(*time)) : std::nullopt;
}

struct Case {
  TimestampFormat format;
  const char* text;
  std::int64_t microseconds;
};

void PrintTo(const Case& of, std::ostream* out) {
  *out << of.text << " as " << of.format;
}

class EpochTimestamp : public testing::TestWithParam<Case> {};

TEST_P(EpochTimestamp, IsReadFromANumberAndFromAString) {
  const Case& of = GetParam();
  EXPECT_EQ(read(Kind::kNumber, of.text, of.format), of.microseconds);
  EXPECT_EQ(read(Kind::kString, of.text, of.format), of.microseconds);
}

using testing::Values;

INSTANTIATE_TEST_SUITE_P(
    Seconds, EpochTimestamp,
    Values(Case{kSeconds, "0", 0}, Case{kSeconds, "-0", 0}, Case{kSeconds, "0.0", 0},
           Case{kSeconds, "1556293267", 1'556'293'267'000'000},
           Case{kSeconds, "1556293267.5", 1'556'293'267'500'000},
           // A double would give .123456716.
           Case{kSeconds, "1556293267.123456789", 1'556'293'267'123'456},
           Case{kSeconds, "1556293267.9999999999999999999999999", 1'556'293'267'999'999},
           Case{kSeconds, "1.556293267e9", 1'556'293'267'000'000},
           Case{kSeconds, "1.556293267123456E+9", 1'556'293'267'123'456},
           Case{kSeconds, "155629326712345e-5", 1'556'293'267'123'450},
           Case{kSeconds, "0.000000000000000001556293267e27", 1'556'293'267'000'000},
           Case{kSeconds, "-1", -1'000'000}, Case{kSeconds, "-0.0000001", -1},
           Case{kSeconds, "-1.0000001", -1'000'001}, Case{kSeconds, "-1.5", -1'500'000},
           Case{kSeconds, "0.0000009", 0}, Case{kSeconds, "1e-400", 0},
           Case{kSeconds, "-1e-400", -1}, Case{kSeconds, "0e999999999999999999999", 0}));

INSTANTIATE_TEST_SUITE_P(OtherUnits, EpochTimestamp,
                         Values(Case{kMillis, "1556293267123", 1'556'293'267'123'000},
                                Case{kMillis, "1556293267123.456789", 1'556'293'267'123'456},
                                Case{kMillis, "1.5563e12", 1'556'300'000'000'000},
                                Case{kMillis, "-0.0001", -1},
                                Case{kMicros, "1556293267123456", 1'556'293'267'123'456},
                                Case{kMicros, "1556293267123456.9", 1'556'293'267'123'456},
                                Case{kMicros, "-1556293267123456.1", -1'556'293'267'123'457},
                                // More digits than a double has.
                                Case{kNanos, "1556293267123456789", 1'556'293'267'123'456},
                                Case{kNanos, "1556293267123456999", 1'556'293'267'123'456},
                                Case{kNanos, "-1556293267123456001", -1'556'293'267'123'457},
                                Case{kNanos, "-999", -1}, Case{kNanos, "999", 0},
                                Case{kNanos, "1000", 1},
                                Case{kNanos, "1.556293267123456789e18", 1'556'293'267'123'456}));

INSTANTIATE_TEST_SUITE_P(FarAway, EpochTimestamp,
                         Values(Case{kSeconds, "1e300", kFarthest},
                                Case{kSeconds, "-1e300", -kFarthest},
                                Case{kSeconds, "1e999999999999999999999", kFarthest},
                                Case{kSeconds, "99999999999999999999999999999999999999", kFarthest},
                                Case{kMicros, "9223372036854775807", kFarthest},
                                Case{kMicros, "9223372036854775808", kFarthest},
                                Case{kMicros, "-9223372036854775808", -kFarthest},
                                Case{kMicros, "4611686018427387903", kFarthest - 1}));

TEST(Timestamp, OfAnEpochIsNothingButANumber) {
  for (const char* text : {"", " 1", "1 ", "+1", "01", "1.", ".5", "0x10", "1e", "NaN", "1,5",
                           "1_0", "2019-04-26T15:41:07Z"}) {
    EXPECT_FALSE(read(Kind::kString, text, kSeconds)) << text;
  }
  for (const Kind kind : {Kind::kNull, Kind::kBoolean, Kind::kObject, Kind::kArray}) {
    EXPECT_FALSE(read(kind, "1", kSeconds));
  }
}

TEST(Timestamp, OfIso8601IsAString) {
  for (const auto format : {configuration::v1::TIMESTAMP_FORMAT_ISO8601,
                            configuration::v1::TIMESTAMP_FORMAT_UNSPECIFIED}) {
    EXPECT_EQ(read(Kind::kString, "1970-01-01T00:00:01Z", format), 1'000'000);
    EXPECT_FALSE(read(Kind::kNumber, "20190426", format));
    EXPECT_FALSE(read(Kind::kString, "soon", format));
  }
}

}  // namespace
}  // namespace millrace::extraction
