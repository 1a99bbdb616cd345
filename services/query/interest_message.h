// SPDX-License-Identifier: Apache-2.0
//
// What all subscribers of a process want together, as the message that tells those who announce
// points (data_points_interest.proto). Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "millrace/telemetry/v1/data_points_interest.pb.h"

namespace millrace::query {

// By application. Empty: all of its endpoints.
using WantedEndpoints = std::map<std::string, std::set<std::string>>;

struct InterestLimits {
  std::size_t names = 10'000;  // of endpoints, in a message
  std::size_t bytes = 512 << 10;
};

// Where it would be over a limit, all endpoints of the application with the most are asked for:
// what nobody wants is passed over when it comes.
telemetry::v1::DataPointsInterest interest_message(WantedEndpoints wanted,
                                                   const InterestLimits& limits);

}  // namespace millrace::query
