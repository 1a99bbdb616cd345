// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/settings.h"

#include <gtest/gtest.h>

namespace millrace::http_receiver {
namespace {

TEST(HttpReceiverSettings, ReachTheServer) {
  Settings settings;
  const config::SettingsTable declared = declare(settings);
  config::SettingsTable table = declared;
  const char* argv[] = {"millrace-http-receiver", "--http-listen=127.0.0.1:0", "--io-threads=3",
                        "--max-upload-size=64KiB", "--idle-timeout=5s"};
  const auto action = table.parse(5, argv, {}, false);
  ASSERT_TRUE(action.ok()) << action.status();
  const http::ServerOptions options = server_options(settings);
  EXPECT_EQ(options.host, "127.0.0.1");
  EXPECT_EQ(options.port, 0);
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.max_body_bytes, 64U << 10);
  EXPECT_EQ(options.idle_timeout, std::chrono::seconds{5});
}

TEST(HttpReceiverSettings, DefaultsFitTogether) {
  const Settings settings;
  EXPECT_TRUE(intake::check(settings.intake).ok());
  EXPECT_GE(server_options(settings).threads, 1);
}

}  // namespace
}  // namespace millrace::http_receiver
