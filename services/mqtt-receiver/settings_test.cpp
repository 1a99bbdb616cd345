// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/settings.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

using namespace std::chrono_literals;

TEST(SettingsTest, DefaultsAreValid) {
  Settings settings;
  const char* arguments[] = {"millrace-mqtt-receiver"};
  const auto action = declare(settings).parse(1, arguments, {}, false);
  ASSERT_TRUE(action.ok()) << action.status();
  EXPECT_EQ(settings.intake.instance_name, "mqtt-receiver");
  EXPECT_EQ(settings.listen.port, 1883);
  EXPECT_GE(listener_options(settings).io_threads, 1U);
}

TEST(SettingsTest, EachReachesItsLimit) {
  Settings settings;
  const char* arguments[] = {"millrace-mqtt-receiver",
                             "--mqtt-listen=127.0.0.1:0",
                             "--io-threads=3",
                             "--max-connections=11",
                             "--max-buffered-size=2MiB",
                             "--max-uploads-in-flight=12",
                             "--max-in-flight-size=13KiB",
                             "--max-output-size=14KiB",
                             "--max-unacknowledged-responses=15",
                             "--max-publish-rate=21",
                             "--max-keep-alive=1500ms",
                             "--connect-timeout=16s",
                             "--packet-timeout=17s",
                             "--write-timeout=18s",
                             "--unavailable-timeout=19s",
                             "--max-upload-size=20KiB"};
  const auto action = declare(settings).parse(std::size(arguments), arguments, {}, false);
  ASSERT_TRUE(action.ok()) << action.status();
  const ListenerOptions options = listener_options(settings);
  EXPECT_EQ(options.listen.host, "127.0.0.1");
  EXPECT_EQ(options.listen.port, 0);
  EXPECT_EQ(options.io_threads, 3U);
  EXPECT_EQ(options.max_connections, 11U);
  EXPECT_EQ(options.max_buffered_bytes, 2U << 20U);
  EXPECT_EQ(options.connection.max_output_bytes, 14U << 10U);
  EXPECT_EQ(options.connection.write_timeout, 18s);
  const SessionLimits& session = options.connection.session;
  EXPECT_EQ(session.uploads.max_uploads, 12U);
  EXPECT_EQ(session.uploads.max_bytes, 13U << 10U);
  EXPECT_EQ(session.uploads.unavailable_timeout, 19s);
  EXPECT_EQ(session.max_unacknowledged_responses, 15U);
  EXPECT_EQ(session.max_publishes_per_second, 21U);
  EXPECT_EQ(session.max_keep_alive, 2s);
  EXPECT_EQ(session.connect_timeout, 16s);
  EXPECT_EQ(session.packet_timeout, 17s);
  // A body of the largest size fits with its topic.
  EXPECT_EQ(session.decoder.max_packet_bytes, (20U << 10U) + 4096);
}

}  // namespace
}  // namespace millrace::mqtt_receiver
