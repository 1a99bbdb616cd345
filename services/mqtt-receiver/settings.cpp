// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/settings.h"

#include <algorithm>
#include <thread>

namespace millrace::mqtt_receiver {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// What a PUBLISH has besides its body: fixed header, topic, packet identifier, properties of
// MQTT 5. A longer topic is no path of ours.
constexpr std::int64_t kPublishHeadBytes = 4096;

absl::Status check_listens(const Settings& settings) {
  const bool certificate = settings.certificate.given();
  if (settings.wss_listen && !certificate) {
    return absl::InvalidArgumentError(
        "wss-listen is given without a certificate; give tls-certificate and tls-key too");
  }
  if (certificate && !settings.mqtts_listen && !settings.wss_listen) {
    return absl::InvalidArgumentError(
        "tls-certificate is given, but mqtts-listen and wss-listen are off; give one of them an "
        "address");
  }
  if (settings.mqtt_listen || settings.ws_listen || certificate) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "mqtt-listen and ws-listen are off, and there is no tls-certificate for the others; give one "
      "of them");
}

void declare_transports(Settings& settings, config::SettingsTable& table) {
  table.optional_listen("mqtt-listen", &settings.mqtt_listen,
                        "where devices connect: MQTT over plain TCP");
  table.optional_listen("mqtts-listen", &settings.mqtts_listen,
                        "MQTT over TLS, once tls-certificate is given");
  table.optional_listen("ws-listen", &settings.ws_listen,
                        "MQTT over WebSocket, at the path /ws; usually port 8083");
  table.optional_listen("wss-listen", &settings.wss_listen,
                        "MQTT over WebSocket over TLS, needs tls-certificate; usually port 8084");
  tls::declare(table, settings.certificate);
  tls::declare(table, settings.clients, settings.certificate);
  table.choice("proxy-protocol", &settings.proxy_protocol, {"off", "required"},
               "required: every connection, of all listeners, begins with a header of the PROXY "
               "protocol, version 1 or 2, which a balancer puts there; others are closed");
  table.rule([&settings] { return check_listens(settings); });
}

void declare_bounds(Settings& settings, config::SettingsTable& table) {
  table.integer("max-connections", &settings.max_connections, 1, 1'000'000,
                "most connections at a time; more are closed as they come");
  table.integer(
      "max-connections-per-address", &settings.max_connections_per_address, 0, 1'000'000,
      "most of them from one IPv4 address or one IPv6 network of 64 bits; 0: no bound, as "
      "where many devices share the address of a router");
  table.bytes("max-buffered-size", &settings.max_buffered_bytes, 1 << 20, std::int64_t{1} << 40,
              "memory all connections together may hold for devices; beyond it those above their "
              "equal share wait or are closed");
  table.integer("max-uploads-in-flight", &settings.max_uploads_in_flight, 1, 65'535,
                "publishes of one connection not yet answered; beyond it the connection is not "
                "read from");
  table.bytes("max-in-flight-size", &settings.max_bytes_in_flight, 1 << 10, 1 << 30,
              "the same in bytes of topics and bodies");
  table.bytes("max-output-size", &settings.max_output_bytes, 1 << 10, 1 << 30,
              "answers a connection does not read; beyond it the connection is closed");
  table.integer(
      "max-unacknowledged-responses", &settings.max_unacknowledged_responses, 1, 65'534,
      "QoS 1 and 2 responses a device does not acknowledge; beyond it the connection is closed");
  table.integer(
      "max-publish-rate", &settings.max_publishes_per_second, 0, 1'000'000,
      "publishes of one connection a second, with a second's worth at once after a pause; "
      "beyond it the connection is not read from for a while; 0: no bound");
}

void declare_timeouts(Settings& settings, config::SettingsTable& table) {
  table.duration("connect-timeout", &settings.connect_timeout, milliseconds{100}, minutes{10},
                 "a connection is closed when its CONNECT is not answered within this");
  table.duration("packet-timeout", &settings.packet_timeout, milliseconds{100}, hours{1},
                 "a packet that began must end within this");
  table.duration("max-keep-alive", &settings.max_keep_alive, milliseconds{0}, hours{18},
                 "MQTT 5 clients that ask for a longer keep alive, or for none, are told to keep "
                 "this one (in whole seconds); 0: the client's own stands");
  table.duration("write-timeout", &settings.write_timeout, milliseconds{100}, hours{1},
                 "a device that reads nothing of what waits for it is closed after this");
  table.duration(
      "unavailable-timeout", &settings.unavailable_timeout, milliseconds{100}, hours{1},
      "while bus or registry are away, QoS 1 and 2 uploads wait unacknowledged for this; then "
      "the connection is closed, so that the device sends again");
}

std::vector<ListenOptions> listens(const Settings& settings) {
  using registry_client::ClientTransport;
  std::vector<ListenOptions> wanted;
  const auto add = [&](const char* setting, ClientTransport transport,
                       const std::optional<config::Listen>& listen) {
    if (listen) wanted.push_back({setting, transport, *listen});
  };
  add("mqtt-listen", ClientTransport::kTcp, settings.mqtt_listen);
  if (settings.certificate.given()) {
    add("mqtts-listen", ClientTransport::kTls, settings.mqtts_listen);
  }
  add("ws-listen", ClientTransport::kWebSocket, settings.ws_listen);
  add("wss-listen", ClientTransport::kSecureWebSocket, settings.wss_listen);
  return wanted;
}

std::size_t as_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

config::SettingsTable declare(Settings& settings) {
  config::SettingsTable table;
  declare_transports(settings, table);
  table.integer("io-threads", &settings.io_threads, 0, 256,
                "threads that serve connections; 0: as many as the machine has cores");
  declare_bounds(settings, table);
  declare_timeouts(settings, table);
  intake::declare(settings.intake, table);
  return table;
}

ListenerOptions listener_options(const Settings& settings) {
  ListenerOptions options;
  options.listens = listens(settings);
  options.proxy_header = settings.proxy_protocol == "required";
  options.certificate = settings.certificate;
  options.clients = settings.clients;
  options.io_threads = settings.io_threads > 0 ? as_size(settings.io_threads)
                                               : std::max(1U, std::thread::hardware_concurrency());
  options.max_connections = as_size(settings.max_connections);
  options.max_connections_per_address = as_size(settings.max_connections_per_address);
  options.max_buffered_bytes = as_size(settings.max_buffered_bytes);
  options.connection.max_output_bytes = as_size(settings.max_output_bytes);
  options.connection.write_timeout = settings.write_timeout;
  SessionLimits& session = options.connection.session;
  session.decoder.max_packet_bytes = as_size(settings.intake.max_upload_bytes + kPublishHeadBytes);
  session.uploads.max_uploads = as_size(settings.max_uploads_in_flight);
  session.uploads.max_bytes = as_size(settings.max_bytes_in_flight);
  session.uploads.unavailable_timeout = settings.unavailable_timeout;
  session.max_unacknowledged_responses = as_size(settings.max_unacknowledged_responses);
  session.max_publishes_per_second = static_cast<std::uint32_t>(settings.max_publishes_per_second);
  session.max_keep_alive = std::chrono::ceil<seconds>(settings.max_keep_alive);
  session.connect_timeout = settings.connect_timeout;
  session.packet_timeout = settings.packet_timeout;
  return options;
}

}  // namespace millrace::mqtt_receiver
