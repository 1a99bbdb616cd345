// SPDX-License-Identifier: Apache-2.0
#include "query/value_descriptions.h"

#include <map>
#include <string_view>
#include <utility>

namespace millrace::query {

void describe(const configuration::v1::SeriesRules& rules, v1::ListTimeSeriesResponse& response) {
  std::map<std::pair<std::string_view, std::string_view>, const configuration::v1::ValueRule*>
      known;
  for (const configuration::v1::SeriesRule& series : rules.series()) {
    for (const configuration::v1::ValueRule& value : series.values()) {
      known[{series.name(), value.name()}] = &value;
    }
  }
  for (v1::TimeSeries& series : *response.mutable_time_series()) {
    for (v1::ValueDescription& value : *series.mutable_values()) {
      const auto rule = known.find({series.name(), value.name()});
      if (rule == known.end()) continue;
      value.set_unit(rule->second->unit());
      value.set_description(rule->second->description());
    }
  }
}

}  // namespace millrace::query
