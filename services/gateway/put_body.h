// SPDX-License-Identifier: Apache-2.0
//
// The points that a PUT brings, as calls of Query.PutDataPoints. Two forms are taken, with any
// number of endpoints and series in an object, so that what /data and /last answer can be put:
//
//   [{"<endpoint>":{"<series>":[{"timestamp":"…","values":{"<value>":23}}]}}]
//   {"<endpoint>":{"<series>":[{"timestamp":"…","values":{"<value>":23}}]}}
//
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "millrace/query/v1/query.pb.h"

namespace millrace::gateway {

// One call, within the bounds of PutDataPointsRequest.
struct PutBatch {
  // Where in the body an element of `request.series` came from.
  struct Origin {
    std::string pointer;          // of its array of points
    std::size_t first_point = 0;  // in that array
  };

  query::v1::PutDataPointsRequest request;
  std::vector<Origin> origins;  // of each element
  std::size_t points = 0;
};

// In the order of the body; none where it has no points. kInvalidArgument lists what is wrong, each
// with its place as a JSON pointer (RFC 6901): /0/ep-1/auto~0t/3/timestamp.
absl::StatusOr<std::vector<PutBatch>> put_batches(const std::string& app_version_name,
                                                  const std::string& body);

// What query says of a batch ("series[0].data_points[3].…: …"), with the place in the body.
std::string with_place_in_body(const PutBatch& batch, const std::string& message);

}  // namespace millrace::gateway
