// SPDX-License-Identifier: Apache-2.0
//
// What requests of Kaa's EPTS REST API ask for, checked. A refusal is kInvalidArgument that lists
// every fault with the name of its parameter. Parameters that are not known are passed over, as Kaa
// does, but for those that are nearly known: a mistyped endpointId would mean all endpoints. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "gateway/epts_time.h"
#include "gateway/url_parameters.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::gateway {

// Names in one list of a request.
inline constexpr std::size_t kMaxEptsNames = 10'000;

struct EptsConfigRequest {
  std::vector<std::string> application_names;  // empty: all that the key may use
};

struct EptsDataRequest {
  std::string application;
  std::vector<std::string> endpoint_ids;  // empty: all
  std::vector<std::string> series_names;
  EptsRange range;
  query::v1::Order order = query::v1::ORDER_ASCENDING;
  TimeUnit unit = TimeUnit::kMilliseconds;
  // Of CSV: texts that a spreadsheet would run as a formula are made harmless.
  bool spreadsheet_safe = true;
};

struct EptsLastRequest {
  std::string application;
  std::vector<std::string> endpoint_ids;  // empty: all
  std::vector<std::string> series_names;  // empty: all
  std::optional<time::UnixMicros> before;
  // Endpoints of the answer, in order of id.
  std::int64_t offset = 0;
  std::int64_t limit = std::numeric_limits<std::int64_t>::max();
  TimeUnit unit = TimeUnit::kMilliseconds;
};

absl::StatusOr<EptsConfigRequest> config_request(const UrlParameters& parameters);

// Of points as JSON.
absl::StatusOr<EptsDataRequest> points_request(std::string application,
                                               const UrlParameters& parameters,
                                               time::UnixMicros now);
// Of points as CSV, whose times are exact: an end of the range stands for itself.
absl::StatusOr<EptsDataRequest> csv_request(std::string application,
                                            const UrlParameters& parameters, time::UnixMicros now);

// `body`: of a POST, may be empty; what it says and what the URL says go together.
absl::StatusOr<EptsLastRequest> last_request(std::string application,
                                             const UrlParameters& parameters,
                                             const std::string& body, time::UnixMicros now);

}  // namespace millrace::gateway
