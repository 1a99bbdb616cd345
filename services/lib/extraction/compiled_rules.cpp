// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/compiled_rules.h"

#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/series_rules/path.h"
#include "lib/series_rules/retention.h"

namespace millrace::extraction {
namespace {

time_series::ValueType type_of(configuration::v1::ValueType type) {
  switch (type) {
    case configuration::v1::VALUE_TYPE_STRING:
      return time_series::ValueType::kString;
    case configuration::v1::VALUE_TYPE_BOOLEAN:
      return time_series::ValueType::kBoolean;
    default:
      return time_series::ValueType::kNumber;
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledRules>> CompiledRules::compile(
    const configuration::v1::SeriesRules& rules) {
  const std::shared_ptr<CompiledRules> compiled(new CompiledRules());
  compiled->version_ = rules.version();
  compiled->retention_ = series_rules::retention_of(rules);
  compiled->auto_numbers_ = rules.auto_extract();
  compiled->auto_others_ = rules.auto_extract_strings_and_booleans();
  for (const std::string& name : rules.auto_extract_exclusions()) {
    // A name of other characters than a path's is of none that auto-extraction would take.
    if (const auto path = series_rules::parse_path(name); path.ok() && path->size() == 1) {
      compiled->exclude(compiled->paths_.add(*path));
    }
  }
  MILLRACE_RETURN_IF_ERROR(compiled->set_timestamp(rules.timestamp()));
  std::uint32_t series_index = 0;
  for (const configuration::v1::SeriesRule& series : rules.series()) {
    MILLRACE_RETURN_IF_ERROR(compiled->add_values(series, series_index++));
  }
  MILLRACE_RETURN_IF_ERROR(compiled->order_by_node());
  return compiled;
}

absl::Status CompiledRules::add_values(const configuration::v1::SeriesRule& series,
                                       std::uint32_t series_index) {
  for (const configuration::v1::ValueRule& rule : series.values()) {
    MILLRACE_ASSIGN_OR_RETURN(const series_rules::Path path, series_rules::parse_path(rule.path()));
    values_.push_back({series.name(), rule.name().empty() ? "value" : rule.name(),
                       type_of(rule.type()), series_rules::path_text(path), series_index});
    nodes_.push_back(paths_.add(path));
  }
  return absl::OkStatus();
}

// The field at the root that the time is in is no series, wherever in it the time is.
absl::Status CompiledRules::set_timestamp(const configuration::v1::TimestampRule& rule) {
  if (rule.path().empty()) return absl::OkStatus();
  MILLRACE_ASSIGN_OR_RETURN(const series_rules::Path path, series_rules::parse_path(rule.path()));
  exclude(paths_.add({path.front()}));
  timestamp_ = Timestamp{paths_.add(path), series_rules::path_text(path), rule.format(),
                         rule.fallback() == configuration::v1::TIMESTAMP_FALLBACK_SERVER_TIMESTAMP};
  return absl::OkStatus();
}

void CompiledRules::exclude(PathTrie::Node node) {
  if (excluded_.size() <= node) excluded_.resize(node + 1, false);
  excluded_[node] = true;
}

absl::Status CompiledRules::order_by_node() {
  excluded_.resize(paths_.size(), false);
  first_of_node_.assign(paths_.size() + 1, 0);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (++first_of_node_[nodes_[i] + 1] > kMaxValuesOfPath) {
      return absl::InvalidArgumentError(
          fmt::format("cannot use series rules: more than {} values have the path {}",
                      kMaxValuesOfPath, values_[i].path));
    }
  }
  for (std::size_t node = 0; node < paths_.size(); ++node) {
    first_of_node_[node + 1] += first_of_node_[node];
  }
  values_by_node_.resize(values_.size());
  std::vector<std::uint32_t> next(first_of_node_.begin(), first_of_node_.end() - 1);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) values_by_node_[next[nodes_[i]]++] = i;
  return absl::OkStatus();
}

}  // namespace millrace::extraction
