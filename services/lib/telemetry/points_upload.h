// SPDX-License-Identifier: Apache-2.0
//
// Points that somebody else than epts made, as an upload of a content type of its own: so they
// share with samples what happens to a message on its way through the stream.
#pragma once

#include <string>

#include "millrace/telemetry/v1/data_points.pb.h"
#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::telemetry {

// A DataPointsEvent, serialized; and as rejected_sample keeps it, in proto3 JSON.
inline constexpr char kPointsContentType[] = "application/vnd.millrace.data-points";
inline constexpr char kPointsJsonContentType[] = "application/vnd.millrace.data-points+json";

bool has_points(const v1::DataSamplesEvent& upload);

// `bytes`: the event, serialized. Its time stands for the receipt time.
v1::DataSamplesEvent upload_of(const v1::DataPointsEvent& event, std::string bytes);

}  // namespace millrace::telemetry
