// SPDX-License-Identifier: Apache-2.0
#include "epts/backlog_watch.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"

namespace millrace::epts {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{2000};

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kNoBound = std::numeric_limits<double>::infinity();

metrics::Gauge unknown_yet(metrics::Gauge gauge) {
  gauge.set(kUnknown);
  return gauge;
}

// The clocks are two machines': a message from the future is new.
double age_in_seconds(std::optional<time::UnixMicros> oldest, time::UnixMicros now) {
  if (!oldest.has_value()) return 0;
  return std::max(0.0, std::chrono::duration<double>(now - *oldest).count());
}

}  // namespace

BacklogWatch::BacklogWatch(Questions questions, process::Platform& platform,
                           std::function<void()> on_round)
    : questions_(std::move(questions)),
      on_round_(std::move(on_round)),
      log_(platform.log),
      clock_(platform.clock),
      backlog_messages_(unknown_yet(platform.metrics.gauge(
          "millrace_epts_backlog_messages",
          "Messages in the stream that no epts has fetched yet, as of the last few seconds; NaN "
          "while NATS cannot tell."))),
      backlog_age_(unknown_yet(platform.metrics.gauge(
          "millrace_epts_backlog_age_seconds",
          "Since when the oldest message in the stream waits or is at work, as of the last few "
          "seconds; 0: there is none; NaN while NATS cannot tell."))),
      stream_bytes_(unknown_yet(platform.metrics.gauge(
          "millrace_epts_stream_bytes",
          "What the stream holds, waiting and at work, as JetStream counts it, as of the last few "
          "seconds; NaN while NATS cannot tell."))),
      stream_max_bytes_(unknown_yet(platform.metrics.gauge(
          "millrace_epts_stream_max_bytes",
          "What the stream may hold: above it, nothing is accepted. +Inf: no bound; NaN while NATS "
          "cannot tell."))),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void BacklogWatch::run(const std::stop_token& stop) {
  bool said = false;
  do {
    const absl::Status status = look();
    if (!status.ok() && !said) {
      log_.warning("cannot tell what waits in the stream", {{"cause", error::message(status)}});
    }
    said = !status.ok();
    on_round_();
  } while (concurrency::sleep_for(stop, kBetweenLooks));
}

absl::Status BacklogWatch::look() {
  const auto state = questions_.stream_state();
  show(state);
  // Where that had no answer, the other question would wait for one just as long, and a stop of the
  // service with it.
  const auto backlog = absl::IsUnavailable(state.status())
                           ? absl::StatusOr<std::uint64_t>(state.status())
                           : ask_backlog();
  if (!backlog.ok()) consumer_.reset();
  backlog_messages_.set(backlog.ok() ? static_cast<double>(*backlog) : kUnknown);
  return state.ok() ? backlog.status() : state.status();
}

absl::StatusOr<std::uint64_t> BacklogWatch::ask_backlog() {
  if (consumer_ == nullptr) {
    MILLRACE_ASSIGN_OR_RETURN(consumer_, questions_.make_consumer());
  }
  return consumer_->backlog_messages();
}

void BacklogWatch::show(const absl::StatusOr<bus::StreamState>& state) const {
  if (!state.ok()) {
    for (const auto& gauge : {backlog_age_, stream_bytes_, stream_max_bytes_}) gauge.set(kUnknown);
    return;
  }
  backlog_age_.set(age_in_seconds(state->oldest, clock_.now()));
  stream_bytes_.set(static_cast<double>(state->bytes));
  stream_max_bytes_.set(state->max_bytes ? static_cast<double>(*state->max_bytes) : kNoBound);
}

}  // namespace millrace::epts
