// SPDX-License-Identifier: Apache-2.0
#include "gateway/settings.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(GatewaySettings, ReachTheirParts) {
  Settings settings;
  config::SettingsTable table = declare(settings);
  const char* argv[] = {"millrace-gateway",
                        "--http-listen=127.0.0.1:0",
                        "--max-request-size=64KiB",
                        "--max-answer-size=2MiB",
                        "--max-calls=3",
                        "--max-streams=4",
                        "--io-threads=5",
                        "--allowed-origins=https://a, http://b:1,",
                        "--allowed-hosts=a.example"};
  ASSERT_TRUE(table.parse(9, argv, {}, false).ok());
  EXPECT_TRUE(check(settings).ok());
  const http::ServerOptions server = server_options(settings);
  EXPECT_EQ(server.listeners.at(0).host, "127.0.0.1");
  EXPECT_EQ(server.max_body_bytes, 64U << 10);
  EXPECT_EQ(server.threads, 5);
  const rpc::ChannelOptions channel = channel_options(settings, settings.query_address, nullptr);
  EXPECT_EQ(channel.address, "127.0.0.1:50051");
  EXPECT_EQ(channel.max_message_bytes, 2 << 20);
  EXPECT_EQ(call_limits(settings).calls, 3U);
  EXPECT_EQ(call_limits(settings).streams, 4U);
  EXPECT_EQ(connect_limits(settings).calls_per_key, 1U);
  EXPECT_EQ(connect_limits(settings).streams_per_key, 2U);
  settings.max_streams_per_key = 3;
  EXPECT_EQ(connect_limits(settings).streams_per_key, 3U);
  EXPECT_EQ(connect_limits(settings).max_request_bytes, 64U << 10);
  EXPECT_THAT(allowed_sites(settings).origins, ElementsAre("https://a", "http://b:1"));
  EXPECT_THAT(allowed_sites(settings).hosts, ElementsAre("a.example"));
}

TEST(GatewaySettings, SitesThatCannotBeAreRefused) {
  for (const char* const origin :
       {"*", "example.com", "https://", "https://a/", "https://a/b", "ftp://a", "null"}) {
    Settings settings;
    settings.allowed_origins = origin;
    EXPECT_THAT(error::message(check(settings)), HasSubstr("allowed-origins")) << origin;
  }
  for (const char* const host : {"a:80", "https://a", "a/b"}) {
    Settings settings;
    settings.allowed_hosts = host;
    EXPECT_THAT(error::message(check(settings)), HasSubstr("allowed-hosts")) << host;
  }
  EXPECT_TRUE(check(Settings{}).ok());
}

}  // namespace
}  // namespace millrace::gateway
