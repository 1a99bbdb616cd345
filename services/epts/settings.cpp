// SPDX-License-Identifier: Apache-2.0
#include "epts/settings.h"

#include <algorithm>

#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include "lib/bus/subjects.h"
#include "lib/postgres/url.h"

namespace millrace::epts {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

void declare_bus(Settings& settings, config::SettingsTable& table) {
  table.urls("nats-url", &settings.nats_url, "NATS servers, separated by commas.");
  table.bytes("stream-max-size", &settings.stream.max_bytes, 1 << 20, std::int64_t{1} << 50,
              "Size of the stream DATA_SAMPLES; the same in all services. Full: receivers answer "
              "503.");
  table.integer("stream-replicas", &settings.stream.replicas, 1, 5,
                "NATS nodes that keep a copy of the stream; only used when it is made.");
  table.duration("stream-duplicate-window", &settings.stream.duplicate_window, seconds{1},
                 hours{24}, "How long the stream remembers message ids; the same in all services.");
  table.duration("ack-wait", &settings.ack_wait, seconds{5}, hours{1},
                 "After so long without a sign of life a message goes to another epts.");
  table.integer("fetch-messages", &settings.fetch_messages, 1, 10'000,
                "Messages a writer pulls at once.");
  table.bytes("fetch-size", &settings.fetch_bytes, 64 << 10, 256 << 20,
              "Bytes a writer pulls at once, more or less.");
  table.choice(
      "data-points-events", &settings.data_points_events, {"off", "interest", "on"},
      "Which stored points are announced on NATS (14/TSTP): none, those that somebody asked "
      "for, all.");
  table.optional_text("data-points-transmitters", &settings.data_points_transmitters,
                      "Others whose data points are stored too: the names in their subjects, "
                      "separated by commas; the same in all epts.");
}

void declare_storage(Settings& settings, config::SettingsTable& table) {
  table.secret("database-url", &settings.database_url,
               "PostgreSQL connection of the role that owns the schema time_series.",
               postgres::check_url);
  table.integer("writers", &settings.writers, 1, 64,
                "Threads that extract and store, each with a connection of its own.");
  table.integer("samples-per-transaction", &settings.samples_per_transaction, 1, 200'000,
                "A transaction takes whole messages up to so many samples.");
  table.duration("statement-timeout", &settings.statement_timeout, seconds{1}, hours{1},
                 "PostgreSQL gives up a statement after so long; the batch is tried again.");
  table.integer("cached-endpoints", &settings.cached_endpoints, 100, 10'000'000,
                "Endpoints each writer remembers, about 300 bytes each.");
}

void declare_limits(Settings& settings, config::SettingsTable& table) {
  table.integer("max-fields-per-sample", &settings.fields_per_sample, 1, 1600,
                "A sample that gives more values is rejected.");
  table.bytes("max-string-size", &settings.string_bytes, 1, 1 << 20,
              "A longer string is rejected, with the point it belongs to.");
  table.integer("max-series-per-application", &settings.series_per_application, 1, 1'000'000,
                "Values of series an application may have; those of further ones are rejected.");
  table.integer("max-layouts-per-application", &settings.layouts_per_application, 0, 1'000'000,
                "Combinations of series stored as one row a sample; samples of further ones take "
                "one row a value.");
  table.integer("max-series-per-endpoint", &settings.series_per_endpoint, 1, 1'000'000,
                "Values of series an endpoint may have; those of further ones are rejected.");
  table.integer("max-layouts-per-endpoint", &settings.layouts_per_endpoint, 0, 1'000'000,
                "Combinations of series of an endpoint stored as one row a sample; samples of "
                "further ones take one row a value.");
  table.duration("accept-past", &settings.accept_past, hours{1}, days{36'500},
                 "A sample whose time is further back is rejected.");
  table.duration("accept-future", &settings.accept_future, minutes{1}, days{3650},
                 "A sample whose time is further ahead is rejected.");
  table.duration("retention", &settings.retention, hours{1}, days{36'500},
                 "Points are removed after so long, where an application's rules do not say "
                 "otherwise; 36500d: never.");
  table.choice("rollups", &settings.rollups, {"off", "on"},
               "Whether sums of past hours are kept, which make long ranges fast; off: they are "
               "deleted. The same in all epts.");
  table.integer("rollup-share", &settings.rollup_share, 1, 100,
                "Percent of the time that one epts may work on rollups.");
  table.duration("rejected-sample-age", &settings.rejected_sample_age, hours{1}, days{3650},
                 "Rejected samples are deleted after so long.");
  table.integer("max-rejected-samples", &settings.rejected_samples, 1, 1'000'000'000,
                "Rejected samples kept; beyond, the oldest are deleted.");
  table.bytes("rejected-sample-size", &settings.rejected_sample_bytes, 0, 64 << 10,
              "Of a rejected sample so many bytes are kept.");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> transmitters(const Settings& settings) {
  std::vector<std::string> names;
  if (settings.data_points_transmitters.empty()) return names;
  for (const absl::string_view part : absl::StrSplit(settings.data_points_transmitters, ',')) {
    const std::string name(part);
    // What epts announces itself would come back to it for ever.
    if (!bus::subjects::is_transmitter_name(name) || name == "epts" ||
        std::find(names.begin(), names.end(), name) != names.end()) {
      return absl::InvalidArgumentError(fmt::format(
          "cannot use data-points-transmitters \"{}\": \"{}\" is no name, or is there twice; 1 to "
          "64 characters of A-Z a-z 0-9 - _ are, but not epts",
          settings.data_points_transmitters, name));
    }
    names.push_back(name);
  }
  return names;
}

config::SettingsTable declare(Settings& settings) {
  config::SettingsTable table;
  table.text("instance-name", &settings.instance_name,
             "Name of this process in the connections to NATS and PostgreSQL.");
  declare_bus(settings, table);
  declare_storage(settings, table);
  declare_limits(settings, table);
  return table;
}

}  // namespace millrace::epts
