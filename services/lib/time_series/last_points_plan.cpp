// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/last_points_plan.h"

#include <set>
#include <utility>

namespace millrace::time_series {

std::vector<Probe> plan_probes(std::size_t endpoint, const std::vector<std::int32_t>& layouts,
                               const WantedByLayout& wanted_by_layout, const WantedValues& wanted) {
  struct Series {
    std::vector<std::int32_t> layouts;
    std::set<std::int32_t> value_keys;
  };
  std::map<std::string, Series> series;
  for (const std::int32_t layout : layouts) {
    const auto values = wanted_by_layout.find(layout);
    if (values == wanted_by_layout.end()) continue;
    for (const std::int32_t value_key : values->second) {
      Series& one = series[wanted.at(value_key).series_name];
      if (one.layouts.empty() || one.layouts.back() != layout) one.layouts.push_back(layout);
      one.value_keys.insert(value_key);
    }
  }
  std::map<std::vector<std::int32_t>, Probe> by_layouts;
  for (auto& [series_name, one] : series) {
    Probe& probe = by_layouts[std::move(one.layouts)];
    probe.series_names.push_back(series_name);
    probe.value_keys.insert(probe.value_keys.end(), one.value_keys.begin(), one.value_keys.end());
  }
  std::vector<Probe> probes;
  for (auto& [of_probe, probe] : by_layouts) {
    probe.endpoint = endpoint;
    probe.layouts = of_probe;
    probes.push_back(std::move(probe));
  }
  return probes;
}

}  // namespace millrace::time_series
