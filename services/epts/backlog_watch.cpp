// SPDX-License-Identifier: Apache-2.0
#include "epts/backlog_watch.h"

#include <limits>
#include <utility>

#include "lib/concurrency/wait.h"

namespace millrace::epts {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{2000};

}  // namespace

BacklogWatch::BacklogWatch(MakeConsumer make_consumer, process::Platform& platform,
                           std::function<void()> on_round)
    : make_consumer_(std::move(make_consumer)),
      on_round_(std::move(on_round)),
      backlog_(platform.metrics.gauge(
          "millrace_epts_backlog_messages",
          "Messages in the stream that no epts has fetched yet, as of the last few seconds; NaN "
          "while NATS cannot tell.")),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void BacklogWatch::run(const std::stop_token& stop) {
  std::unique_ptr<bus::Consumer> consumer;
  do {
    absl::StatusOr<std::uint64_t> backlog = absl::UnavailableError("");
    if (consumer == nullptr) {
      if (auto made = make_consumer_(); made.ok()) consumer = *std::move(made);
    }
    if (consumer != nullptr) backlog = consumer->backlog_messages();
    if (!backlog.ok()) consumer.reset();
    backlog_.set(backlog.ok() ? static_cast<double>(*backlog)
                              : std::numeric_limits<double>::quiet_NaN());
    on_round_();
  } while (concurrency::sleep_for(stop, kBetweenLooks));
}

}  // namespace millrace::epts
