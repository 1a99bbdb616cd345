// SPDX-License-Identifier: Apache-2.0
//
// What the readers found, as the messages of query.proto. Pure.
#pragma once

#include <string>
#include <vector>

#include "lib/time_series/extent_reader.h"
#include "lib/time_series/last_points_reader.h"
#include "lib/time_series/range_reader.h"
#include "lib/time_series/reader.h"
#include "lib/time_series/rejected_reader.h"
#include "query/aggregate_reader.h"
#include "query/chart_reader.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

v1::ValueType proto_type(time_series::ValueType type);

void set_time(google::protobuf::Timestamp& timestamp, time::UnixMicros time);

void fill(v1::ListTimeSeriesResponse& response,
          const std::vector<time_series::SeriesDescription>& series);

// Sets the extent of those series that have one. Both in byte order of name.
void fill_extents(v1::ListTimeSeriesResponse& response,
                  const std::vector<time_series::SeriesExtent>& extents);

// Strings are moved out of `step`.
v1::DataPointsChunk chunk_of(time_series::RangeStep step, const std::string& resume_token);

// As many columns as `query` has aggregations. Strings are moved out of `step`.
v1::AggregateChunk chunk_of(AggregateStep step, const AggregateQuery& query);
v1::ChartChunk chunk_of(const ChartStep& step);

void fill(v1::GetLastDataPointsResponse& response, std::vector<time_series::LastPoint> points);

// The sample's bytes become valid UTF-8: what is none is replaced by U+FFFD, and a character that
// the cut went through is dropped.
v1::RejectedSample rejected_sample_of(time_series::RejectedSample sample);

}  // namespace millrace::query
