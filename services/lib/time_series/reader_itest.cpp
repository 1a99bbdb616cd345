// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "lib/time_series/reader.h"
#include "lib/time_series/reader_fixture.h"

namespace millrace::time_series {
namespace {

TEST_F(ReaderTest, FindsApplicationsByName) {
  make_application("found");
  EXPECT_EQ(*find_application(*connection_, "found"), application_);
  EXPECT_EQ(*find_application(*connection_, "not found"), std::nullopt);
  EXPECT_TRUE(probe(*connection_).ok());
}

TEST_F(ReaderTest, AMissingSchemaIsUnavailableAndSaysWhoMakesIt) {
  script("ALTER SCHEMA time_series RENAME TO elsewhere");
  const absl::Status probed = probe(*connection_);
  const absl::Status found = find_application(*connection_, "x").status();
  const absl::Status partitions = read_partitions(*connection_).status();
  script("ALTER SCHEMA elsewhere RENAME TO time_series");
  EXPECT_EQ(probed.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(found.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(partitions.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(probed.ToString(), testing::HasSubstr("epts"));
}

}  // namespace
}  // namespace millrace::time_series
