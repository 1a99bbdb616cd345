// SPDX-License-Identifier: Apache-2.0
#include "gateway/settings.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/http/cors.h"

namespace millrace::gateway {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// "a, b" → a, b.
std::vector<std::string> items(std::string_view list) {
  std::vector<std::string> found;
  while (!list.empty()) {
    if (const std::string_view item = http::cut_off(list, ','); !item.empty()) {
      found.emplace_back(item);
    }
  }
  return found;
}

void declare_limits(config::SettingsTable& table, Settings& settings) {
  table.integer("io-threads", &settings.io_threads, 0, 256,
                "threads that serve connections; 0: as many as the machine has cores");
  table.integer("max-connections", &settings.max_connections, 1, 1'000'000,
                "most connections at a time; more are closed as they come");
  table.bytes("max-request-size", &settings.max_request_bytes, 1 << 10, 64 << 20,
              "largest body of a request, inflated where it is compressed; more: 413");
  table.bytes("max-receiving-size", &settings.max_receiving_bytes, 1 << 20, std::int64_t{1} << 40,
              "request bodies being received, all together; beyond it those above their equal "
              "share of it get 503");
  table.bytes("max-answer-size", &settings.max_answer_bytes, 1 << 10, 64 << 20,
              "largest message taken from query and registry; a call with a larger one ends with "
              "RESOURCE_EXHAUSTED");
  table.integer("max-calls", &settings.max_calls, 1, 10'000,
                "most calls with one answer at a time, to query and to registry each; more get "
                "RESOURCE_EXHAUSTED");
  table.integer("max-streams", &settings.max_streams, 1, 10'000,
                "most streams at a time, from query and from registry each; more get "
                "RESOURCE_EXHAUSTED");
  table.integer("max-streams-per-key", &settings.max_streams_per_key, 0, 10'000,
                "most streams at a time with one API key, so that others get in; 0: half of "
                "max-streams, at least 1. Of calls with one answer a key has half of max-calls");
  table.duration("call-timeout", &settings.call_timeout, milliseconds{100}, hours{1},
                 "longest run of a call with one answer; shorter where the client says so");
  table.duration("idle-timeout", &settings.idle_timeout, milliseconds{100}, hours{1},
                 "a connection without a complete request head is closed after this");
  table.duration("read-timeout", &settings.read_timeout, milliseconds{100}, hours{1},
                 "a request whose body stops arriving is given up after this; in all it may take "
                 "ten times as long");
  table.duration("write-timeout", &settings.write_timeout, milliseconds{100}, hours{1},
                 "a client that takes no part of its answer for this long is closed");
}

}  // namespace

config::SettingsTable declare(Settings& settings) {
  config::SettingsTable table;
  table.listen(
      "http-listen", &settings.listen,
      "where browsers and scripts connect: HTTP, or HTTPS alone where tls-certificate is set");
  tls::declare(table, settings.certificate);
  table.text("query-address", &settings.query_address, "where query answers gRPC: host:port");
  table.text("registry-address", &settings.registry_address,
             "where the registry answers gRPC: host:port");
  rpc::declare(table, settings.grpc_tls);
  table.urls("nats-url", &settings.nats_url,
             "NATS servers, separated by commas: over it the gateway says how it is; it serves "
             "without it");
  table.text("instance-name", &settings.instance_name,
             "tells this process from its replicas in NATS and in what `millrace doctor` says");
  table.optional_text("allowed-origins", &settings.allowed_origins,
                      "other sites whose pages may call the API, separated by commas: "
                      "https://example.com; none by default");
  table.optional_text("allowed-hosts", &settings.allowed_hosts,
                      "names that requests may address the gateway by, separated by commas, "
                      "without ports; none: any name");
  table.optional_text("device-http-url", &settings.device_http_url,
                      "where devices reach http-receiver, for the examples of the dashboard; none: "
                      "port 8080 of the host that the page was opened with");
  table.optional_text("device-mqtt-url", &settings.device_mqtt_url,
                      "where devices reach mqtt-receiver, as mqtt://host:port; none: port 1883 of "
                      "the host that the page was opened with");
  declare_limits(table, settings);
  return table;
}

absl::Status check(const Settings& settings) {
  // Any origin is none here: keys are at stake.
  const auto origins = http::parse_origins(settings.allowed_origins, false);
  if (!origins.ok()) return error::prefixed("cannot use allowed-origins", origins.status());
  for (const std::string& host : items(settings.allowed_hosts)) {
    if (host.find('/') != std::string::npos || host_name(host) != host) {
      return absl::InvalidArgumentError(fmt::format(
          "cannot use allowed-hosts: \"{}\" is no host name; write it without scheme and port",
          host));
    }
  }
  return absl::OkStatus();
}

http::ServerOptions server_options(const Settings& settings) {
  http::ServerOptions options;
  options.listeners = {http::Listener{settings.listen.host, settings.listen.port}};
  options.threads = http::thread_count(settings.io_threads);
  options.max_body_bytes = static_cast<std::size_t>(settings.max_request_bytes);
  options.max_connections = static_cast<std::size_t>(settings.max_connections);
  options.max_receiving_bytes = static_cast<std::size_t>(settings.max_receiving_bytes);
  options.idle_timeout = settings.idle_timeout;
  options.read_timeout = settings.read_timeout;
  options.write_timeout = settings.write_timeout;
  return options;
}

rpc::ChannelOptions channel_options(const Settings& settings, const std::string& address,
                                    std::shared_ptr<grpc::ChannelCredentials> credentials) {
  rpc::ChannelOptions options;
  options.address = address;
  options.credentials = std::move(credentials);
  options.max_message_bytes = static_cast<int>(settings.max_answer_bytes);
  return options;
}

rpc::GenericLimits call_limits(const Settings& settings) {
  return {static_cast<std::size_t>(settings.max_calls),
          static_cast<std::size_t>(settings.max_streams)};
}

ConnectLimits connect_limits(const Settings& settings) {
  const std::int64_t streams = settings.max_streams_per_key > 0
                                   ? settings.max_streams_per_key
                                   : std::max<std::int64_t>(1, settings.max_streams / 2);
  ConnectLimits limits;
  limits.call_timeout = settings.call_timeout;
  limits.max_request_bytes = static_cast<std::size_t>(settings.max_request_bytes);
  limits.calls_per_key =
      static_cast<std::size_t>(std::max<std::int64_t>(1, settings.max_calls / 2));
  limits.streams_per_key = static_cast<std::size_t>(streams);
  return limits;
}

AllowedSites allowed_sites(const Settings& settings) {
  return {http::parse_origins(settings.allowed_origins, false).value(),
          items(settings.allowed_hosts)};
}

}  // namespace millrace::gateway
