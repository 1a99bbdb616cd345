// SPDX-License-Identifier: Apache-2.0
#include "epts/batch_storer.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/trace/trace_context.h"

namespace millrace::epts {
namespace {

using time_series::SampleRange;
using time_series::WriteOutcome;

}  // namespace

struct BatchStorer::Work {
  time_series::SampleBatch& batch;
  time_series::Delivery delivery;
  std::stop_token stop;
  Stored stored;
  // The commit of an attempt, perhaps of a larger range, was not answered: it may have taken place.
  bool may_be_committed = false;

  time_series::Delivery next_delivery() const {
    return may_be_committed ? time_series::Delivery::kAgain : delivery;
  }
  // Of messages that nobody had before us, only our own unanswered commit can have stored what is
  // found: it was not counted yet. Of others it may as well be somebody else's, who has counted it.
  // What was merged or rejected among it counts as stored too: the rows do not tell any more.
  void claim(WriteOutcome& outcome) const {
    if (!may_be_committed || delivery != time_series::Delivery::kFirst) return;
    outcome.stored += std::exchange(outcome.repeated, 0);
  }
};

BatchStorer::Stored BatchStorer::store(time_series::SampleBatch& batch,
                                       time_series::Delivery delivery, std::stop_token stop) {
  Work work{batch, delivery, std::move(stop), {}, false};
  const std::size_t samples = batch.samples().size();
  work.stored.finished = samples == 0 || store_range(work, {0, samples});
  return std::move(work.stored);
}

bool BatchStorer::store_range(Work& work, SampleRange range) {
  const std::optional<absl::Status> status = attempt(work, range);
  if (!status) return false;
  if (status->ok()) return true;
  return range.size() > 1 ? split(work, range) : isolate(work, range.first, *status);
}

bool BatchStorer::split(Work& work, SampleRange range) {
  const std::size_t middle = range.first + range.size() / 2;
  return store_range(work, {range.first, middle}) && store_range(work, {middle, range.last});
}

bool BatchStorer::isolate(Work& work, std::size_t sample, const absl::Status& cause) {
  const time_series::SampleBatch::Upload& upload =
      work.batch.uploads()[work.batch.samples()[sample].upload];
  platform_.log.error(
      "PostgreSQL refuses a sample, rejecting it",
      {{"application", upload.application_name},
       {"endpoint", upload.endpoint_id},
       {"correlation_id", upload.correlation_id},
       {"trace_id", trace::trace_id(trace::TraceContext::parse(upload.traceparent))},
       {"cause", error::message(cause)}});
  work.batch.refuse_storage(sample, {time_series::RejectionReason::kStorageRefused,
                                     "cannot store the sample: PostgreSQL refuses it; the log of "
                                     "epts has the cause under the correlation id"});
  const std::optional<absl::Status> status = attempt(work, {sample, sample + 1});
  if (!status) return false;
  if (!status->ok()) work.stored.lost.insert(sample);
  return true;
}

std::optional<absl::Status> BatchStorer::attempt(Work& work, SampleRange range) {
  std::optional<WriteOutcome> unknown;
  std::chrono::milliseconds wait = waiting_.backoff.first;
  for (auto delivery = work.next_delivery();; delivery = time_series::Delivery::kAgain) {
    waiting_.keep_alive();
    WriteOutcome outcome;
    const time::Instant begun = platform_.clock.instant();
    const absl::Status status = store_.write(work.batch, range, delivery, outcome);
    if (status.ok()) {
      // More is found there than the first time: then that time's commit did take place, and what
      // it did is what became of the samples.
      if (unknown && outcome.repeated > unknown->repeated) outcome = *std::move(unknown);
      work.claim(outcome);
      work.stored.found_new |= outcome.stored + outcome.rejected + outcome.frames > 0;
      work.stored.found_repeated |= outcome.repeated > 0;
      work.stored.refused.insert(outcome.refused.begin(), outcome.refused.end());
      ledger_.committed(outcome, platform_.clock.instant() - begun);
      return status;
    }
    if (error::has_unknown_outcome(status)) {
      work.may_be_committed = true;
      if (!unknown) unknown = std::move(outcome);
    }
    if (absl::IsInvalidArgument(status)) return status;
    ledger_.retried();
    platform_.log.warning_limited("cannot store a batch, trying again",
                                  {{"samples", range.size()}, {"cause", error::message(status)}});
    if (!waiting_.pause(work.stop, wait)) return std::nullopt;
    if (absl::IsDeadlineExceeded(status) && range.size() > 1) return status;
    wait = std::min(wait * 2, waiting_.backoff.longest);
  }
}

}  // namespace millrace::epts
