// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/time_zone.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::aggregation {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& name) {
  const auto zone = load_time_zone(name);
  EXPECT_EQ(zone.status().code(), absl::StatusCode::kInvalidArgument) << name;
  return error::message(zone.status());
}

TEST(TimeZone, EmptyIsUtc) {
  EXPECT_EQ(*load_time_zone(""), absl::UTCTimeZone());
  EXPECT_EQ(*load_time_zone("UTC"), absl::UTCTimeZone());
}

TEST(TimeZone, KnowsTheTzDatabase) {
  for (const char* name : {"Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "EST"}) {
    const auto zone = load_time_zone(name);
    ASSERT_TRUE(zone.ok()) << zone.status();
    EXPECT_EQ(zone->name(), name);
  }
}

TEST(TimeZone, AnotherNameIsRefused) {
  EXPECT_THAT(refusal("Mars/Olympus_Mons"), HasSubstr("Mars/Olympus_Mons"));
  EXPECT_THAT(refusal("europe/berlin"), HasSubstr("tz database"));
  // A folder, and a file that is no zone.
  EXPECT_THAT(refusal("Europe"), HasSubstr("tz database"));
  EXPECT_THAT(refusal("tzdata.zi"), HasSubstr("tz database"));
  EXPECT_THAT(refusal("leapseconds"), HasSubstr("tz database"));
}

TEST(TimeZone, NoNameLeadsOutOfTheDatabase) {
  for (const std::string& name :
       {std::string("/usr/share/zoneinfo/Europe/Berlin"), std::string("../zoneinfo/Europe/Berlin"),
        std::string("Europe/../Europe/Berlin"), std::string("file:Europe/Berlin"),
        std::string("Europe/Berlin\0", 14), std::string(100'000, 'a')}) {
    EXPECT_THAT(refusal(name), testing::StartsWith("is no name of the tz database"));
  }
}

}  // namespace
}  // namespace millrace::aggregation
