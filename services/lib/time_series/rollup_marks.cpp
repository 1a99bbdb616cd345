// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rollup_marks.h"

#include "lib/error/error.h"

namespace millrace::time_series {

absl::StatusOr<std::optional<Hour>> begin_marking(postgres::Connection& connection) {
  static const std::string kSql = "SELECT time_series.begin_marking()";
  MILLRACE_ASSIGN_OR_RETURN(const auto seal, connection.execute(kSql));
  if (seal.is_null(0, 0)) return std::nullopt;
  return hour_of_number(seal.int4(0, 0));
}

std::vector<RollupMark> marks_of(std::span<const Frame> frames, std::span<const FrameFate> fates,
                                 Hour sealed_until) {
  std::vector<RollupMark> marks;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frames[i];
    if (frame.time >= sealed_until) continue;
    if (fates[i] != FrameFate::kInserted && fates[i] != FrameFate::kReplaced) continue;
    const Hour hour = hour_of(frame.time);
    if (!marks.empty() && marks.back().endpoint_key == frame.endpoint_key &&
        hour - marks.back().last <= kHoursOfOneMark) {
      marks.back().last = hour;
    } else {
      marks.push_back({frame.endpoint_key, hour, hour});
    }
  }
  return marks;
}

absl::Status write_marks(postgres::Connection& connection, postgres::CopyBuffer& buffer,
                         std::span<const RollupMark> marks) {
  if (marks.empty()) return absl::OkStatus();
  buffer.clear();
  for (const RollupMark& mark : marks) {
    buffer.row(3);
    buffer.int4(mark.endpoint_key);
    buffer.int4(hour_number(mark.first));
    buffer.int4(hour_number(mark.last));
  }
  buffer.finish();
  return connection
      .copy_binary("time_series.rollup_mark (endpoint_key, first_hour, last_hour)", buffer.data())
      .status();
}

}  // namespace millrace::time_series
