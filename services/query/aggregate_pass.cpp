// SPDX-License-Identifier: Apache-2.0
#include "query/aggregate_pass.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

using aggregation::Aggregation;
using aggregation::Function;
using aggregation::Row;
using time_series::PointBatch;
using time_series::PointColumn;
using time_series::RollupPart;
using time_series::ValueType;

// Of the strings of rows given at a time.
constexpr std::size_t kMaxGivenTextBytes = 1 << 20;

bool has(const AggregateQuery& query, Function function) {
  return std::any_of(query.aggregations.begin(), query.aggregations.end(),
                     [function](const Aggregation& one) { return one.function == function; });
}

bool has_present(const PointColumn& column) {
  return std::find(column.present.begin(), column.present.end(), true) != column.present.end();
}

bool has_points(const std::vector<RollupPart>& summaries, std::size_t column) {
  return std::any_of(summaries.begin(), summaries.end(), [column](const RollupPart& quarter) {
    return quarter.summaries[column].count > 0;
  });
}

std::size_t text_bytes(const aggregation::TextSummary& window) {
  return window.first.text.size() + window.last.text.size();
}

std::size_t text_bytes(const Row& row) {
  std::size_t bytes = 0;
  for (const aggregation::Cell& cell : row.cells) {
    if (const auto* text = std::get_if<std::string>(&cell)) bytes += text->size();
  }
  return bytes;
}

}  // namespace

AggregatePass::AggregatePass(const AggregateQuery& query, Scope scope)
    : query_(query), scope_(std::move(scope)), windows_(query.rule, scope_.range, query.zone) {
  aggregation_scope_.now = scope_.now;
  aggregation_scope_.keep_values = has(query, Function::kPercentile);
  aggregation_scope_.through_empty =
      query.across_endpoints && has(query, Function::kTimeWeightedAvg);
  looks_back_ = std::any_of(query.aggregations.begin(), query.aggregations.end(),
                            [](const Aggregation& one) { return looks_back(one.function); });
  for (const time_series::ValueDescription& value : scope_.values) {
    aggregation::Filling filling(query.fill, windows_, query.aggregations.size());
    if (scope_.given_until) filling.go_on_from(scope_.range.start);
    values_.push_back({value, {}, false, {}, {}, {}, {}, {}, std::move(filling)});
  }
}

void AggregatePass::begin_endpoint(const PointBatch& points) {
  for (Value& value : values_) {
    value.column.reset();
    for (std::size_t i = 0; i < points.columns.size(); ++i) {
      if (points.columns[i].value == value.value) value.column = i;
    }
    begin_value(value);
  }
}

void AggregatePass::begin_value(Value& value) {
  value.looked_back = !looks_back_ || !value.column || value.value.type == ValueType::kString;
  if (value.value.type == ValueType::kString) {
    value.texts.emplace(windows_, [this, &value](aggregation::TextSummary window) {
      take_window(value, std::move(window));
    });
    return;
  }
  value.numbers.emplace(
      windows_, aggregation_scope_,
      [this, &value](aggregation::WindowSummary window) { take_window(value, std::move(window)); });
}

std::vector<std::size_t> AggregatePass::beginning_in(
    const PointBatch& points, const std::vector<RollupPart>& summaries) const {
  std::vector<std::size_t> beginning;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].looked_back) continue;
    const std::size_t column = *values_[i].column;
    if (has_present(points.columns[column]) || has_points(summaries, column)) {
      beginning.push_back(i);
    }
  }
  return beginning;
}

std::vector<std::size_t> AggregatePass::without_points() const {
  std::vector<std::size_t> without;
  if (!aggregation_scope_.through_empty) return without;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (!values_[i].looked_back) without.push_back(i);
  }
  return without;
}

void AggregatePass::set_before(std::size_t index, const std::optional<aggregation::Point>& before) {
  Value& value = values_[index];
  value.looked_back = true;
  if (before) value.numbers->begin_behind(*before);
}

absl::Status AggregatePass::add(PointBatch points) {
  for (Value& value : values_) {
    if (value.column) add_column(value, points.times, points.columns[*value.column]);
  }
  return check_held();
}

void AggregatePass::add(const std::vector<RollupPart>& summaries) {
  for (Value& value : values_) {
    if (!value.column || !value.numbers) continue;
    for (const RollupPart& quarter : summaries) {
      value.numbers->add(quarter.summaries[*value.column]);
    }
  }
}

