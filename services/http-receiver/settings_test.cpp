// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::http_receiver {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class HttpReceiverSettings : public testing::Test {
 protected:
  absl::Status parse(std::vector<const char*> arguments) {
    config::SettingsTable table = declare(settings);
    arguments.insert(arguments.begin(), "millrace-http-receiver");
    return table.parse(static_cast<int>(arguments.size()), arguments.data(), {}, false).status();
  }

  Settings settings;
};

TEST_F(HttpReceiverSettings, ReachTheServer) {
  ASSERT_TRUE(parse({"--http-listen=127.0.0.1:0", "--io-threads=3", "--max-upload-size=64KiB",
                     "--idle-timeout=5s", "--handshake-timeout=2s", "--max-connections=7",
                     "--max-connections-per-address=4", "--allowed-origins=https://a",
                     "--proxy-protocol=required"})
                  .ok());
  const http::ServerOptions options = server_options(settings, nullptr);
  ASSERT_EQ(options.listeners.size(), 1U);
  EXPECT_EQ(options.listeners[0].host, "127.0.0.1");
  EXPECT_EQ(options.listeners[0].port, 0);
  EXPECT_TRUE(options.listeners[0].proxy_protocol);
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.max_body_bytes, 64U << 10);
  EXPECT_EQ(options.idle_timeout, std::chrono::seconds{5});
  EXPECT_EQ(options.handshake_timeout, std::chrono::seconds{2});
  EXPECT_EQ(options.max_connections, 7U);
  EXPECT_EQ(options.max_connections_per_address, 4U);
  EXPECT_THAT(allowed_origins(settings), ElementsAre("https://a"));
}

TEST_F(HttpReceiverSettings, DefaultsFitTogether) {
  ASSERT_TRUE(parse({}).ok());
  EXPECT_TRUE(intake::check(settings.intake).ok());
  EXPECT_GE(server_options(settings, nullptr).threads, 1);
  EXPECT_FALSE(server_options(settings, nullptr).listeners.at(0).proxy_protocol);
  EXPECT_TRUE(allowed_origins(settings).empty());
}

TEST_F(HttpReceiverSettings, NothingToListenOnIsAFault) {
  EXPECT_THAT(error::message(parse({"--http-listen=off"})), HasSubstr("http-listen is off"));
  EXPECT_THAT(error::message(parse({"--http-listen=off", "--https-listen=off",
                                    "--tls-certificate=a", "--tls-key=b"})),
              HasSubstr("http-listen is off"));
  EXPECT_TRUE(parse({"--http-listen=off", "--https-listen=0.0.0.0:443", "--tls-certificate=a",
                     "--tls-key=b"})
                  .ok());
}

TEST_F(HttpReceiverSettings, WhatIsNoOriginIsAFault) {
  EXPECT_THAT(error::message(parse({"--allowed-origins=example.com"})),
              HasSubstr("cannot use allowed-origins: \"example.com\" is no origin"));
  EXPECT_TRUE(parse({"--allowed-origins=*"}).ok());
}

}  // namespace
}  // namespace millrace::http_receiver
