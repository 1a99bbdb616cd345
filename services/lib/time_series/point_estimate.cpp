// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/point_estimate.h"

#include <algorithm>
#include <numeric>

namespace millrace::time_series {
namespace {

// Of 8 KiB, with frames of eight numbers and the index beside them left out.
constexpr double kFramesOfPage = 60;

bool touches(const LayoutExtent& layout, const TimeRange& range) {
  return layout.first < range.to && layout.last >= range.from;
}

double share_of(const PartitionStatistics& partition, std::int32_t endpoint_key,
                double known_endpoints) {
  const auto& common = partition.common_endpoints;
  const auto found = std::lower_bound(common.begin(), common.end(), endpoint_key);
  if (found != common.end() && *found == endpoint_key) {
    return partition.common_shares[static_cast<std::size_t>(found - common.begin())];
  }
  if (partition.endpoints <= 0) return 1 / known_endpoints;
  const double of_common =
      std::accumulate(partition.common_shares.begin(), partition.common_shares.end(), 0.0);
  const double others = partition.endpoints - static_cast<double>(common.size());
  return std::max(1 - of_common, 0.0) / std::max(others, 1.0);
}

}  // namespace

double frames_in(const TableSize& size) {
  if (size.analysed_frames < 0 || size.analysed_pages <= 0) return size.pages * kFramesOfPage;
  return size.analysed_frames / size.analysed_pages * size.pages;
}

void estimate_frames(const std::vector<PartitionStatistics>& partitions, std::int32_t endpoint_key,
                     double known_endpoints, std::vector<LayoutExtent>& layouts) {
  for (LayoutExtent& layout : layouts) layout.frames = 0;
  for (const PartitionStatistics& partition : partitions) {
    const auto sharing = std::count_if(
        layouts.begin(), layouts.end(),
        [&partition](const LayoutExtent& layout) { return touches(layout, partition.range); });
    if (sharing == 0) continue;
    const double frames = partition.frames * share_of(partition, endpoint_key, known_endpoints);
    for (LayoutExtent& layout : layouts) {
      if (touches(layout, partition.range)) layout.frames += frames / static_cast<double>(sharing);
    }
  }
  // As many as were seen.
  for (LayoutExtent& layout : layouts) {
    layout.frames = std::max(layout.frames, layout.first == layout.last ? 1.0 : 2.0);
  }
}

}  // namespace millrace::time_series
