// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/consumer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/bus/consumer_config.h"
#include "lib/bus/jetstream_api.h"
#include "lib/bus/pull_protocol.h"
#include "lib/bus/streams.h"
#include "lib/bus/unique_id.h"
#include "lib/bus/wire.h"
#include "lib/error/error.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;

// A wait is cut into such slices, to notice a lost connection.
constexpr milliseconds kSlice{100};
// The server ends each request with a status; so long after its expiry without one, something is
// wrong.
constexpr milliseconds kGrace{1000};
// Room for subject, headers and reply subject, which JetStream counts into max_bytes too.
constexpr std::int64_t kEnvelopeBytes = 64 << 10;

class JetStreamMessage final : public PulledMessage {
 public:
  JetStreamMessage(Wire& wire, metrics::Counter lost, std::unique_ptr<Incoming> incoming,
                   DeliveryPosition position)
      : wire_(wire), lost_(lost), incoming_(std::move(incoming)), position_(position) {}

  std::string_view payload() const override { return incoming_->payload(); }
  std::string_view subject() const override { return incoming_->subject(); }
  std::uint64_t stream_sequence() const override { return position_.stream_sequence; }
  std::uint64_t delivery_count() const override { return position_.delivery_count; }
  void ack() override { answer(kAck); }
  void nak(milliseconds delay) override { answer(bus::nak(delay)); }
  void terminate() override { answer(kTerminate); }
  void in_progress() override { answer(kInProgress); }

 private:
  void answer(std::string_view word) {
    if (!wire_.publish(std::string(incoming_->reply_to()), word).ok()) lost_.increment();
  }

  Wire& wire_;
  const metrics::Counter lost_;
  const std::unique_ptr<Incoming> incoming_;
  const DeliveryPosition position_;
};

class PullConsumer final : public Consumer {
 public:
  PullConsumer(Wire& wire, process::Platform& platform)
      : wire_(wire),
        clock_(platform.clock),
        fetched_(platform.metrics.counter("millrace_bus_fetched_messages_total",
                                          "Messages pulled from DATA_SAMPLES.")),
        lost_acks_(platform.metrics.counter(
            "millrace_bus_lost_acknowledgements_total",
            "Acknowledgements that could not be sent: their messages come again.")) {}

