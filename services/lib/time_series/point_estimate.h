// SPDX-License-Identifier: Apache-2.0
//
// How many frames an endpoint has, guessed from what PostgreSQL's own statistics say: the right
// order of magnitude, without reading a frame. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/time_series/reader.h"

namespace millrace::time_series {

// What is known of one partition of frames.
struct PartitionStatistics {
  TimeRange range;
  double frames = 0;
  // How many endpoints have frames in it; 0: not analysed yet.
  double endpoints = 0;
  // Those with the most frames, by ascending key, and their share of all frames, 0 to 1.
  std::vector<std::int32_t> common_endpoints;
  std::vector<double> common_shares;
};

// Of pg_class: `analysed_frames` < 0 where the table was never looked at.
struct TableSize {
  double analysed_frames = -1;
  double analysed_pages = 0;
  double pages = 0;  // now
};
double frames_in(const TableSize& size);

// When one layout of an endpoint has its first and its last frame.
struct LayoutExtent {
  std::int32_t layout_key = 0;
  time::UnixMicros first;
  time::UnixMicros last;
  double frames = 0;
};

// Sets `frames` of all layouts of one endpoint: its share of each partition, in equal parts for the
// layouts that have frames there. `known_endpoints` (at least 1) is taken where a partition was not
// analysed.
void estimate_frames(const std::vector<PartitionStatistics>& partitions, std::int32_t endpoint_key,
                     double known_endpoints, std::vector<LayoutExtent>& layouts);

}  // namespace millrace::time_series
