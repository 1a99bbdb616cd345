// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/intake.h"

#include <algorithm>
#include <utility>

#include "lib/bus/subjects.h"
#include "lib/error/error.h"
#include "lib/intake/pipeline.h"
#include "lib/status/status_responder.h"

namespace millrace::intake {
namespace {

// Around the JSON in a message of its own: the event's other fields (names and ids of at most 128
// bytes each, a traceparent of 55) and the message's headers, which count towards max_payload.
constexpr std::size_t kMessageOverheadBytes = 1024;

// The messages of one receiver, into JetStream.
class StreamOutlet final : public Batcher::Outlet {
 public:
  StreamOutlet(std::string receiver, bus::Publisher& publisher, metrics::Registry& metrics)
      : receiver_(std::move(receiver)),
        publisher_(publisher),
        message_uploads_(message_uploads_histogram(metrics)) {}

  absl::Status publish(Batcher::Message message, Batcher::Done done) override {
    message_uploads_.observe(static_cast<double>(message.uploads));
    return publisher_.publish(bus::subjects::data_samples_received(receiver_, message.shard),
                              std::move(message.payload), message.trace, std::move(done));
  }

 private:
  const std::string receiver_;
  bus::Publisher& publisher_;
  const metrics::Histogram message_uploads_;
};

// What fits into one message of the server we are connected to, and no more than is set.
std::size_t effective_limit(std::int64_t set_bytes, const bus::Connection& connection) {
  const std::size_t payload = connection.max_payload_bytes();
  const std::size_t fits = payload > kMessageOverheadBytes ? payload - kMessageOverheadBytes : 0;
  return std::min(static_cast<std::size_t>(set_bytes), fits);
}

void follow_server_limit(UploadLimit& limit, std::int64_t set_bytes,
                         const bus::Connection& connection, log::Logger& log) {
  const std::size_t bytes = effective_limit(set_bytes, connection);
  if (limit.exchange(bytes) != bytes && bytes < static_cast<std::size_t>(set_bytes)) {
    log.warning("upload limit lowered",
                {{"hint", "raise max_payload of the NATS server or lower max-upload-size"},
                 {"limit_bytes", bytes},
                 {"max_upload_size_bytes", set_bytes},
                 {"nats_max_payload_bytes", connection.max_payload_bytes()}});
  }
}

// The pipeline together with what it stands on.
class StreamIntake final : public ConnectedIntake {
 public:
  struct Parts {
    std::unique_ptr<bus::Connection> connection;
    std::unique_ptr<bus::Publisher> publisher;
    std::unique_ptr<registry_client::TokenDirectory> tokens;
  };

  StreamIntake(const Settings& settings, PipelineOptions options, Parts parts,
               process::Platform& platform)
      : parts_(std::move(parts)),
        outlet_(settings.instance_name, *parts_.publisher, platform.metrics),
        pipeline_(
            std::make_unique<Pipeline>(std::move(options), *parts_.tokens, outlet_, platform)) {}

  // Answers for the process from here on.
  absl::Status tell_status(const Settings& settings, process::Platform& platform) {
    MILLRACE_ASSIGN_OR_RETURN(
        status_, status::StatusResponder::start(
                     *parts_.connection,
                     {settings.service, settings.instance_name, {"millrace_intake_uploads_total"}},
                     &pipeline_->refusals(), platform));
    return absl::OkStatus();
  }

  ~StreamIntake() override {
    status_.reset();
    // The pipeline outlives whoever calls back into it; close() has made it stop calling them.
    pipeline_->close();
    parts_.tokens.reset();
    parts_.publisher.reset();
    pipeline_.reset();
  }

  void submit(Upload upload, std::function<void(const Receipt&)> done) override {
    pipeline_->submit(std::move(upload), std::move(done));
  }
  void note(OutsideRefusal refusal) override { pipeline_->note(std::move(refusal)); }
  bool drain(std::chrono::milliseconds deadline) override { return pipeline_->drain(deadline); }
  bus::Connection& connection() override { return *parts_.connection; }

 private:
  void begin_burst() override { pipeline_->begin_burst(); }
  void end_burst() override { pipeline_->end_burst(); }

  Parts parts_;
  StreamOutlet outlet_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<status::StatusResponder> status_;
};

absl::StatusOr<StreamIntake::Parts> connect(const Settings& settings,
                                            std::function<void(std::int64_t)> on_revoked,
                                            process::Platform& platform, std::stop_token stop) {
  StreamIntake::Parts parts;
  MILLRACE_ASSIGN_OR_RETURN(
      parts.connection,
      bus::Connection::connect({settings.nats_url, settings.instance_name}, platform, stop));
  MILLRACE_RETURN_IF_ERROR(
      bus::ensure_data_samples_stream(*parts.connection, settings.stream, platform, stop));
  MILLRACE_ASSIGN_OR_RETURN(
      parts.publisher, bus::Publisher::create(*parts.connection, settings.publisher, platform));
  registry_client::TokenDirectoryOptions tokens = settings.tokens;
  tokens.max_entries = static_cast<std::size_t>(settings.token_cache_entries);
  MILLRACE_ASSIGN_OR_RETURN(
      parts.tokens, registry_client::TokenDirectory::create(*parts.connection, tokens,
                                                            std::move(on_revoked), platform));
  return parts;
}

// The limit in force, followed through reconnections. Shared with the connection's callback, which
// may outlive the pipeline by a moment.
std::shared_ptr<const UploadLimit> upload_limit(const Settings& settings,
                                                bus::Connection& connection, log::Logger& log) {
  const auto limit =
      std::make_shared<UploadLimit>(static_cast<std::size_t>(settings.max_upload_bytes));
  const auto follow = [limit, set_bytes = settings.max_upload_bytes, &connection, &log] {
    follow_server_limit(*limit, set_bytes, connection, log);
  };
  follow();
  connection.on_reconnect(follow);
  return limit;
}

PipelineOptions pipeline_options(const Settings& settings, bus::Connection& connection,
                                 log::Logger& log) {
  PipelineOptions options;
  options.max_upload_bytes = upload_limit(settings, connection, log);
  options.samples.max_samples = static_cast<std::uint32_t>(settings.max_samples_per_upload);
  options.max_waiting_bytes = static_cast<std::size_t>(settings.max_waiting_bytes);
  options.max_endpoints_with_quota = static_cast<std::size_t>(settings.token_cache_entries);
  options.batching.max_message_bytes = effective_limit(settings.max_message_bytes, connection);
  options.batching.max_in_flight = static_cast<std::size_t>(settings.publishes_in_flight);
  options.batching.shards = static_cast<unsigned>(settings.shards);
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ConnectedIntake>> Intake::create(
    Settings settings, std::function<void(std::int64_t token_id)> on_revoked,
    process::Platform& platform, std::stop_token stop) {
  MILLRACE_RETURN_IF_ERROR(check(settings));
  MILLRACE_ASSIGN_OR_RETURN(StreamIntake::Parts parts,
                            connect(settings, std::move(on_revoked), platform, stop));
  PipelineOptions options = pipeline_options(settings, *parts.connection, platform.log);
  auto intake =
      std::make_unique<StreamIntake>(settings, std::move(options), std::move(parts), platform);
  MILLRACE_RETURN_IF_ERROR(intake->tell_status(settings, platform));
  return intake;
}

}  // namespace millrace::intake
