// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/settings.h"

#include "http-receiver/routes.h"

namespace millrace::http_receiver {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

}  // namespace

Settings::Settings() {
  intake.service = intake.instance_name = "http-receiver";
}

config::SettingsTable declare(Settings& settings) {
  config::SettingsTable table;
  table.listen("http-listen", &settings.listen, "where devices connect: HTTP over plain TCP");
  table.integer("io-threads", &settings.io_threads, 0, 256,
                "threads that serve connections; 0: as many as the machine has cores");
  table.integer("max-connections", &settings.max_connections, 1, 1'000'000,
                "most connections at a time; more are closed as they come");
  table.bytes("max-receiving-size", &settings.max_receiving_bytes, 1 << 20, std::int64_t{1} << 40,
              "request bodies being received, all together; beyond it devices above their equal "
              "share of it "
              "get 503");
  table.duration("idle-timeout", &settings.idle_timeout, milliseconds{100}, hours{1},
                 "a connection without a complete request head is closed after this");
  table.duration("read-timeout", &settings.read_timeout, milliseconds{100}, hours{1},
                 "a request whose body stops arriving is given up after this; in all it may take "
                 "ten times as long");
  table.duration("write-timeout", &settings.write_timeout, milliseconds{100}, hours{1},
                 "a device that does not take its answer is closed after this");
  intake::declare(settings.intake, table);
  return table;
}

http::ServerOptions server_options(const Settings& settings) {
  http::ServerOptions options;
  options.host = settings.listen.host;
  options.port = settings.listen.port;
  options.threads = http::thread_count(settings.io_threads);
  options.max_body_bytes = static_cast<std::size_t>(settings.intake.max_upload_bytes);
  options.max_connections = static_cast<std::size_t>(settings.max_connections);
  options.max_receiving_bytes = static_cast<std::size_t>(settings.max_receiving_bytes);
  options.idle_timeout = settings.idle_timeout;
  options.read_timeout = settings.read_timeout;
  options.write_timeout = settings.write_timeout;
  options.error_response = error_response;
  return options;
}

}  // namespace millrace::http_receiver
