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

void declare_bounds(Settings& settings, config::SettingsTable& table) {
  table.integer("max-connections", &settings.max_connections, 1, 1'000'000,
                "most connections at a time; more are closed as they come");
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

std::size_t as_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

config::SettingsTable declare(Settings& settings) {
  config::SettingsTable table;
  table.listen("mqtt-listen", &settings.listen, "where devices connect: MQTT over plain TCP");
  table.integer("io-threads", &settings.io_threads, 0, 256,
                "threads that serve connections; 0: as many as the machine has cores");
  declare_bounds(settings, table);
  declare_timeouts(settings, table);
  intake::declare(settings.intake, table);
  return table;
}

ListenerOptions listener_options(const Settings& settings) {
  ListenerOptions options;
  options.listen = settings.listen;
  options.io_threads = settings.io_threads > 0 ? as_size(settings.io_threads)
                                               : std::max(1U, std::thread::hardware_concurrency());
  options.max_connections = as_size(settings.max_connections);
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
