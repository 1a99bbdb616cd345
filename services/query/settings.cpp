// SPDX-License-Identifier: Apache-2.0
#include "query/settings.h"

#include <algorithm>

#include "lib/postgres/url.h"

namespace millrace::query {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::int64_t calls_per_key(const Settings& settings) {
  if (settings.max_calls_per_key > 0) return settings.max_calls_per_key;
  return std::max<std::int64_t>(1, settings.max_calls / 2);
}

config::SettingsTable declare(Settings& settings) {
  config::SettingsTable table;
  table.listen("grpc-listen", &settings.grpc_listen, "Where the gRPC API listens.");
  tls::declare(table, settings.tls);
  table.urls("nats-url", &settings.nats_url,
             "NATS servers, separated by commas: the registry checks API keys over it.");
  table.secret("database-url", &settings.database_url,
               "The PostgreSQL database, as a libpq URL; a read replica will do.",
               postgres::check_url);
  table.text("instance-name", &settings.instance_name,
             "Tells this process from its replicas in NATS and PostgreSQL.");
  table.integer("database-connections", &settings.database_connections, 1, 200,
                "Most connections to PostgreSQL, one for each statement that runs at a time.");
  table.duration("connection-wait", &settings.connection_wait, milliseconds{0}, minutes{1},
                 "How long a call waits for a free connection before RESOURCE_EXHAUSTED.");
  table.duration("statement-timeout", &settings.statement_timeout, seconds{1}, hours{1},
                 "Longest run of one statement; a call is made of many.");
  table.integer("max-calls", &settings.max_calls, 1, 1000,
                "Most calls at a time, each with a thread; more get RESOURCE_EXHAUSTED.");
  table.integer("max-calls-per-key", &settings.max_calls_per_key, 0, 1000,
                "Most calls at a time with one API key, so that others get in; 0: half of "
                "max-calls, at least 1.");
  table.duration("call-timeout", &settings.call_timeout, seconds{1}, hours{24},
                 "Longest run of one call, whatever deadline the client gave.");
  table.duration("stall-timeout", &settings.stall_timeout, seconds{1}, hours{1},
                 "How long a client may take no part of an answer before its call is ended.");
  table.integer("max-subscriptions", &settings.max_subscriptions, 1, 100'000,
                "Most subscriptions at a time; more get RESOURCE_EXHAUSTED.");
  table.integer("max-subscriptions-per-key", &settings.max_subscriptions_per_key, 1, 100'000,
                "Most subscriptions with one API key, so that no key takes all of them.");
  return table;
}

}  // namespace millrace::query
