// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/settings.h"

#include <utility>

#include "lib/error/error.h"
#include "lib/http/cors.h"

namespace millrace::http_receiver {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Of proxy-protocol.
constexpr char kRequired[] = "required";

void declare_listeners(config::SettingsTable& table, Settings& settings) {
  table.optional_listen("http-listen", &settings.http_listen,
                        "where devices connect by HTTP over plain TCP");
  table.optional_listen("https-listen", &settings.https_listen,
                        "where devices connect by HTTPS, once tls-certificate is given");
  tls::declare(table, settings.certificate);
  table.choice("proxy-protocol", &settings.proxy_protocol, {"off", kRequired},
               "whether connections begin with a header of the PROXY protocol (version 1 or 2), "
               "which a balancer writes: those without one are closed then, and "
               "max-connections-per-address counts by what it says");
  table.rule([&settings] {
    const bool https = settings.https_listen.has_value() && settings.certificate.given();
    if (settings.http_listen.has_value() || https) return absl::OkStatus();
    return absl::InvalidArgumentError(
        "http-listen is off, and HTTPS needs https-listen and tls-certificate; give one of them");
  });
}

void declare_limits(config::SettingsTable& table, Settings& settings) {
  table.integer("io-threads", &settings.io_threads, 0, 256,
                "threads that serve connections; 0: as many as the machine has cores");
  table.integer("max-connections", &settings.max_connections, 1, 1'000'000,
                "most connections at a time; more are closed as they come");
  table.integer("max-connections-per-address", &settings.max_connections_per_address, 0, 1'000'000,
                "most connections at a time from one address (IPv6: from one /64); more are closed "
                "as they come; 0: no limit");
  table.bytes("max-receiving-size", &settings.max_receiving_bytes, 1 << 20, std::int64_t{1} << 40,
              "request bodies being received, all together; beyond it devices above their equal "
              "share of it get 503");
  table.duration(
      "handshake-timeout", &settings.handshake_timeout, milliseconds{100}, hours{1},
      "a connection that has come to no TLS session after this is closed; also one without "
      "its PROXY header");
  table.duration("idle-timeout", &settings.idle_timeout, milliseconds{100}, hours{1},
                 "a connection without a complete request head is closed after this");
  table.duration("read-timeout", &settings.read_timeout, milliseconds{100}, hours{1},
                 "a request whose body stops arriving is given up after this; in all it may take "
                 "ten times as long");
  table.duration("write-timeout", &settings.write_timeout, milliseconds{100}, hours{1},
                 "a device that does not take its answer is closed after this");
}

}  // namespace

Settings::Settings() {
  intake.service = intake.instance_name = "http-receiver";
}

config::SettingsTable declare(Settings& settings) {
  config::SettingsTable table;
  declare_listeners(table, settings);
  declare_limits(table, settings);
  table.optional_text("allowed-origins", &settings.allowed_origins,
                      "sites whose pages may read the answers to their uploads, separated by "
                      "commas: https://example.com; * for any; none by default");
  table.rule([&settings] {
    return error::prefixed("cannot use allowed-origins",
                           http::parse_origins(settings.allowed_origins, true).status());
  });
  intake::declare(settings.intake, table);
  return table;
}

http::ServerOptions server_options(const Settings& settings,
                                   std::shared_ptr<tls::ServerCertificate> certificate) {
  http::ServerOptions options;
  options.listeners.clear();
  const bool proxied = settings.proxy_protocol == kRequired;
  if (const auto& listen = settings.http_listen; listen.has_value()) {
    options.listeners.push_back({listen->host, listen->port, nullptr, proxied});
  }
  if (const auto& listen = settings.https_listen; listen.has_value() && certificate != nullptr) {
    options.listeners.push_back({listen->host, listen->port, std::move(certificate), proxied});
  }
  options.threads = http::thread_count(settings.io_threads);
  options.max_body_bytes = static_cast<std::size_t>(settings.intake.max_upload_bytes);
  options.max_connections = static_cast<std::size_t>(settings.max_connections);
  options.max_connections_per_address =
      static_cast<std::size_t>(settings.max_connections_per_address);
  options.max_receiving_bytes = static_cast<std::size_t>(settings.max_receiving_bytes);
  options.handshake_timeout = settings.handshake_timeout;
  options.idle_timeout = settings.idle_timeout;
  options.read_timeout = settings.read_timeout;
  options.write_timeout = settings.write_timeout;
  return options;
}

std::vector<std::string> allowed_origins(const Settings& settings) {
  return http::parse_origins(settings.allowed_origins, true).value();
}

}  // namespace millrace::http_receiver
