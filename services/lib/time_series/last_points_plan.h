// SPDX-License-Identifier: Apache-2.0
//
// Which frames must be looked up to have the last point of every series of some endpoints. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/time_series/reader.h"

namespace millrace::time_series {

// The values asked for, by value_key.
struct WantedValue {
  std::string series_name;
  ValueDescription value;
};
using WantedValues = std::map<std::int32_t, WantedValue>;

// The value keys of a layout that were asked for.
using WantedByLayout = std::map<std::int32_t, std::vector<std::int32_t>>;

// One look-up: the newest frames of an endpoint among some layouts. All series of a probe lie in
// exactly these layouts, so whatever frame is newest has the last point of each of them.
struct Probe {
  std::size_t endpoint = 0;  // index into the page of endpoints
  std::vector<std::int32_t> layouts;
  std::vector<std::string> series_names;
  std::vector<std::int32_t> value_keys;  // of these series, those that the layouts have
};

// One probe for each set of layouts that some series of the endpoint share: a single one for most
// endpoints, and never more than the endpoint has series.
std::vector<Probe> plan_probes(std::size_t endpoint, const std::vector<std::int32_t>& layouts,
                               const WantedByLayout& wanted_by_layout, const WantedValues& wanted);

}  // namespace millrace::time_series
