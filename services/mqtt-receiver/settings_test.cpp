// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/error/error.h"

namespace millrace::mqtt_receiver {
namespace {

using namespace std::chrono_literals;
using registry_client::ClientTransport;
using testing::HasSubstr;

TEST(SettingsTest, DefaultsAreValid) {
  Settings settings;
  const char* arguments[] = {"millrace-mqtt-receiver"};
  const auto action = declare(settings).parse(1, arguments, {}, false);
  ASSERT_TRUE(action.ok()) << action.status();
  EXPECT_EQ(settings.intake.instance_name, "mqtt-receiver");
  EXPECT_GE(listener_options(settings).io_threads, 1U);
}

// What is wrong with a command line; empty: nothing.
std::string fault_of(std::vector<const char*> arguments) {
  Settings settings;
  arguments.insert(arguments.begin(), "millrace-mqtt-receiver");
  const auto action =
      declare(settings).parse(static_cast<int>(arguments.size()), arguments.data(), {}, false);
  return action.ok() ? "" : error::message(action.status());
}

TEST(SettingsTest, ByItselfItListensOnPlainTcpAlone) {
  const ListenerOptions options = listener_options({});
  ASSERT_EQ(options.listens.size(), 1U);
  EXPECT_EQ(options.listens[0].transport, ClientTransport::kTcp);
  EXPECT_EQ(options.listens[0].listen.port, 1883);
  EXPECT_FALSE(options.proxy_header);
  EXPECT_EQ(options.max_connections_per_address, 0U);
}

TEST(SettingsTest, EachTransportHasAListenerOfItsOwn) {
  Settings settings;
  const char* arguments[] = {"millrace-mqtt-receiver",
                             "--mqtt-listen=off",
                             "--mqtts-listen=127.0.0.1:8883",
                             "--ws-listen=127.0.0.1:8083",
                             "--wss-listen=127.0.0.1:8084",
                             "--tls-certificate=c.pem",
                             "--tls-key=k.pem",
                             "--tls-client-certificate=optional",
                             "--tls-client-authorities=a.pem",
                             "--proxy-protocol=required",
                             "--max-connections-per-address=7"};
  const auto action = declare(settings).parse(std::size(arguments), arguments, {}, false);
  ASSERT_TRUE(action.ok()) << action.status();
  const ListenerOptions options = listener_options(settings);
  ASSERT_EQ(options.listens.size(), 3U);
  EXPECT_STREQ(options.listens[0].setting, "mqtts-listen");
  EXPECT_EQ(options.listens[0].transport, ClientTransport::kTls);
  EXPECT_EQ(options.listens[1].transport, ClientTransport::kWebSocket);
  EXPECT_EQ(options.listens[2].transport, ClientTransport::kSecureWebSocket);
  EXPECT_EQ(options.listens[2].listen.port, 8084);
  EXPECT_EQ(options.certificate.key, "k.pem");
  EXPECT_EQ(options.clients.authorities, "a.pem");
  EXPECT_TRUE(options.proxy_header);
  EXPECT_EQ(options.max_connections_per_address, 7U);
}

TEST(SettingsTest, ListenersAndCertificateGoTogether) {
  EXPECT_THAT(fault_of({"--mqtt-listen=off"}), HasSubstr("there is no tls-certificate"));
  EXPECT_THAT(fault_of({"--wss-listen=127.0.0.1:8084"}),
              HasSubstr("give tls-certificate and tls-key too"));
  EXPECT_THAT(fault_of({"--tls-certificate=c.pem", "--tls-key=k.pem", "--mqtts-listen=off"}),
              HasSubstr("mqtts-listen and wss-listen are off"));
  EXPECT_EQ(fault_of({"--tls-certificate=c.pem", "--tls-key=k.pem", "--mqtt-listen=off"}), "");
  EXPECT_THAT(fault_of({"--proxy-protocol=maybe"}), HasSubstr("maybe"));
  EXPECT_EQ(fault_of({"--ws-listen=127.0.0.1:8083", "--mqtt-listen=off"}), "");
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
  ASSERT_EQ(options.listens.size(), 1U);
  EXPECT_EQ(options.listens[0].listen.host, "127.0.0.1");
  EXPECT_EQ(options.listens[0].listen.port, 0);
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
