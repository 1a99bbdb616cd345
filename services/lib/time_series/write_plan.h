// SPDX-License-Identifier: Apache-2.0
//
// What a transaction of WriterSession is about to write, and what became of it. Filled anew for
// each range, and kept for its memory. For one thread.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include "lib/time_series/endpoint_admission.h"
#include "lib/time_series/frame_writer.h"
#include "lib/time_series/rejected_sample_writer.h"
#include "lib/time_series/rejection.h"
#include "lib/time_series/replayed_rows.h"
#include "lib/time_series/sample_batch.h"
#include "lib/time_series/shape_resolver.h"

namespace millrace::time_series {

// A value that was not stored although its sample has it, because of a bound of series.
struct RefusedValue {
  std::uint32_t upload = 0;  // indices of the batch
  std::uint32_t shape = 0;
  std::uint32_t number = 0;  // of the shape's names
  auto operator<=>(const RefusedValue&) const = default;
};

// What became of the samples of one message, now or by an earlier attempt, in the words of the
// ledger (docs/decisions/0005-ledger.md).
struct MessageTally {
  std::uint64_t stored = 0;
  std::uint64_t merged = 0;
  std::uint64_t rejected = 0;

  MessageTally& operator+=(const MessageTally& other);
};

// What a transaction did with the samples of a range. Those whose rows it found are `repeated`, and
// those without points and without a rejection are in none.
struct WriteOutcome {
  std::uint64_t stored = 0;
  std::uint64_t merged = 0;
  std::uint64_t rejected = 0;
  std::uint64_t repeated = 0;
  // Rows of frame written, and the values in them.
  std::uint64_t frames = 0;
  std::uint64_t points = 0;
  // Rows of rejected_sample written, by kRejectionReasons' order.
  std::array<std::uint64_t, kRejectionReasons.size()> rejections{};
  std::set<RefusedValue> refused;
  // By message of the batch; empty where it has none. Only the samples of the range count.
  std::vector<MessageTally> tallies;
  // By message: whether it ended with this transaction, for the first time. Empty: the transaction
  // ended none.
  std::vector<bool> ended;
  // Samples of replayed uploads, which are in none of the above but frames and points.
  struct Replayed {
    std::uint64_t stored = 0;  // also where all of it was there already
    std::uint64_t merged = 0;
    std::uint64_t rejected = 0;                 // again: the row has its new reason
    std::uint64_t gone = 0;                     // their row is not there any more: nothing was done
    std::set<std::uint32_t> gone_uploads = {};  // of which those are; indices of the batch
  } replayed;
};

// What a sample is to a transaction, later ones stand over earlier ones.
enum class SampleFate : std::uint8_t { kNone, kRepeated, kMerged, kStored };

struct WritePlan {
  // By upload, 0 where nothing asks for it.
  std::vector<std::int32_t> application_keys;
  std::vector<std::int32_t> endpoint_keys;
  ShapeResolver::Resolved shapes;  // by shape; null: some of it is new
  // Endpoints with shapes that they are not known to have, and their samples.
  std::vector<EndpointAdmission::Newcomer> newcomers;
  std::vector<std::vector<std::size_t>> samples_of_newcomer;
  std::map<std::pair<std::int32_t, std::uint32_t>, std::size_t> newcomer_of;
  std::vector<Frame> frames;
  std::vector<MergedFrame> merged;
  std::vector<RejectedRow> rejected;
  std::set<RefusedValue> refused;
  std::vector<FrameFate> frame_fates;
  // By position in the range.
  std::vector<SampleFate> sample_fates;
  std::vector<SampleFate> sample_ends;
  // Uploads of the range that are replayed and whose row is there, and, empty without replays:
  // which uploads are replayed and have none, which positions of the range belong to replayed ones.
  std::vector<ReplayedUpload> replays;
  std::vector<bool> is_gone;
  std::vector<bool> is_replayed;
  std::uint64_t gone = 0;
  std::set<std::uint32_t> gone_uploads;

  void begin(const SampleBatch& batch, SampleRange range) {
    application_keys.assign(batch.uploads().size(), 0);
    endpoint_keys.assign(batch.uploads().size(), 0);
    newcomers.clear();
    samples_of_newcomer.clear();
    newcomer_of.clear();
    frames.clear();
    merged.clear();
    refused.clear();
    rejected.clear();
    replays.clear();
    is_gone.clear();
    is_replayed.clear();
    gone = 0;
    gone_uploads.clear();
    sample_fates.assign(range.size(), SampleFate::kNone);
  }

  void add_sample(const SampleBatch& batch, SampleRange range, std::size_t index,
                  const ResolvedShape& shape);
  void add_newcomer(const SampleBatch::Sample& sample, std::size_t index);
  // True for a sample of a replayed upload whose row is gone.
  bool skips(const SampleBatch::Sample& sample);
  bool replays_sample(std::size_t position) const {
    return !is_replayed.empty() && is_replayed[position];
  }
  // After the frames were written: what became of the samples, then of rows and values, and what
  // their messages count.
  void find_fates();
  WriteOutcome tally(const std::unordered_set<std::int64_t>& new_rejections) const;
  std::vector<MessageTally> tally_messages(const SampleBatch& batch, SampleRange range) const;

 private:
  void count(WriteOutcome& outcome, std::size_t position) const;
};

}  // namespace millrace::time_series