void AggregatePass::add_column(Value& value, const std::vector<time::UnixMicros>& times,
                               PointColumn& column) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!column.present[i]) continue;
    if (value.texts) {
      value.texts->add(times[i], std::move(column.texts[i]));
      continue;
    }
    value.numbers->add({times[i], column.numbers[i]});
    if (aggregation_scope_.keep_values) ++held_values_;
  }
}

absl::Status AggregatePass::end_endpoint() {
  for (Value& value : values_) {
    if (value.numbers) value.numbers->end();
    if (value.texts) value.texts->end();
    value.numbers.reset();
    value.texts.reset();
  }
  return check_held();
}

void AggregatePass::take_window(Value& value, aggregation::WindowSummary window) {
  if (query_.across_endpoints) {
    const auto [all, is_new] = value.sums.try_emplace(window.window.start);
    if (is_new) {
      all->second = std::move(window);
    } else {
      add_endpoint(all->second, std::move(window));
    }
    return;
  }
  held_values_ -= window.values.size();
  value.ready.push_back({window.window.start, cells_of(query_.aggregations, window)});
}

void AggregatePass::take_window(Value& value, aggregation::TextSummary window) {
  if (query_.across_endpoints) {
    aggregation::TextSummary& all = value.text_sums[window.window.start];
    held_text_bytes_ -= text_bytes(all);
    add_endpoint(all, std::move(window));
    held_text_bytes_ += text_bytes(all);
    return;
  }
  value.ready.push_back({window.window.start, cells_of(query_.aggregations, window)});
}

absl::Status AggregatePass::check_held() const {
  if (held_values_ > scope_.max_held_values) {
    return absl::ResourceExhaustedError(fmt::format(
        "cannot compute a percentile of {} over more than {} values at a time; ask for shorter "
        "windows, or across endpoints for a shorter range or fewer endpoints",
        scope_.values.front().name, scope_.max_held_values));
  }
  if (held_text_bytes_ > kMaxHeldTextBytes) {
    return absl::ResourceExhaustedError(fmt::format(
        "cannot hold the first and last strings of all windows: they have more than {} bytes; ask "
        "for longer windows or a shorter range",
        kMaxHeldTextBytes));
  }
  return absl::OkStatus();
}

ValueRows AggregatePass::take(std::size_t max_rows, bool partly) {
  ValueRows taken;
  while (giving_ < values_.size()) {
    Value& value = values_[giving_];
    const bool is_over = gather_rows(value, max_rows);
    const bool is_full = gathered_.size() >= max_rows || gathered_text_bytes_ >= kMaxGivenTextBytes;
    if (!gathered_.empty() && (is_over || is_full || partly)) {
      taken.value = value.value;
      taken.reread_from = value.filling.reread_from(gathered_.back());
      taken.rows = std::exchange(gathered_, {});
      gathered_text_bytes_ = 0;
      return taken;
    }
    if (!is_over) return taken;
    ++giving_;
  }
  return taken;
}

// Whether that was all of the value.
bool AggregatePass::gather_rows(Value& value, std::size_t max_rows) {
  bool no_more = false;
  while (gathered_.size() < max_rows && gathered_text_bytes_ < kMaxGivenTextBytes) {
    if (auto row = value.filling.next()) {
      if (scope_.given_until && row->start <= *scope_.given_until) continue;
      gathered_text_bytes_ += text_bytes(*row);
      gathered_.push_back(*std::move(row));
    } else if (no_more) {
      return true;
    } else if (!push_next(value)) {
      if (!ended_) return false;
      value.filling.end();
      no_more = true;
    }
  }
  return false;
}

// The next window that has points.
bool AggregatePass::push_next(Value& value) {
  if (!value.ready.empty()) {
    value.filling.push(std::move(value.ready.front()));
    value.ready.pop_front();
    return true;
  }
  if (!ended_) return false;
  while (!value.sums.empty()) {
    auto window = value.sums.extract(value.sums.begin());
    held_values_ -= window.mapped().values.size();
    // None of the endpoints has a point there; some had a value before.
    if (window.mapped().points.count == 0) continue;
    value.filling.push({window.key(), cells_of(query_.aggregations, window.mapped())});
    return true;
  }
  if (value.text_sums.empty()) return false;
  auto window = value.text_sums.extract(value.text_sums.begin());
  held_text_bytes_ -= text_bytes(window.mapped());
  value.filling.push({window.key(), cells_of(query_.aggregations, window.mapped())});
  return true;
}

}  // namespace millrace::query
