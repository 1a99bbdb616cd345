// SPDX-License-Identifier: Apache-2.0
#include "epts/settings.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::epts {
namespace {

absl::Status parse(Settings& settings, std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "millrace-epts");
  config::SettingsTable table = declare(settings);
  return table.parse(static_cast<int>(arguments.size()), arguments.data(), {}, true).status();
}

TEST(Settings, HaveDefaultsThatAreAllowed) {
  Settings settings;
  EXPECT_TRUE(parse(settings, {}).ok());
}

TEST(Settings, AreTakenFromTheCommandLine) {
  Settings settings;
  const absl::Status parsed =
      parse(settings, {"--writers=4", "--accept-past=30d", "--data-points-events=on",
                       "--rejected-sample-size=4KiB", "--max-layouts-per-application=0",
                       "--max-series-per-endpoint=7", "--max-layouts-per-endpoint=0",
                       "--rollups=off", "--rollup-share=100"});
  ASSERT_TRUE(parsed.ok()) << parsed;
  EXPECT_EQ(settings.writers, 4);
  EXPECT_EQ(settings.accept_past, std::chrono::days(30));
  EXPECT_EQ(settings.data_points_events, "on");
  EXPECT_EQ(settings.rejected_sample_bytes, 4096);
  EXPECT_EQ(settings.layouts_per_application, 0);
  EXPECT_EQ(settings.series_per_endpoint, 7);
  EXPECT_EQ(settings.layouts_per_endpoint, 0);
  EXPECT_EQ(settings.rollups, "off");
  EXPECT_EQ(settings.rollup_share, 100);
}

TEST(Settings, OutOfBoundsAreReportedTogether) {
  Settings settings;
  const absl::Status parsed =
      parse(settings, {"--writers=0", "--ack-wait=1s", "--data-points-events=perhaps"});
  EXPECT_TRUE(absl::IsInvalidArgument(parsed));
  for (const char* name : {"writers", "ack-wait", "data-points-events"}) {
    EXPECT_THAT(error::message(parsed), testing::HasSubstr(name));
  }
}

TEST(Settings, NamesOfTransmittersAreNamesAndNeverEpts) {
  Settings settings;
  EXPECT_TRUE(transmitters(settings)->empty());
  settings.data_points_transmitters = "modbus-gateway,opc_ua";
  EXPECT_EQ(transmitters(settings)->size(), 2U);
  for (const char* bad : {"epts", "a,epts", "a,,b", "a.b", "a,a", "a, b", ","}) {
    settings.data_points_transmitters = bad;
    EXPECT_FALSE(transmitters(settings).ok()) << bad;
  }
}

}  // namespace
}  // namespace millrace::epts
