// SPDX-License-Identifier: Apache-2.0
#include "epts/writer.h"

#include <algorithm>
#include <utility>

#include "lib/error/error.h"

namespace millrace::epts {

Writer::Writer(Parts parts, bus::FetchLimits limits, Backoff backoff, process::Platform& platform)
    : parts_(std::move(parts)),
      limits_(limits),
      backoff_(backoff),
      platform_(platform),
      fetch_errors_(platform.metrics.counter("millrace_epts_fetch_errors_total",
                                             "Fetches from the stream that failed.")) {}

void Writer::run(std::stop_token stop) {
  std::chrono::milliseconds wait = backoff_.first;
  while (!stop.stop_requested()) {
    absl::StatusOr<Messages> messages = fetch();
    if (messages.ok()) {
      wait = backoff_.first;
      if (!messages->empty()) parts_.handle(*std::move(messages), stop);
      continue;
    }
    consumer_.reset();
    fetch_errors_.increment();
    platform_.log.warning_limited("cannot fetch from the stream, trying again",
                                  {{"cause", error::message(messages.status())}});
    if (!parts_.pause(stop, wait)) return;
    wait = std::min(wait * 2, backoff_.longest);
  }
}

absl::StatusOr<Writer::Messages> Writer::fetch() {
  if (consumer_ == nullptr) {
    MILLRACE_ASSIGN_OR_RETURN(consumer_, parts_.make_consumer());
  }
  return consumer_->fetch(limits_);
}

}  // namespace millrace::epts
