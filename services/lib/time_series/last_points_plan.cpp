// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/last_points_plan.h"

#include <utility>

namespace millrace::time_series {

std::vector<Probe> plan_probes(std::size_t endpoint, const std::vector<std::int32_t>& layouts,
                               const WantedByLayout& wanted_by_layout, const WantedValues& wanted) {
  std::map<std::string, std::vector<std::int32_t>> layouts_of_series;
  for (const std::int32_t layout : layouts) {
    const auto values = wanted_by_layout.find(layout);
    if (values == wanted_by_layout.end()) continue;
    for (const std::int32_t value_key : values->second) {
      auto& of_series = layouts_of_series[wanted.at(value_key).series_name];
      if (of_series.empty() || of_series.back() != layout) of_series.push_back(layout);
    }
  }
  std::map<std::vector<std::int32_t>, std::vector<std::string>> series_of_layouts;
  for (auto& [series_name, of_series] : layouts_of_series) {
    series_of_layouts[std::move(of_series)].push_back(series_name);
  }
  std::vector<Probe> probes;
  for (auto& [of_probe, series_names] : series_of_layouts) {
    probes.push_back({endpoint, of_probe, std::move(series_names)});
  }
  return probes;
}

}  // namespace millrace::time_series
