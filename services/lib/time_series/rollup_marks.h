// SPDX-License-Identifier: Apache-2.0
//
// What a transaction that changes frames owes to the rollups: hours before the seal were rolled up,
// or may be any moment, so it says which of them it changed, and those do not count until they are
// built again. docs/decisions/0019-rollups.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/postgres/copy_buffer.h"
#include "lib/time_series/frame_writer.h"
#include "lib/time_series/hour.h"

namespace millrace::time_series {

// Some frames of an endpoint in these hours, and in those between them perhaps.
struct RollupMark {
  std::int32_t endpoint_key = 0;
  Hour first;
  Hour last;
  bool operator==(const RollupMark&) const = default;
};

// Hours of an endpoint that are this close together share a mark: building again a few hours too
// many is cheaper than a mark for each.
inline constexpr std::chrono::hours kHoursOfOneMark{3};

// The seal: frames before it need marks. Nothing: none do. In a transaction, before it changes
// frames; holds until its end. May wait for as long as it takes to move the seal, and a little.
absl::StatusOr<std::optional<Hour>> begin_marking(postgres::Connection& connection);

// For the frames, sorted as FrameWriter wants them, that were inserted or replaced something.
std::vector<RollupMark> marks_of(std::span<const Frame> frames, std::span<const FrameFate> fates,
                                 Hour sealed_until);

// In the caller's transaction. `buffer` is used for its memory.
absl::Status write_marks(postgres::Connection& connection, postgres::CopyBuffer& buffer,
                         std::span<const RollupMark> marks);

}  // namespace millrace::time_series
