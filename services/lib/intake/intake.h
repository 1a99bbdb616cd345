// SPDX-License-Identifier: Apache-2.0
//
// One upload on its way in: check → look up → stamp → batch → JetStream → receipt. Both receivers
// call only this; neither knows how an upload is identified or published. The check comes first
// because it runs on the receiver's own threads: nothing heavy ever holds up the bus threads, which
// carry everybody's acknowledgements.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/bus/publisher.h"
#include "lib/bus/streams.h"
#include "lib/config/settings_table.h"
#include "lib/registry_client/token_directory.h"
#include "lib/telemetry/resource_path.h"
#include "lib/telemetry/sample_json.h"
#include "lib/trace/trace_context.h"

namespace millrace::intake {

struct Settings {
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string service;        // http-receiver, mqtt-receiver; set by the service
  std::string instance_name;  // of the receiver: in subjects and logs; set by the service
  // A body, as received and inflated. In effect no more than the NATS server's max_payload takes.
  std::int64_t max_upload_bytes = 1 << 20;
  std::int64_t max_samples_per_upload = 10'000;
  // Uploads coalesced into one message. Its bound of 1 MiB keeps a message below 2^20 samples
  // (docs/decisions/0004-bus-message.md).
  std::int64_t max_message_bytes = 256 << 10;
  std::int64_t publishes_in_flight = 8;
  // Taken by intake and not yet answered; more: 503.
  std::int64_t max_waiting_bytes = 64 << 20;
  std::int64_t shards = 1;
  std::int64_t token_cache_entries = 200'000;
  bus::StreamOptions stream;
  bus::PublisherOptions publisher;
  registry_client::TokenDirectoryOptions tokens;
};
// Names every field of `settings` (nats-url, max-upload-size, …) in `table`; defaults are what the
// fields hold then.
void declare(Settings& settings, config::SettingsTable& table);
// What no single setting can tell: whether they fit together. kInvalidArgument with every fault, a
// line each. create() asks it.
absl::Status check(const Settings& settings);

// The answer to an upload: what HTTP says in its status line, MQTT by PUBACK, /status and /error.
struct Receipt {
  enum class Code {
    kAccepted = 200,    // in the stream, acknowledged by JetStream
    kBadRequest = 400,  // not JSON, too deep
    kForbidden = 403,   // token suspended or revoked
    kNotFound = 404,    // unknown path, application version or token
    kTooLarge = 413,    // body or number of samples
    // More uploads than the endpoint's application allows; not stored: again after retry_after,
    // which is at least a second.
    kTooManyRequests = 429,
    kUnavailable = 503,  // bus or registry away, stream full: try again after retry_after
  };
  Code code = Code::kUnavailable;
  std::string reason_phrase = {};  // what to change; empty with kAccepted
  std::chrono::seconds retry_after{0};
  // With kUnavailable: it may be in the stream nevertheless, so that submitting it again may store
  // it twice.
  bool may_be_stored = false;
  std::int64_t token_id = 0;  // of the token used, where known: for cutting sessions on revocation
};
// {"statusCode":404,"reasonPhrase":"…"}: the error object of 1/KP.
std::string error_object(const Receipt& receipt);
std::string error_object(int status_code, std::string_view reason_phrase);

struct Upload {
  telemetry::ResourcePath path;
  std::string body;
  // At most 64 characters, printable ASCII; empty: the trace id of `trace`, without that one is
  // made.
  std::string correlation_id = {};
  // As the device sent it; goes with the upload into the stream and into log lines.
  std::optional<trace::TraceContext> trace = std::nullopt;
};

// An upload that a receiver refuses by itself, so that it is never submitted.
struct OutsideRefusal {
  telemetry::ResourcePath path;
  std::string correlation_id = {};
  int status_code = 0;  // as the device was told
  std::string reason_phrase = {};
};

class ConnectedIntake;

// Safe to use from any thread.
class Intake {
 public:
  // Connects, ensures the stream, waits for what is away until `stop` (kCancelled).
  // `on_revoked`: see TokenDirectory. `platform` must outlive the intake.
  static absl::StatusOr<std::unique_ptr<ConnectedIntake>> create(
      Settings settings, std::function<void(std::int64_t token_id)> on_revoked,
      process::Platform& platform, std::stop_token stop);
  // Answers everything that is still open with kUnavailable. Nobody may be inside submit().
  virtual ~Intake() = default;

  // `done` runs exactly once, inside this call (refusals) or later on a bus thread, those of one
  // message within one concurrency::WakeScope; it must not block. An upload without samples ([]) is
  // accepted and goes nowhere.
  virtual void submit(Upload upload, std::function<void(const Receipt&)> done) = 0;

  // While one exists, uploads that its thread submits wait for each other, to travel in one
  // message: for those that came in together. They leave at its end at the latest. One at a time in
  // a thread.
  class Burst {
   public:
    explicit Burst(Intake& intake) : intake_(intake) { intake_.begin_burst(); }
    ~Burst() { intake_.end_burst(); }
    Burst(const Burst&) = delete;
    Burst& operator=(const Burst&) = delete;

   private:
    Intake& intake_;
  };

  // Keeps it beside those that submit() refuses, for whoever asks what became of it. Never blocks.
  virtual void note(OutsideRefusal refusal) = 0;

  // Waits until everything submitted is answered; false when `deadline` passed first.
  virtual bool drain(std::chrono::milliseconds deadline) = 0;

 private:
  virtual void begin_burst() {}
  virtual void end_burst() {}
};

// With its connection to the bus, over which its owner may ask other services.
class ConnectedIntake : public Intake {
 public:
  // Valid as long as the intake.
  virtual bus::Connection& connection() = 0;
};

}  // namespace millrace::intake
