// SPDX-License-Identifier: Apache-2.0
//
// Puts frames into time_series.frame within the caller's transaction, in one of two ways with one
// outcome: straight by COPY, twice as fast, when nothing is expected to be there yet (a row that is
// there fails the transaction with kAlreadyExists, and the caller comes again with the other way);
// or by COPY into a staging table and one upsert in which the higher seq wins.
// docs/decisions/0001-frames.md has the measurements. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

#include "lib/postgres/connection.h"
#include "lib/postgres/copy_buffer.h"
#include "lib/time/clock.h"
#include "lib/time_series/week.h"

namespace millrace::time_series {

struct Frame {
  std::int32_t endpoint_key = 0;
  std::int32_t layout_key = 0;
  time::UnixMicros time;
  std::int64_t seq = 0;
  const double* numbers = nullptr;            // of the sample
  std::span<const std::uint32_t> slots;       // slot i holds numbers[slots[i]]
  std::uint32_t sample = 0;                   // the caller's number for the sample
  Week week;                                  // of `time`; set by sort_and_merge()
  const std::string_view* texts = nullptr;    // of the sample; without data(): NULL
  std::span<const std::uint32_t> text_slots;  // as slots

  std::size_t values() const { return slots.size() + text_slots.size(); }
};

// What became of a frame.
enum class FrameFate : std::uint8_t {
  kInserted,             // stands as a row of its own
  kReplaced,             // replaced an earlier sample of the same layout and instant
  kLost,                 // a later sample of the same layout and instant stands
  kRepeated,             // was there already with the same seq, as a row of its own
  kRepeatedReplacement,  // the same, and had replaced an earlier sample then
};

enum class InsertPath { kDirect, kStaged };

// Whether some of a batch may have been stored before.
enum class Delivery { kFirst, kAgain };

// A frame that gave way to a later one of the same batch.
struct MergedFrame {
  std::uint32_t sample = 0;
  std::uint32_t winner = 0;  // index of the later frame
};

// Puts frames in the order of their keys, as write() needs them: partition by partition, so that
// two writers never wait for each other crosswise. Of frames with one key the one with the highest
// seq stays; the others are appended to `merged`.
void sort_and_merge(std::vector<Frame>& frames, std::vector<MergedFrame>& merged);

class FrameWriter {
 public:
  // Makes the staging table, which lives as long as the connection.
  static absl::Status prepare(postgres::Connection& connection);

  explicit FrameWriter(postgres::Connection& connection) : connection_(connection) {}

  // `frames` from sort_and_merge(); the partitions they need exist. `fates` gets one entry a frame.
  absl::Status write(std::span<const Frame> frames, InsertPath path, std::vector<FrameFate>& fates);

 private:
  void encode(const Frame& frame, bool with_texts);
  absl::Status upsert(std::span<const Frame> frames, std::vector<FrameFate>& fates);

  postgres::Connection& connection_;
  postgres::CopyBuffer buffer_;
  std::vector<double> numbers_;
  std::vector<std::string_view> texts_;
};

}  // namespace millrace::time_series
