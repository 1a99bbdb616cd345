// SPDX-License-Identifier: Apache-2.0
#include "registry/database.h"

#include <gtest/gtest.h>

namespace millrace::registry {
namespace {

TEST(Database, TimesKeepTheirMicroseconds) {
  const auto timestamp = to_timestamp(time::from_unix_us(1'763'000'000'123'456));
  EXPECT_EQ(timestamp.seconds(), 1'763'000'000);
  EXPECT_EQ(timestamp.nanos(), 123'456'000);
}

TEST(Database, NanosecondsCountForwardsBefore1970) {
  const auto timestamp = to_timestamp(time::from_unix_us(-1));
  EXPECT_EQ(timestamp.seconds(), -1);
  EXPECT_EQ(timestamp.nanos(), 999'999'000);
}

TEST(Database, StatementsAreShorterThanCallersWait) {
  Settings settings;
  settings.database_url = "postgresql://x@y/z";
  settings.instance_name = "registry-2";
  const postgres::ConnectionOptions options = database_options(settings);
  EXPECT_EQ(options.url, "postgresql://x@y/z");
  EXPECT_EQ(options.application_name, "registry-2");
  EXPECT_LE(options.statement_timeout, std::chrono::seconds{5});
}

}  // namespace
}  // namespace millrace::registry
