// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/partition_windows.h"

#include <algorithm>

namespace millrace::time_series {

absl::StatusOr<Partitions> read_partitions(postgres::Connection& connection) {
  // The bounds are printed and read back under the same session settings. MINVALUE and MAXVALUE
  // have no quotes and give NULL.
  static const std::string kSql =
      std::string("SELECT range_from, range_to FROM ") + kPartitionRanges + " AS partition";
  const auto result = connection.execute(kSql);
  if (!result.ok()) return explain_failure(result.status());
  Partitions partitions;
  for (int row = 0; row < result->rows(); ++row) {
    if (result->is_null(row, 0) || result->is_null(row, 1)) return Partitions{};
    partitions.ranges.push_back({result->timestamp(row, 0), result->timestamp(row, 1)});
  }
  std::sort(partitions.ranges.begin(), partitions.ranges.end(),
            [](const TimeRange& a, const TimeRange& b) { return a.from < b.from; });
  partitions.by_range = true;
  return partitions;
}

std::vector<TimeRange> split_into_windows(const Partitions& partitions, const TimeRange& range,
                                          std::size_t per_window) {
  if (range.from >= range.to) return {};
  if (!partitions.by_range) return {range};
  std::vector<TimeRange> windows;
  std::size_t in_window = per_window;
  for (const TimeRange& partition : partitions.ranges) {
    if (partition.to <= range.from || partition.from >= range.to) continue;
    if (in_window == per_window) {
      windows.push_back(partition);
      in_window = 0;
    }
    windows.back().to = partition.to;
    ++in_window;
  }
  if (windows.empty()) return windows;
  windows.front().from = range.from;
  windows.back().to = range.to;
  return windows;
}

}  // namespace millrace::time_series
