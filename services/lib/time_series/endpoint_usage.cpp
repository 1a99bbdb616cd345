// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/endpoint_usage.h"

#include <algorithm>
#include <utility>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

// Endpoints in one statement.
constexpr std::size_t kChunk = 1000;

std::set<std::int32_t> keys_in(const postgres::Result& rows) {
  std::set<std::int32_t> keys;
  for (int row = 0; row < rows.rows(); ++row) keys.insert(rows.int4(row, 0));
  return keys;
}

}  // namespace

void EndpointUsage::begin() {
  batch_.clear();
}

EndpointUsage::Exact* EndpointUsage::find_bounded(std::int32_t endpoint_key) {
  if (const auto known = batch_.find(endpoint_key); known != batch_.end()) return &known->second;
  Exact* bounded = bounded_.find(endpoint_key);
  if (bounded == nullptr) return nullptr;
  Exact taken = std::move(*bounded);
  // Until finish(): a batch that fails has the endpoint read anew.
  bounded_.erase(endpoint_key);
  taken.read_now = false;
  return &batch_.emplace(endpoint_key, std::move(taken)).first->second;
}

absl::StatusOr<std::set<std::int32_t>> EndpointUsage::may_exceed(const Demands& demands) {
  static const std::string kSql =
      "SELECT x.endpoint_key, sum(n)::int8, count(*) FILTER (WHERE n > 1)"
      " FROM time_series.endpoint_layout x JOIN time_series.layout l USING (layout_key),"
      " LATERAL (SELECT cardinality(l.number_keys) + cardinality(l.text_keys)) AS size (n)"
      " WHERE x.endpoint_key = ANY($1) GROUP BY x.endpoint_key";
  std::set<std::int32_t> exceeding;
  std::vector<std::int32_t> endpoints;
  for (const auto& [endpoint_key, demand] : demands) {
    endpoints.push_back(endpoint_key);
    // Those that have nothing yet are in no row.
    if (demand.values > limits_.max_values || demand.layouts > limits_.max_layouts) {
      exceeding.insert(endpoint_key);
    }
  }
  std::sort(endpoints.begin(), endpoints.end());
  for (std::size_t first = 0; first < endpoints.size(); first += kChunk) {
    const auto begin = endpoints.begin() + static_cast<std::ptrdiff_t>(first);
    const auto count = std::min(kChunk, endpoints.size() - first);
    const std::vector<std::int32_t> chunk(begin, begin + static_cast<std::ptrdiff_t>(count));
    MILLRACE_ASSIGN_OR_RETURN(const auto rows,
                              connection_.execute(kSql, {postgres::to_param(chunk)}));
    for (int row = 0; row < rows.rows(); ++row) {
      const Demand& demand = demands.at(rows.int4(row, 0));
      const auto values = static_cast<std::size_t>(rows.int8(row, 1)) + demand.values;
      const auto layouts = static_cast<std::size_t>(rows.int8(row, 2)) + demand.layouts;
      if (values > limits_.max_values || layouts > limits_.max_layouts) {
        exceeding.insert(rows.int4(row, 0));
      }
    }
  }
  return exceeding;
}

absl::StatusOr<EndpointUsage::Exact*> EndpointUsage::read(std::int32_t endpoint_key) {
  Exact exact;
  MILLRACE_RETURN_IF_ERROR(read_into(endpoint_key, exact));
  return &batch_.insert_or_assign(endpoint_key, std::move(exact)).first->second;
}

absl::Status EndpointUsage::read_into(std::int32_t endpoint_key, Exact& exact) {
  static const std::string kValues =
      "SELECT DISTINCT unnest(l.number_keys || l.text_keys) FROM time_series.endpoint_layout x"
      " JOIN time_series.layout l USING (layout_key) WHERE x.endpoint_key = $1";
  static const std::string kLayouts =
      "SELECT l.layout_key FROM time_series.endpoint_layout x"
      " JOIN time_series.layout l USING (layout_key) WHERE x.endpoint_key = $1"
      " AND cardinality(l.number_keys) + cardinality(l.text_keys) > 1";
  const std::vector<postgres::Param> params = {postgres::to_param(endpoint_key)};
  MILLRACE_ASSIGN_OR_RETURN(const auto values, connection_.execute(kValues, params));
  MILLRACE_ASSIGN_OR_RETURN(const auto layouts, connection_.execute(kLayouts, params));
  exact.values.merge(keys_in(values));
  exact.layouts.merge(keys_in(layouts));
  exact.values_full = exact.values.size() >= limits_.max_values;
  exact.layouts_full = exact.layouts.size() >= limits_.max_layouts;
  exact.read_now = true;
  return absl::OkStatus();
}

absl::StatusOr<bool> EndpointUsage::has_value_room(std::int32_t endpoint_key, Exact& exact) {
  if (exact.value_count() < limits_.max_values) return true;
  if (!exact.values_full && !exact.read_now) {
    MILLRACE_RETURN_IF_ERROR(read_into(endpoint_key, exact));
  }
  return exact.value_count() < limits_.max_values;
}

absl::StatusOr<bool> EndpointUsage::has_layout_room(std::int32_t endpoint_key, Exact& exact) {
  if (exact.layout_count() < limits_.max_layouts) return true;
  if (!exact.layouts_full && !exact.read_now) {
    MILLRACE_RETURN_IF_ERROR(read_into(endpoint_key, exact));
  }
  return exact.layout_count() < limits_.max_layouts;
}

void EndpointUsage::finish() {
  for (auto& [endpoint_key, exact] : batch_) {
    exact.new_names.clear();
    exact.new_layouts = 0;
    if (!exact.values_full && !exact.layouts_full) continue;
    const std::size_t weight = 16 + exact.values.size() + exact.layouts.size();
    bounded_.insert(endpoint_key, std::move(exact), weight);
  }
  batch_.clear();
}

}  // namespace millrace::time_series
