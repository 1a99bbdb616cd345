// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "lib/intake/intake.h"

namespace millrace::intake {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

void declare_limits(Settings& settings, config::SettingsTable& table) {
  table.bytes("max-upload-size", &settings.max_upload_bytes, 1 << 10, 64 << 20,
              "largest body of an upload, after decompression; the NATS server's max_payload "
              "bounds it too");
  table.integer("max-samples-per-upload", &settings.max_samples_per_upload, 1, 1'000'000,
                "most samples in one upload");
  table.bytes("max-waiting-size", &settings.max_waiting_bytes, 1 << 20, std::int64_t{16} << 30,
              "uploads received and not yet acknowledged by JetStream; beyond it devices get 503");
}

void declare_publishing(Settings& settings, config::SettingsTable& table) {
  table.bytes("max-message-size", &settings.max_message_bytes, 1 << 10, 1 << 20,
              "uploads are coalesced into messages of this size while earlier ones are in flight");
  table.integer("publishes-in-flight", &settings.publishes_in_flight, 1, 1'000,
                "messages published and not yet acknowledged; more of them make messages smaller");
  table.integer("shards", &settings.shards, 1, 1'024,
                "subjects the endpoints are spread over; the same for all receivers");
  table.duration("publish-retry-after", &settings.publisher.retry_after, milliseconds{100},
                 seconds{60}, "without an acknowledgement a message is sent again after this");
  table.duration("publish-deadline", &settings.publisher.deadline, milliseconds{500}, seconds{600},
                 "then its uploads are answered with 503");
}

void declare_stream(Settings& settings, config::SettingsTable& table) {
  table.bytes("stream-max-size", &settings.stream.max_bytes, 1 << 20, std::int64_t{1} << 50,
              "size of the stream DATA_SAMPLES; when it is full devices get 503");
  table.integer("stream-replicas", &settings.stream.replicas, 1, 5,
                "replicas of DATA_SAMPLES in a NATS cluster");
  table.duration("stream-duplicate-window", &settings.stream.duplicate_window, seconds{1},
                 hours{24}, "a message repeated within it is stored once");
}

void declare_tokens(Settings& settings, config::SettingsTable& table) {
  table.integer("token-cache-entries", &settings.token_cache_entries, 1, 10'000'000,
                "known endpoint tokens kept in memory; beside them an eighth of it refused ones");
  table.duration("token-known-expiry", &settings.tokens.known_expiry, seconds{1}, hours{24},
                 "a known token is asked about again after this");
  table.duration("token-refused-expiry", &settings.tokens.refused_expiry, milliseconds{100},
                 hours{1}, "a refused token is asked about again after this");
  table.integer("max-unknown-tokens-per-second", &settings.tokens.max_unknown_per_second, 1,
                1'000'000,
                "tokens nobody knows that the registry is asked about in a second; then uploads "
                "with tokens that are not in memory get 503");
  table.duration("token-request-timeout", &settings.tokens.request_timeout, milliseconds{50},
                 seconds{60}, "how long the registry may take to answer about a token");
}

bool is_subject_token(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

void declare(Settings& settings, config::SettingsTable& table) {
  table.urls("nats-url", &settings.nats_url, "NATS servers, separated by commas");
  table.text("instance-name", &settings.instance_name,
             "name of this receiver in NATS subjects: a-z 0-9 - _");
  declare_limits(settings, table);
  declare_publishing(settings, table);
  declare_stream(settings, table);
  declare_tokens(settings, table);
}

absl::Status check(const Settings& settings) {
  std::string faults;
  if (!is_subject_token(settings.instance_name)) {
    faults += fmt::format(
        "instance-name \"{}\" cannot stand in a NATS subject: use characters of a-z 0-9 - _\n",
        settings.instance_name);
  }
  if (settings.max_waiting_bytes < 2 * settings.max_upload_bytes) {
    faults += fmt::format(
        "max-waiting-size {} is less than two uploads of max-upload-size {}: raise it\n",
        settings.max_waiting_bytes, settings.max_upload_bytes);
  }
  if (settings.publisher.deadline >= settings.stream.duplicate_window) {
    faults += fmt::format(
        "publish-deadline {} ms is not shorter than stream-duplicate-window {} ms: a message sent "
        "again after the window would be stored twice\n",
        settings.publisher.deadline.count(), settings.stream.duplicate_window.count());
  }
  if (faults.empty()) return absl::OkStatus();
  faults.pop_back();
  return absl::InvalidArgumentError(faults);
}

}  // namespace millrace::intake
