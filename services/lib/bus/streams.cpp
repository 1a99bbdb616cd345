// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/streams.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "lib/bus/jetstream_api.h"
#include "lib/bus/nats_convert.h"
#include "lib/bus/stream_config.h"
#include "lib/concurrency/wait.h"
#include "lib/error/error.h"

namespace millrace::bus {
namespace {

constexpr std::chrono::milliseconds kPause{100};

std::string call(const char* action) {
  return fmt::format("STREAM.{}.{}", action, kDataSamplesStream);
}

absl::Status cannot(const char* verb, const absl::Status& cause) {
  return error::prefixed(fmt::format("cannot {} the stream {}", verb, kDataSamplesStream), cause);
}

absl::Status unreadable(const char* name) {
  return absl::InternalError(fmt::format(
      "cannot read the stream {}: JetStream's answer has no '{}'", kDataSamplesStream, name));
}

// An object in JetStream's answer.
absl::StatusOr<const rapidjson::Value*> part_of(const rapidjson::Value& answer, const char* name) {
  const auto member = answer.FindMember(name);
  if (member == answer.MemberEnd() || !member->value.IsObject()) return unreadable(name);
  return &member->value;
}

absl::Status create(Connection& connection, const StreamOptions& options,
                    process::Platform& platform) {
  MILLRACE_ASSIGN_OR_RETURN(
      const jetstream::Answer answer,
      jetstream::ask(connection, call("CREATE"), stream_create_request(options)));
  if (answer.error_number == jetstream::kStreamExistsOtherwise) {
    return absl::UnavailableError("somebody else made it at the same time");  // look again
  }
  if (!answer.error.ok()) return cannot("make", answer.error);
  platform.log.info("made the stream",
                    {{"stream", kDataSamplesStream}, {"max_bytes", options.max_bytes}});
  return absl::OkStatus();
}

absl::Status bring_in_line(Connection& connection, const rapidjson::Value& config,
                           const StreamOptions& options, process::Platform& platform) {
  MILLRACE_ASSIGN_OR_RETURN(const auto request, stream_update_request(config, options));
  if (!request.has_value()) return absl::OkStatus();
  MILLRACE_ASSIGN_OR_RETURN(const jetstream::Answer answer,
                            jetstream::ask(connection, call("UPDATE"), *request));
  if (!answer.error.ok()) return cannot("change", answer.error);
  platform.log.info("changed the stream",
                    {{"stream", kDataSamplesStream},
                     {"max_bytes", options.max_bytes},
                     {"duplicate_window_ms", options.duplicate_window.count()}});
  return absl::OkStatus();
}

absl::Status ensure_once(Connection& connection, const StreamOptions& options,
                         process::Platform& platform) {
  MILLRACE_ASSIGN_OR_RETURN(const jetstream::Answer answer,
                            jetstream::ask(connection, call("INFO"), ""));
  if (answer.error_number == jetstream::kStreamNotFound) {
    return create(connection, options, platform);
  }
  if (!answer.error.ok()) return cannot("read", answer.error);
  MILLRACE_ASSIGN_OR_RETURN(const rapidjson::Value* config, part_of(answer.body, "config"));
  return bring_in_line(connection, *config, options, platform);
}

}  // namespace

absl::Status ensure_data_samples_stream(Connection& connection, const StreamOptions& options,
                                        process::Platform& platform, std::stop_token stop) {
  bool said = false;
  while (!stop.stop_requested()) {
    const absl::Status status = ensure_once(connection, options, platform);
    if (!absl::IsUnavailable(status)) return status;
    if (!std::exchange(said, true)) {
      platform.log.warning("waiting for JetStream",
                           {{"stream", kDataSamplesStream}, {"cause", error::message(status)}});
    }
    if (!concurrency::sleep_for(stop, kPause)) break;
  }
  return absl::CancelledError(
      fmt::format("cannot make the stream {}: stopped", kDataSamplesStream));
}

absl::StatusOr<StreamState> data_samples_state(Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const jetstream::Answer answer,
                            jetstream::ask(connection, call("INFO"), ""));
  if (!answer.error.ok()) {
    // Above all: no such stream. An epts that runs makes it within seconds, as whoever starts does.
    return absl::UnavailableError(error::message(cannot("read", answer.error)));
  }
  MILLRACE_ASSIGN_OR_RETURN(const rapidjson::Value* config, part_of(answer.body, "config"));
  MILLRACE_ASSIGN_OR_RETURN(const rapidjson::Value* said, part_of(answer.body, "state"));
  StreamState state;
  state.messages = jetstream::integer_of(*said, "messages", -1);
  if (state.messages < 0) return unreadable("messages");
  state.bytes = jetstream::integer_of(*said, "bytes", -1);
  if (state.bytes < 0) return unreadable("bytes");
  const std::int64_t max_bytes = jetstream::integer_of(*config, "max_bytes", 0);
  if (max_bytes == 0) return unreadable("max_bytes");
  if (max_bytes > 0) state.max_bytes = max_bytes;
  state.first_sequence = jetstream::integer_of(*said, "first_seq", -1);
  state.last_sequence = jetstream::integer_of(*said, "last_seq", -1);
  if (state.first_sequence < 0 || state.last_sequence < 0) return unreadable("first_seq, last_seq");
  state.created = jetstream::text_of(answer.body, "created");
  // Of an empty stream it is a moment of long ago.
  if (state.messages == 0) return state;
  state.oldest = jetstream_moment(jetstream::text_of(*said, "first_ts"));
  if (!state.oldest.has_value()) return unreadable("first_ts");
  return state;
}

absl::StatusOr<ConsumerState> data_samples_consumer_state(Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(
      const jetstream::Answer answer,
      jetstream::ask(connection,
                     fmt::format("CONSUMER.INFO.{}.{}", kDataSamplesStream, kEptsConsumer), ""));
  if (answer.error_number == jetstream::kConsumerNotFound) {
    return absl::NotFoundError(
        fmt::format("the stream {} has no consumer {}", kDataSamplesStream, kEptsConsumer));
  }
  if (!answer.error.ok()) return absl::UnavailableError(error::message(answer.error));
  ConsumerState state;
  state.ack_pending = jetstream::integer_of(answer.body, "num_ack_pending", -1);
  state.undelivered = jetstream::integer_of(answer.body, "num_pending", -1);
  state.waiting_pulls = jetstream::integer_of(answer.body, "num_waiting", -1);
  if (state.ack_pending < 0 || state.undelivered < 0 || state.waiting_pulls < 0) {
    return unreadable("num_ack_pending, num_pending, num_waiting");
  }
  MILLRACE_ASSIGN_OR_RETURN(const rapidjson::Value* floor, part_of(answer.body, "ack_floor"));
  state.acknowledged_to = jetstream::integer_of(*floor, "stream_seq", 0);
  return state;
}

}  // namespace millrace::bus
