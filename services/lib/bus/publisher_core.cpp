// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/publisher_core.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/bus/puback.h"
#include "lib/bus/reply_table.h"
#include "lib/error/error.h"

namespace millrace::bus {
namespace {

// After an answer that says "not now": long enough to spare a server that is starting, short
// enough that nobody notices when it has started.
constexpr std::chrono::milliseconds kPauseAfterTrouble{250};

}  // namespace

PublisherCore::Outcomes PublisherCore::make_outcomes(metrics::Registry& registry) {
  const auto counter = [&registry](const char* outcome) {
    return registry.counter("millrace_bus_publishes_total",
                            "Publishes to JetStream by how they ended.", {{"outcome", outcome}});
  };
  return {counter("acknowledged"), counter("duplicate"), counter("stream_full"), counter("refused"),
          counter("unavailable"),  counter("timed_out"), counter("cancelled")};
}

PublisherCore::PublisherCore(Wire& wire, PublisherOptions options, std::string inbox,
                             process::Platform& platform)
    : wire_(wire),
      options_(options),
      inbox_(std::move(inbox)),
      clock_(platform.clock),
      outcomes_(make_outcomes(platform.metrics)),
      retries_(platform.metrics.counter(
          "millrace_bus_publish_retries_total",
          "Publishes sent again after silence or trouble, or late, once the connection was back.")),
      in_flight_gauge_(platform.metrics.gauge("millrace_bus_publishes_in_flight",
                                              "Publishes that wait for their acknowledgement.")),
      latency_(platform.metrics.histogram("millrace_bus_acknowledgement_seconds",
                                          "From a publish to its acknowledgement.",
                                          metrics::latency_bounds_seconds())),
      table_(options) {}

absl::Status PublisherCore::publish(const std::string& subject, std::string payload,
                                    const std::optional<trace::TraceContext>& trace,
                                    Publisher::Done done) {
  return publish_as(ids_.next(), subject, std::move(payload), trace, std::move(done));
}

absl::Status PublisherCore::publish_as(std::string message_id, const std::string& subject,
                                       std::string payload,
                                       const std::optional<trace::TraceContext>& trace,
                                       Publisher::Done done) {
  auto message = std::make_shared<Outgoing>();
  message->subject = subject;
  message->payload = std::move(payload);
  message->message_id = std::move(message_id);
  message->trace = trace;
  InFlightTable::Ticket ticket = 0;
  {
    concurrency::MutexLock lock(mutex_);
    const bool queues = table_.has_unsent();
    const auto reserved = table_.reserve();
    if (!reserved.has_value()) {
      return absl::ResourceExhaustedError(
          fmt::format("cannot publish to '{}': {} publishes wait for an acknowledgement already",
                      subject, options_.max_in_flight));
    }
    ticket = *reserved;
    message->reply_to = inbox_ + "." + std::to_string(ticket);
    table_.put(ticket, message, std::move(done), clock_.instant());
    in_flight_gauge_.set(static_cast<double>(table_.size()));
    if (queues) return absl::OkStatus();
    // Counted as sent before it is: its acknowledgement may be here before send() returns.
    table_.sent(ticket, clock_.instant());
  }
  return send_first(ticket, *message);
}

absl::Status PublisherCore::send_first(InFlightTable::Ticket ticket, const Outgoing& message) {
  const absl::Status sent = wire_.send(message);
  if (absl::IsUnavailable(sent)) {
    concurrency::MutexLock lock(mutex_);
    table_.not_sent(ticket);
    return absl::OkStatus();
  }
  if (!absl::IsInvalidArgument(sent)) return absl::OkStatus();
  // No repetition will mend it (too large, a subject that is none). Gone already: closed meanwhile,
  // and `done` has run.
  if (!take(ticket).has_value()) return absl::OkStatus();
  outcomes_.refused.increment();
  return sent;
}

std::optional<InFlightTable::Entry> PublisherCore::take(InFlightTable::Ticket ticket) {
  concurrency::MutexLock lock(mutex_);
  auto entry = table_.take(ticket);
  in_flight_gauge_.set(static_cast<double>(table_.size()));
  return entry;
}

void PublisherCore::on_delivery(const Delivery& delivery) {
  const auto ticket = ticket_of(delivery.subject);
  if (!ticket.has_value()) return;
  if (delivery.status == kNoResponders) {
    postpone(*ticket, absl::UnavailableError("no stream takes the subject, or JetStream is away"));
    return;
  }
  const PubAck ack = parse_puback(delivery.payload);
  switch (ack.verdict) {
    case PubAck::Verdict::kStored:
      settle(*ticket, outcomes_.acknowledged, ack.status);
      return;
    case PubAck::Verdict::kDuplicate:
      settle(*ticket, outcomes_.duplicate, ack.status);
      return;
    case PubAck::Verdict::kStreamFull:
      settle(*ticket, outcomes_.stream_full, ack.status);
      return;
    case PubAck::Verdict::kRefused:
      settle(*ticket, outcomes_.refused, ack.status);
      return;
    case PubAck::Verdict::kTryAgain:
      postpone(*ticket, ack.status);
      return;
  }
}

void PublisherCore::settle(InFlightTable::Ticket ticket, const metrics::Counter& outcome,
                           const absl::Status& status) {
  const std::optional<InFlightTable::Entry> entry = take(ticket);
  if (!entry.has_value()) return;  // answered before: a repeat's second acknowledgement
  outcome.increment();
  latency_.observe(std::chrono::duration<double>(clock_.instant() - entry->begun).count());
  // This answers one attempt. An earlier one, which nobody answered, may have been stored.
  const bool unknown = !status.ok() && entry->unanswered > 1;
  entry->done(unknown ? error::with_unknown_outcome(status) : status);
}

void PublisherCore::postpone(InFlightTable::Ticket ticket, const absl::Status& trouble) {
  concurrency::MutexLock lock(mutex_);
  table_.postpone(ticket, trouble,
                  clock_.instant() + std::min(kPauseAfterTrouble, options_.retry_after));
}

void PublisherCore::tick() {
  // Again while something was published meanwhile: it queues behind what this sends.
  bool more = true;
  while (more) {
    InFlightTable::Due due;
    {
      concurrency::MutexLock lock(mutex_);
      if (table_.size() == 0) return;
      due = table_.due(clock_.instant());
      in_flight_gauge_.set(static_cast<double>(table_.size()));
    }
    for (const InFlightTable::Entry& entry : due.failed) fail(entry);
    if (!send_due(due.send)) return;
    concurrency::MutexLock lock(mutex_);
    more = table_.has_unsent();
  }
}

// False when there is no connection: there is no use in trying the rest.
bool PublisherCore::send_due(const std::vector<InFlightTable::Repeat>& due) {
  for (const InFlightTable::Repeat& repeat : due) {
    const absl::Status sent = wire_.send(*repeat.message);
    if (absl::IsUnavailable(sent)) return false;
    if (absl::IsInvalidArgument(sent)) {
      settle(repeat.ticket, outcomes_.refused, sent);
      continue;
    }
    retries_.increment();
    concurrency::MutexLock lock(mutex_);
    table_.sent(repeat.ticket, clock_.instant());
  }
  return true;
}

void PublisherCore::fail(const InFlightTable::Entry& entry) {
  const bool timed_out = absl::IsDeadlineExceeded(entry.last_trouble) && wire_.connected();
  (timed_out ? outcomes_.timed_out : outcomes_.unavailable).increment();
  entry.done(entry.last_trouble);
}

void PublisherCore::send_all_again() {
  concurrency::MutexLock lock(mutex_);
  table_.send_all_again();
}

void PublisherCore::close() {
  std::vector<InFlightTable::Entry> rest;
  {
    concurrency::MutexLock lock(mutex_);
    rest = table_.take_all();
    in_flight_gauge_.set(0);
  }
  for (const InFlightTable::Entry& entry : rest) {
    outcomes_.cancelled.increment();
    entry.done(error::with_unknown_outcome(absl::CancelledError(
        fmt::format("cannot publish to '{}': the publisher is closed; the message may be in the "
                    "stream or not",
                    entry.message->subject))));
  }
}

std::size_t PublisherCore::in_flight() const {
  concurrency::MutexLock lock(mutex_);
  return table_.size();
}

}  // namespace millrace::bus
