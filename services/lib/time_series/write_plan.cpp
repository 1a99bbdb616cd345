// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/write_plan.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace millrace::time_series {
namespace {

SampleFate fate_of(FrameFate fate) {
  switch (fate) {
    case FrameFate::kInserted:
      return SampleFate::kStored;
    case FrameFate::kReplaced:
    case FrameFate::kLost:
      return SampleFate::kMerged;
    case FrameFate::kRepeated:
    case FrameFate::kRepeatedReplacement:
      return SampleFate::kRepeated;
  }
  return SampleFate::kNone;
}

// What it is to the ledger, whichever attempt did it.
SampleFate end_of(FrameFate fate) {
  const bool is_own_row = fate == FrameFate::kInserted || fate == FrameFate::kRepeated;
  return is_own_row ? SampleFate::kStored : SampleFate::kMerged;
}

Rejection too_many_series(const ResolvedShape& shape) {
  if (shape.endpoint_is_full) {
    return {RejectionReason::kTooManySeriesOfEndpoint,
            fmt::format("cannot store {}: the endpoint has as many series as it may (setting "
                        "max-series-per-endpoint of epts)",
                        shape.refused_names)};
  }
  return {RejectionReason::kTooManySeries,
          fmt::format("cannot store {}: the application has as many series as it may (setting "
                      "max-series-per-application of epts)",
                      shape.refused_names)};
}

}  // namespace

void WritePlan::add_newcomer(const SampleBatch::Sample& sample, std::size_t index) {
  const std::int32_t endpoint_key = endpoint_keys[sample.upload];
  const auto [entry, is_new] =
      newcomer_of.try_emplace({endpoint_key, sample.shape}, newcomers.size());
  if (is_new) {
    newcomers.push_back({endpoint_key, sample.shape, nullptr});
    samples_of_newcomer.emplace_back();
  }
  samples_of_newcomer[entry->second].push_back(index);
}

void WritePlan::add_sample(const SampleBatch& batch, SampleRange range, std::size_t index,
                           const ResolvedShape& shape) {
  const SampleBatch::Sample& sample = batch.samples()[index];
  const double* numbers = batch.numbers().data() + sample.first_number;
  const std::string_view* texts = batch.texts().data() + sample.first_text;
  for (const ResolvedShape::Part& part : shape.parts) {
    frames.push_back({endpoint_keys[sample.upload], part.layout_key, sample.time, sample.seq,
                      numbers, part.slots, static_cast<std::uint32_t>(index - range.first), Week(),
                      texts, part.text_slots});
  }
  if (sample.rejection == SampleBatch::kNone && shape.refused.empty()) return;
  for (const std::uint32_t number : shape.refused) {
    refused.insert({sample.upload, sample.shape, number});
  }
  rejected.push_back({application_keys[sample.upload], &batch.uploads()[sample.upload], &sample,
                      sample.rejection != SampleBatch::kNone ? batch.rejections()[sample.rejection]
                                                             : too_many_series(shape),
                      !shape.parts.empty()});
}

MessageTally& MessageTally::operator+=(const MessageTally& other) {
  stored += other.stored;
  merged += other.merged;
  rejected += other.rejected;
  return *this;
}

bool WritePlan::skips(const SampleBatch::Sample& sample) {
  if (is_gone.empty() || !is_gone[sample.upload]) return false;
  gone += sample.weight;
  gone_uploads.insert(sample.upload);
  return true;
}

void WritePlan::count(WriteOutcome& outcome, std::size_t position) const {
  const SampleFate fate = sample_fates[position];
  if (replays_sample(position)) {
    const bool stands = fate == SampleFate::kStored || fate == SampleFate::kRepeated;
    outcome.replayed.stored += stands ? 1 : 0;
    outcome.replayed.merged += fate == SampleFate::kMerged ? 1 : 0;
    return;
  }
  outcome.stored += fate == SampleFate::kStored ? 1 : 0;
  outcome.merged += fate == SampleFate::kMerged ? 1 : 0;
  outcome.repeated += fate == SampleFate::kRepeated ? 1 : 0;
}

// A sample is what its best frame became. One that gave way within the batch to a frame that was
// there already has been here before with it.
void WritePlan::find_fates() {
  std::fill(sample_fates.begin(), sample_fates.end(), SampleFate::kNone);
  sample_ends = sample_fates;
  const auto raise = [this](std::uint32_t sample, SampleFate fate, SampleFate end) {
    sample_fates[sample] = std::max(sample_fates[sample], fate);
    sample_ends[sample] = std::max(sample_ends[sample], end);
  };
  for (std::size_t i = 0; i < frames.size(); ++i) {
    raise(frames[i].sample, fate_of(frame_fates[i]), end_of(frame_fates[i]));
  }
  for (const MergedFrame& frame : merged) {
    const bool again = fate_of(frame_fates[frame.winner]) == SampleFate::kRepeated;
    raise(frame.sample, again ? SampleFate::kRepeated : SampleFate::kMerged, SampleFate::kMerged);
  }
}

WriteOutcome WritePlan::tally(const std::unordered_set<std::int64_t>& new_rejections) const {
  WriteOutcome outcome;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const bool written =
        frame_fates[i] == FrameFate::kInserted || frame_fates[i] == FrameFate::kReplaced;
    outcome.frames += written ? 1 : 0;
    outcome.points += written ? frames[i].values() : 0;
  }
  for (std::size_t i = 0; i < sample_fates.size(); ++i) count(outcome, i);
  outcome.replayed.gone = gone;
  outcome.replayed.gone_uploads = gone_uploads;
  for (const RejectedRow& row : rejected) {
    if (row.upload->replayed.has_value()) {
      if (!row.partly_stored) outcome.replayed.rejected += row.sample->weight;
      continue;
    }
    const bool is_new = new_rejections.contains(row.sample->seq);
    if (is_new) ++outcome.rejections[static_cast<std::size_t>(row.rejection.reason)];
    if (!row.partly_stored) (is_new ? outcome.rejected : outcome.repeated) += row.sample->weight;
  }
  outcome.refused = refused;
  return outcome;
}

std::vector<MessageTally> WritePlan::tally_messages(const SampleBatch& batch,
                                                    SampleRange range) const {
  std::vector<MessageTally> tallies(batch.messages().size());
  if (tallies.empty()) return tallies;
  const auto of = [&](const SampleBatch::Sample& sample) -> MessageTally& {
    return tallies[batch.uploads()[sample.upload].message];
  };
  for (std::size_t i = 0; i < range.size(); ++i) {
    // Replayed samples are in the ledger since they were rejected.
    if (sample_ends[i] == SampleFate::kNone || replays_sample(i)) continue;
    MessageTally& tally = of(batch.samples()[range.first + i]);
    ++(sample_ends[i] == SampleFate::kStored ? tally.stored : tally.merged);
  }
  for (const RejectedRow& row : rejected) {
    if (!row.partly_stored && !row.upload->replayed.has_value())
      of(*row.sample).rejected += row.sample->weight;
  }
  return tallies;
}

}  // namespace millrace::time_series
