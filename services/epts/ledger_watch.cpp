// SPDX-License-Identifier: Apache-2.0
#include "epts/ledger_watch.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "lib/error/error.h"

namespace millrace::epts {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
// A look every few seconds: more of them only where `keep` is very long, and then the oldest go.
constexpr std::size_t kMaxSeen = 10'000;

metrics::Gauge unknown_yet(metrics::Gauge gauge) {
  gauge.set(kUnknown);
  return gauge;
}

}  // namespace

LedgerWatch::LedgerWatch(Questions questions, std::chrono::nanoseconds keep,
                         process::Platform& platform)
    : questions_(std::move(questions)),
      keep_(keep),
      platform_(platform),
      difference_(unknown_yet(platform.metrics.gauge(
          "millrace_epts_ledger_difference_messages",
          "Messages that have left the stream without coming to an end, or below 0 ended more "
          "often "
          "than there were, since the ledger began; NaN while NATS or PostgreSQL cannot tell."))) {}

absl::StatusOr<time_series::StreamPosition> LedgerWatch::position() const {
  // The consumer first: see time_series::difference().
  const auto consumer = questions_.consumer();
  if (!consumer.ok() && !absl::IsNotFound(consumer.status())) return consumer.status();
  MILLRACE_ASSIGN_OR_RETURN(const bus::StreamState stream, questions_.stream());
  time_series::StreamPosition position;
  position.created = stream.created;
  position.first_sequence = stream.first_sequence;
  position.last_sequence = stream.last_sequence;
  position.messages = stream.messages;
  position.undelivered = consumer.ok() ? consumer->undelivered : 0;
  // What a killed nats-server has in the stream again is not given to anybody.
  if (consumer.ok()) {
    position.first_sequence = std::max(position.first_sequence, consumer->acknowledged_to + 1);
  }
  return position;
}

absl::Status LedgerWatch::begin(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(
      const bool begun, time_series::begin_epoch_if_new(connection, [this] { return position(); }));
  if (!begun) return absl::OkStatus();
  seen_.clear();
  platform_.log.warning(
      "began a new ledger: the stream is another one than before, or this is the "
      "first; see docs/operations.md",
      {{"stream", bus::kDataSamplesStream}});
  return absl::OkStatus();
}

absl::Status LedgerWatch::look(postgres::Connection& connection) {
  absl::Status status = begin(connection);
  if (status.ok()) status = compare(connection);
  if (!status.ok()) difference_.set(kUnknown);
  // NATS away is told by others; it is no fault of the tables' upkeep.
  return absl::IsUnavailable(status) && !connection.broken() ? absl::OkStatus() : status;
}

absl::Status LedgerWatch::compare(postgres::Connection& connection) {
  MILLRACE_ASSIGN_OR_RETURN(const auto before, time_series::read_ledger(connection));
  MILLRACE_ASSIGN_OR_RETURN(const time_series::StreamPosition stream, position());
  MILLRACE_ASSIGN_OR_RETURN(const auto after, time_series::read_ledger(connection));
  const bool same =
      before && after && before->epoch == after->epoch && before->stream_created == stream.created;
  difference_.set(same ? static_cast<double>(time_series::difference(*before, stream, *after))
                       : kUnknown);
  return forget(connection, stream.first_sequence);
}

absl::Status LedgerWatch::forget(postgres::Connection& connection, std::int64_t first_sequence) {
  const time::Instant now = platform_.clock.instant();
  seen_.push_back({now, first_sequence});
  if (seen_.size() > kMaxSeen) seen_.pop_front();
  // The newest of those that are old enough.
  while (seen_.size() > 1 && now - seen_[1].at >= keep_) seen_.pop_front();
  if (now - seen_.front().at < keep_) return absl::OkStatus();
  std::int64_t forgotten = time_series::kMaxForgottenMessages;
  // A few rounds: more wait for the next look.
  for (int round = 0; round < 10 && forgotten == time_series::kMaxForgottenMessages; ++round) {
    MILLRACE_ASSIGN_OR_RETURN(
        forgotten, time_series::forget_ended_messages(connection, seen_.front().first_sequence));
  }
  return absl::OkStatus();
}

}  // namespace millrace::epts
