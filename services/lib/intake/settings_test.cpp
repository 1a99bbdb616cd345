// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/error/error.h"
#include "lib/intake/intake.h"

namespace millrace::intake {
namespace {

Settings valid() {
  Settings settings;
  settings.instance_name = "http-receiver";
  return settings;
}

TEST(IntakeSettings, DefaultsFitTogether) {
  EXPECT_TRUE(check(valid()).ok()) << check(valid());
}

TEST(IntakeSettings, AreFilledByName) {
  Settings settings = valid();
  config::SettingsTable table;
  declare(settings, table);
  const char* argv[] = {"receiver", "--max-upload-size",  "2MiB", "--publishes-in-flight",
                        "3",        "--publish-deadline", "5s",   "--token-cache-entries",
                        "7",        "--instance-name",    "left", "--max-unknown-tokens-per-second",
                        "9"};
  const auto action = table.parse(13, argv, {"MILLRACE_SHARDS=4"}, false);
  ASSERT_TRUE(action.ok()) << action.status();
  EXPECT_EQ(settings.max_upload_bytes, 2 << 20);
  EXPECT_EQ(settings.publishes_in_flight, 3);
  EXPECT_EQ(settings.publisher.deadline, std::chrono::seconds{5});
  EXPECT_EQ(settings.token_cache_entries, 7);
  EXPECT_EQ(settings.tokens.max_unknown_per_second, 9);
  EXPECT_EQ(settings.shards, 4);
  EXPECT_EQ(settings.instance_name, "left");
}

TEST(IntakeSettings, ThatContradictEachOtherAreAllReported) {
  Settings settings = valid();
  settings.instance_name = "left.receiver";
  settings.max_waiting_bytes = settings.max_upload_bytes;
  settings.publisher.deadline = std::chrono::minutes{2};
  const absl::Status faults = check(settings);
  EXPECT_EQ(faults.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error::message(faults),
            "instance-name \"left.receiver\" cannot stand in a NATS subject: use characters of "
            "a-z 0-9 - _\n"
            "max-waiting-size 1048576 is less than two uploads of max-upload-size 1048576: raise "
            "it\n"
            "publish-deadline 120000 ms is not shorter than stream-duplicate-window 120000 ms: a "
            "message sent again after the window would be stored twice");
}

}  // namespace
}  // namespace millrace::intake
