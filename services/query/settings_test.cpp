// SPDX-License-Identifier: Apache-2.0
#include "query/settings.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(QuerySettings, TheDefaultsAreAllowed) {
  Settings settings;
  config::SettingsTable table = declare(settings);
  const char* argv[] = {"millrace-query"};
  EXPECT_TRUE(table.parse(1, argv, {}, false).ok());
  EXPECT_EQ(settings.grpc_listen.port, 50051);
}

TEST(QuerySettings, FlagAndEnvironmentHaveTheSettingsName) {
  Settings settings;
  config::SettingsTable table = declare(settings);
  const char* argv[] = {"millrace-query", "--max-calls=3"};
  const auto action =
      table.parse(2, argv, {"MILLRACE_MAX_CALLS=5", "MILLRACE_STALL_TIMEOUT=5s"}, false);
  ASSERT_TRUE(action.ok()) << action.status();
  EXPECT_EQ(settings.max_calls, 3);
  EXPECT_EQ(settings.stall_timeout, std::chrono::seconds{5});
}

TEST(QuerySettings, OneKeyHasHalfOfTheCallsUnlessToldOtherwise) {
  Settings settings;
  EXPECT_EQ(calls_per_key(settings), 32);
  settings.max_calls = 1;
  EXPECT_EQ(calls_per_key(settings), 1);
  settings.max_calls_per_key = 7;
  EXPECT_EQ(calls_per_key(settings), 7);
}

TEST(QuerySettings, ThePasswordInTheDatabaseUrlIsNotPrinted) {
  Settings settings;
  settings.database_url = "postgresql://query:pa55word@db/millrace";
  EXPECT_THAT(declare(settings).print(false), Not(HasSubstr("pa55word")));
}

TEST(QuerySettings, OutOfBoundsIsAFault) {
  Settings settings;
  config::SettingsTable table = declare(settings);
  const char* argv[] = {"millrace-query", "--database-connections=0"};
  const auto action = table.parse(2, argv, {}, false);
  EXPECT_THAT(error::message(action.status()), HasSubstr("database-connections"));
}

}  // namespace
}  // namespace millrace::query
