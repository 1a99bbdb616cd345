// SPDX-License-Identifier: Apache-2.0
//
// Points that somebody puts, as messages for the stream: DataPointsEvents (14/TSTP), many in one
// message, on the subject of samples, which every stream of ours collects. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/time/clock.h"
#include "query/sample_stream.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

// Well below what nats-server takes unless told otherwise, 1 MiB.
inline constexpr std::size_t kMaxPutMessageBytes = 512 << 10;

struct PutFacts {
  std::string application_name;
  std::string correlation_id;
  time::UnixMicros received_at;
};

// `request` was checked (put_request.h). In its order: of two points of a series at one instant the
// later one is in a later place of the stream. kInvalidArgument: a point is larger than a message
// may be.
absl::StatusOr<std::vector<StreamMessage>> put_messages(const v1::PutDataPointsRequest& request,
                                                        const PutFacts& facts);

}  // namespace millrace::query