  absl::Status open() {
    MILLRACE_ASSIGN_OR_RETURN(inbox_, wire_.open_inbox(inbox_subject_ + ".*"));
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::unique_ptr<PulledMessage>>> fetch(
      const FetchLimits& limits) override;
  absl::StatusOr<std::uint64_t> backlog_messages() override;

 private:
  using Messages = std::vector<std::unique_ptr<PulledMessage>>;
  // One request under way.
  struct Fetch {
    FetchLimits limits;
    time::Instant begun;
    std::uint64_t reconnections = 0;
    std::string reply_to;
    Messages messages;
  };
  enum class Step { kGoOn, kDone };

  absl::Status send(Fetch& fetch, const PullRequest& request);
  absl::StatusOr<Step> on_incoming(Fetch& fetch, std::unique_ptr<Incoming> incoming);
  absl::StatusOr<Step> on_status(Fetch& fetch, const Incoming& status);
  absl::StatusOr<Step> on_silence(const Fetch& fetch);
  // What was pulled is handed out first; trouble that lasts shows at the next fetch.
  static absl::StatusOr<Step> give_up(const Fetch& fetch, const std::string& cause);

  Wire& wire_;
  const time::Clock& clock_;
  const metrics::Counter fetched_;
  const metrics::Counter lost_acks_;
  const std::string inbox_subject_ = "_INBOX." + random_token();
  std::unique_ptr<Inbox> inbox_;
  std::uint64_t requests_ = 0;
};

absl::StatusOr<std::vector<std::unique_ptr<PulledMessage>>> PullConsumer::fetch(
    const FetchLimits& limits) {
  Fetch fetch{limits, clock_.instant(), wire_.reconnections(), "", {}};
  PullRequest request{limits.messages, limits.bytes, limits.wait, true};
  // A message larger than the request would end every request with nothing.
  const auto largest = static_cast<std::int64_t>(wire_.max_payload_bytes()) + kEnvelopeBytes;
  if (limits.bytes > 0) request.bytes = std::max(limits.bytes, largest);
  MILLRACE_RETURN_IF_ERROR(send(fetch, request));
  while (true) {
    MILLRACE_ASSIGN_OR_RETURN(auto incoming, inbox_->next(kSlice));
    absl::StatusOr<Step> step =
        incoming == nullptr ? on_silence(fetch) : on_incoming(fetch, std::move(incoming));
    if (!step.ok()) return step.status();
    if (*step == Step::kDone) break;
  }
  fetched_.increment(static_cast<double>(fetch.messages.size()));
  return std::move(fetch.messages);
}

absl::Status PullConsumer::send(Fetch& fetch, const PullRequest& request) {
  fetch.reply_to = inbox_subject_ + "." + std::to_string(++requests_);
  const absl::Status sent =
      wire_.send({fmt::format("$JS.API.CONSUMER.MSG.NEXT.{}.{}", kDataSamplesStream, kEptsConsumer),
                  to_json(request), fetch.reply_to, ""});
  if (sent.ok()) return sent;
  return absl::UnavailableError("cannot pull messages: " + error::message(sent));
}

absl::StatusOr<PullConsumer::Step> PullConsumer::on_incoming(Fetch& fetch,
                                                             std::unique_ptr<Incoming> incoming) {
  const auto position = parse_ack_subject(incoming->reply_to());
  if (!position.has_value()) return on_status(fetch, *incoming);
  fetch.messages.push_back(
      std::make_unique<JetStreamMessage>(wire_, lost_acks_, std::move(incoming), *position));
  return fetch.messages.size() >= static_cast<std::size_t>(fetch.limits.messages) ? Step::kDone
                                                                                  : Step::kGoOn;
}

absl::StatusOr<PullConsumer::Step> PullConsumer::on_status(Fetch& fetch, const Incoming& status) {
  const bool ours = status.subject() == fetch.reply_to || status.status() == kNoResponders;
  if (!ours) return Step::kGoOn;  // the end of an earlier request
  if (status.status() == kRequestTimeout) return Step::kDone;
  const bool too_large = status.status() == kConflict &&
                         status.status_text().find("MaxBytes") != std::string_view::npos;
  if ((too_large || status.status() == kNoMessages) && !fetch.messages.empty()) return Step::kDone;
  const auto passed = std::chrono::duration_cast<milliseconds>(clock_.instant() - fetch.begun);
  if (too_large) {
    // The stream holds a message above the server's present limit: take it alone.
    MILLRACE_RETURN_IF_ERROR(send(fetch, {1, 0, fetch.limits.wait, true}));
    return Step::kGoOn;
  }
  if (status.status() == kNoMessages) {
    // A server that takes no_wait literally, whatever `expires` says: wait for one message.
    if (passed >= fetch.limits.wait) return Step::kDone;
    MILLRACE_RETURN_IF_ERROR(send(fetch, {1, 0, fetch.limits.wait - passed, false}));
    return Step::kGoOn;
  }
  return give_up(fetch,
                 fmt::format("JetStream answered {} {}", status.status(), status.status_text()));
}

absl::StatusOr<PullConsumer::Step> PullConsumer::on_silence(const Fetch& fetch) {
  if (!wire_.connected() || wire_.reconnections() != fetch.reconnections) {
    return give_up(fetch, "the connection to NATS was lost");
  }
  if (clock_.instant() - fetch.begun < fetch.limits.wait + kGrace) return Step::kGoOn;
  if (!fetch.messages.empty()) return Step::kDone;
  // nats-server 2.9 leaves requests to a consumer that does not exist without any answer.
  MILLRACE_RETURN_IF_ERROR(backlog_messages().status());
  return Step::kDone;
}

absl::StatusOr<PullConsumer::Step> PullConsumer::give_up(const Fetch& fetch,
                                                         const std::string& cause) {
  if (!fetch.messages.empty()) return Step::kDone;
  return absl::UnavailableError(fmt::format("cannot pull messages from {} for {}: {}",
                                            kDataSamplesStream, kEptsConsumer, cause));
}

absl::StatusOr<std::uint64_t> PullConsumer::backlog_messages() {
  MILLRACE_ASSIGN_OR_RETURN(
      const jetstream::Answer answer,
      jetstream::ask(wire_, fmt::format("CONSUMER.INFO.{}.{}", kDataSamplesStream, kEptsConsumer),
                     ""));
  if (!answer.error.ok()) {
    return absl::UnavailableError(fmt::format("cannot read the consumer {} of {}: {}",
                                              kEptsConsumer, kDataSamplesStream,
                                              error::message(answer.error)));
  }
  return static_cast<std::uint64_t>(jetstream::integer_of(answer.body, "num_pending", 0));
}

absl::Status make_consumer(Connection& connection, const std::string& request) {
  MILLRACE_ASSIGN_OR_RETURN(const jetstream::Answer answer,
                            jetstream::ask(connection,
                                           fmt::format("CONSUMER.DURABLE.CREATE.{}.{}",
                                                       kDataSamplesStream, kEptsConsumer),
                                           request));
  if (answer.error.ok()) return absl::OkStatus();
  const std::string message = fmt::format("cannot make the consumer {} of {}: {}", kEptsConsumer,
                                          kDataSamplesStream, error::message(answer.error));
  const bool may_work_later = absl::IsUnavailable(answer.error) ||
                              answer.error_number == jetstream::kStreamNotFound ||
                              answer.error_number == jetstream::kConsumerNameExists ||
                              answer.error_number == jetstream::kConsumerExistsOtherwise;
  return may_work_later ? absl::UnavailableError(message) : absl::FailedPreconditionError(message);
}

absl::Status ensure_consumer(Connection& connection, const ConsumerOptions& options,
                             process::Platform& platform) {
  MILLRACE_ASSIGN_OR_RETURN(
      const jetstream::Answer answer,
      jetstream::ask(connection,
                     fmt::format("CONSUMER.INFO.{}.{}", kDataSamplesStream, kEptsConsumer), ""));
  if (answer.error_number == jetstream::kConsumerNotFound) {
    MILLRACE_RETURN_IF_ERROR(make_consumer(connection, consumer_create_request(options)));
    platform.log.info("made the consumer",
                      {{"stream", kDataSamplesStream}, {"consumer", kEptsConsumer}});
    return absl::OkStatus();
  }
  if (!answer.error.ok()) {
    // Above all: no such stream. epts makes it anew before it asks again.
    return absl::UnavailableError(fmt::format("cannot read the consumer {} of {}: {}",
                                              kEptsConsumer, kDataSamplesStream,
                                              error::message(answer.error)));
  }
  const auto config = answer.body.FindMember("config");
  if (config == answer.body.MemberEnd() || !config->value.IsObject()) {
    return absl::InternalError(fmt::format(
        "cannot read the consumer {}: JetStream's answer has no 'config'", kEptsConsumer));
  }
  MILLRACE_ASSIGN_OR_RETURN(const auto request, consumer_update_request(config->value, options));
  return request.has_value() ? make_consumer(connection, *request) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Consumer>> Consumer::create(Connection& connection,
                                                           ConsumerOptions options,
                                                           process::Platform& platform) {
  MILLRACE_ASSIGN_OR_RETURN(Wire * wire, Wire::of(connection));
  MILLRACE_RETURN_IF_ERROR(ensure_consumer(connection, options, platform));
  auto consumer = std::make_unique<PullConsumer>(*wire, platform);
  MILLRACE_RETURN_IF_ERROR(consumer->open());
  return consumer;
}

}  // namespace millrace::bus
