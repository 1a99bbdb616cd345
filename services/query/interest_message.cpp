// SPDX-License-Identifier: Apache-2.0
#include "query/interest_message.h"

#include <algorithm>

namespace millrace::query {
namespace {

std::size_t names(const WantedEndpoints& wanted) {
  std::size_t count = 0;
  for (const auto& [application, endpoints] : wanted) count += endpoints.size();
  return count;
}

std::size_t bytes(const WantedEndpoints& wanted) {
  constexpr std::size_t kFraming = 8;
  std::size_t count = 0;
  for (const auto& [application, endpoints] : wanted) {
    count += application.size() + kFraming;
    for (const std::string& endpoint : endpoints) count += endpoint.size() + kFraming;
  }
  return count;
}

}  // namespace

telemetry::v1::DataPointsInterest interest_message(WantedEndpoints wanted,
                                                   const InterestLimits& limits) {
  while (names(wanted) > limits.names || bytes(wanted) > limits.bytes) {
    const auto largest = std::max_element(
        wanted.begin(), wanted.end(),
        [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    if (largest == wanted.end() || largest->second.empty()) break;
    largest->second.clear();
  }
  telemetry::v1::DataPointsInterest message;
  for (const auto& [application, endpoints] : wanted) {
    telemetry::v1::EndpointsOfInterest& one = *message.add_endpoints();
    one.set_application_name(application);
    for (const std::string& endpoint : endpoints) one.add_endpoint_ids(endpoint);
  }
  return message;
}

}  // namespace millrace::query
