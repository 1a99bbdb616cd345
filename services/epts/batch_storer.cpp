// SPDX-License-Identifier: Apache-2.0
#include "epts/batch_storer.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/trace/trace_context.h"

namespace millrace::epts {
namespace {

using time_series::SampleBatch;
using time_series::SampleRange;
using time_series::WriteOutcome;

// Where a range may be halved; nothing: nowhere. A replayed upload stays whole, because the row it
// takes away stands for all of it.
std::optional<std::size_t> split_point(const SampleBatch& batch, SampleRange range) {
  const auto cuts_replay = [&batch](std::size_t at) {
    const std::uint32_t upload = batch.samples()[at].upload;
    return upload == batch.samples()[at - 1].upload && batch.uploads()[upload].replayed.has_value();
  };
  const std::size_t middle = range.first + range.size() / 2;
  for (std::size_t at = middle; at > range.first && at < range.last; ++at) {
    if (!cuts_replay(at)) return at;
  }
  for (std::size_t at = middle; at > range.first; --at) {
    if (!cuts_replay(at)) return at;
  }
  return std::nullopt;
}

}  // namespace

struct BatchStorer::Work {
  time_series::SampleBatch& batch;
  time_series::Delivery delivery;
  std::stop_token stop;
  Stored stored;
  // The commit of an attempt, perhaps of a larger range, was not answered: it may have taken place.
  bool may_be_committed = false;
  // By message: of the ranges stored so far.
  std::vector<time_series::MessageTally> tallies;
  // By message: an attempt whose commit was not answered was the first to end it.
  std::vector<bool> may_have_ended;
  bool messages_ended = false;

  time_series::Delivery next_delivery() const {
    return may_be_committed ? time_series::Delivery::kAgain : delivery;
  }
  void remember_unanswered(const std::vector<bool>& ended) {
    may_be_committed = true;
    may_have_ended.resize(batch.messages().size(), false);
    for (std::size_t i = 0; i < ended.size(); ++i) {
      if (ended[i]) may_have_ended[i] = true;
    }
  }
  // What an unanswered attempt of ours was the first to end, and has ended now, it did end.
  std::vector<bool> first_ends(std::vector<bool> ended) const {
    for (std::size_t i = 0; i < may_have_ended.size(); ++i) {
      if (may_have_ended[i]) ended[i] = true;
    }
    return ended;
  }
};

BatchStorer::Stored BatchStorer::store(time_series::SampleBatch& batch,
                                       time_series::Delivery delivery, std::stop_token stop) {
  Work work{batch, delivery, std::move(stop), {}, false, {}, {}, false};
  work.tallies.resize(batch.messages().size());
  const std::size_t samples = batch.samples().size();
  const bool stored = samples == 0 || store_range(work, {0, samples});
  work.stored.finished = stored && end_messages(work);
  return std::move(work.stored);
}

bool BatchStorer::store_range(Work& work, SampleRange range) {
  const std::optional<absl::Status> status = attempt(work, range);
  if (!status) return false;
  if (status->ok()) return true;
  if (const auto middle = split_point(work.batch, range)) return split(work, range, *middle);
  if (range.size() == 1) return isolate(work, range.first, *status);
  const std::uint32_t upload = work.batch.samples()[range.first].upload;
  work.stored.untouched.insert(upload);
  platform_.log.error("PostgreSQL refuses a replayed upload, leaving it rejected",
                      {{"application", work.batch.uploads()[upload].application_name},
                       {"samples", range.size()},
                       {"cause", error::message(*status)}});
  return true;
}

bool BatchStorer::split(Work& work, SampleRange range, std::size_t middle) {
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
  if (status->ok()) return true;
  work.stored.lost.insert(sample);
  const std::uint32_t message = work.batch.uploads()[work.batch.samples()[sample].upload].message;
  if (message != time_series::SampleBatch::kNone) work.batch.terminate(message);
  return true;
}

std::optional<absl::Status> BatchStorer::attempt(Work& work, SampleRange range) {
  std::optional<WriteOutcome> unknown;
  WriteOutcome outcome;
  time::Instant begun;
  const auto status = repeat(work, range, [&](time_series::Delivery delivery) {
    begun = platform_.clock.instant();
    outcome = {};
    absl::Status written = store_.write(work.batch, range, delivery, outcome);
    if (error::has_unknown_outcome(written)) {
      work.remember_unanswered(outcome.ended);
      if (!unknown) unknown = outcome;
    }
    return written;
  });
  if (!status || !status->ok()) return status;
  for (std::size_t i = 0; i < outcome.tallies.size(); ++i) work.tallies[i] += outcome.tallies[i];
  if (!outcome.ended.empty()) {
    work.messages_ended = true;
    ledger_.ended(work.batch, work.tallies, work.first_ends(outcome.ended));
  }
  // More rows are found there than the first time: then that time's commit did take place, and what
  // it did is what became of them.
  if (unknown &&
      (outcome.repeated > unknown->repeated || outcome.replayed.gone > unknown->replayed.gone)) {
    outcome = *std::move(unknown);
  }
  work.stored.refused.insert(outcome.refused.begin(), outcome.refused.end());
  const std::set<std::uint32_t>& gone = outcome.replayed.gone_uploads;
  work.stored.untouched.insert(gone.begin(), gone.end());
  ledger_.committed(outcome, platform_.clock.instant() - begun);
  return status;
}

bool BatchStorer::end_messages(Work& work) {
  if (work.messages_ended || work.tallies.empty()) return true;
  std::vector<bool> ended;
  const auto status = repeat(work, {}, [&](time_series::Delivery) {
    absl::Status written = store_.end_messages(work.batch, work.tallies, ended);
    if (error::has_unknown_outcome(written)) work.remember_unanswered(ended);
    return written;
  });
  if (!status) return false;
  ledger_.ended(work.batch, work.tallies, work.first_ends(std::move(ended)));
  return true;
}

void BatchStorer::tell_failure(const absl::Status& status) const {
  if (waiting_.faults != nullptr) waiting_.faults->failed(this, error::message(status));
}

std::optional<absl::Status> BatchStorer::repeat(Work& work, SampleRange range,
                                                const Attempt& attempt) {
  std::chrono::milliseconds wait = waiting_.backoff.first;
  for (auto delivery = work.next_delivery();; delivery = time_series::Delivery::kAgain) {
    waiting_.keep_alive();
    absl::Status status = attempt(delivery);
    if (status.ok() || absl::IsInvalidArgument(status)) {
      tell_success();
      return status;
    }
    ledger_.retried();
    tell_failure(status);
    platform_.log.warning_limited("cannot store a batch, trying again",
                                  {{"samples", range.size()}, {"cause", error::message(status)}});
    if (!waiting_.pause(work.stop, wait)) return std::nullopt;
    if (absl::IsDeadlineExceeded(status) && split_point(work.batch, range)) return status;
    wait = std::min(wait * 2, waiting_.backoff.longest);
  }
}

}  // namespace millrace::epts
