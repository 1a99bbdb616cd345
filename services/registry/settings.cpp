// SPDX-License-Identifier: Apache-2.0
#include "registry/settings.h"

#include "lib/postgres/url.h"

namespace millrace::registry {

config::SettingsTable declare(Settings& settings) {
  config::SettingsTable table;
  table.text("instance-name", &settings.instance_name,
             "Name of this process in the connections to NATS and PostgreSQL.");
  table.listen("grpc-listen", &settings.grpc_listen, "Address of the administration API.");
  tls::declare(table, settings.tls);
  table.integer("grpc-threads", &settings.grpc_threads, 4, 1024,
                "Administration calls at work at once; further ones are refused.");
  table.urls("nats-url", &settings.nats_url, "NATS servers, separated by commas.");
  table.secret("database-url", &settings.database_url,
               "PostgreSQL connection of the role that owns the schema registry.",
               postgres::check_url);
  table.integer("database-connections", &settings.database_connections, 2, 100,
                "Connections to PostgreSQL at most.");
  table.integer("look-up-workers", &settings.look_up_workers, 1, 64,
                "Requests from NATS (tokens, API keys, series rules) answered in parallel.");
  table.integer("password-check-workers", &settings.password_check_workers, 1, 64,
                "Passwords of MQTT clients checked in parallel, each for about a millisecond of a "
                "processor.");
  table.text(
      "admin-key-file", &settings.admin_key_file,
      "Where the first API key is written, readable by the owner only; its folder must exist.");
  table.boolean("reset-admin-key", &settings.reset_admin_key,
                "At this start, revoke the API key named admin and write a new one to "
                "admin-key-file: for operators who lost all keys.");
  return table;
}

}  // namespace millrace::registry
