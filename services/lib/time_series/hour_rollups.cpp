// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/hour_rollups.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lib/postgres/copy_buffer.h"
#include "lib/time_series/rollup_record.h"

namespace millrace::time_series {
namespace {

using aggregation::Summary;

bool is_finite(const Summary& summary) {
  return std::isfinite(summary.sum) && std::isfinite(summary.squares) &&
         std::isfinite(summary.increase) && std::isfinite(summary.integral);
}

// As PostgreSQL reads an array: beyond its end it is NULL.
double number_at(const NumberFrame& frame, std::size_t slot) {
  return slot < frame.numbers.size() ? frame.numbers[slot] : postgres::null_pattern();
}

}  // namespace

void HourRollups::add(NumberFrame frame) {
  if (!instant_.empty() && instant_.front().time != frame.time) close_instant();
  instant_.push_back(std::move(frame));
}

void HourRollups::end() {
  close_instant();
  close_hour();
  // The layouts go, and with them the only thing that is not this endpoint's alone.
  values_of_layout_.clear();
}

std::vector<RollupRow> HourRollups::take() {
  return std::exchange(rows_, {});
}

void HourRollups::close_instant() {
  if (instant_.empty()) return;
  const Hour hour = hour_of(instant_.front().time);
  if (hour != hour_) {
    close_hour();
    hour_ = hour;
  }
  frames_ += instant_.size();
  if (instant_.size() == 1) {
    add_alone(instant_.front());
  } else {
    add_together();
  }
  instant_.clear();
}

void HourRollups::add_alone(const NumberFrame& frame) {
  const std::vector<std::size_t>& values = values_of(frame.layout);
  for (std::size_t slot = 0; slot < values.size(); ++slot) {
    const double number = number_at(frame, slot);
    if (!postgres::is_null_pattern(number)) add_number(values[slot], number);
  }
}

void HourRollups::add_together() {
  struct Latest {
    std::int64_t seq = 0;
    bool is_number = false;
    std::size_t value = 0;
    double number = 0;
  };
  std::unordered_map<std::int32_t, Latest> latest;  // by name
  const auto offer = [&latest](std::int32_t name, const Latest& one) {
    const auto [entry, is_new] = latest.try_emplace(name, one);
    if (!is_new && one.seq > entry->second.seq) entry->second = one;
  };
  for (const NumberFrame& frame : instant_) {
    const std::vector<std::size_t>& values = values_of(frame.layout);
    for (std::size_t slot = 0; slot < values.size(); ++slot) {
      const double number = number_at(frame, slot);
      offer(frame.layout->number_names[slot],
            {frame.seq, !postgres::is_null_pattern(number), values[slot], number});
    }
    for (const std::int32_t name : frame.layout->text_names) offer(name, {frame.seq, false, 0, 0});
  }
  for (const auto& [name, one] : latest) {
    if (one.is_number) add_number(one.value, one.number);
  }
}

void HourRollups::add_number(std::size_t value, double number) {
  finite_ = finite_ && std::isfinite(number);
  const time::UnixMicros time = instant_.front().time;
  summaries_[value][quarter_of(time)].add({time, number});
}

const std::vector<std::size_t>& HourRollups::values_of(const LayoutValues* layout) {
  const auto [entry, is_new] = values_of_layout_.try_emplace(layout);
  if (is_new) {
    for (const std::int32_t key : layout->number_keys) entry->second.push_back(value_of(key));
  }
  return entry->second;
}

std::size_t HourRollups::value_of(std::int32_t key) {
  const auto [entry, is_new] = value_of_key_.try_emplace(key, keys_.size());
  if (is_new) {
    keys_.push_back(key);
    summaries_.emplace_back();
  }
  return entry->second;
}

void HourRollups::close_hour() {
  std::vector<std::pair<std::int32_t, std::size_t>> present;  // in order of key
  bool is_usable = finite_ && frames_ >= kMinFramesOfRollup;
  for (std::size_t value = 0; value < keys_.size(); ++value) {
    const Quarters& quarters = summaries_[value];
    const auto has_points = [](const Summary& summary) { return summary.count > 0; };
    if (std::none_of(quarters.begin(), quarters.end(), has_points)) continue;
    present.emplace_back(keys_[value], value);
    is_usable = is_usable && std::all_of(quarters.begin(), quarters.end(), is_finite);
  }
  if (is_usable && !present.empty()) {
    std::sort(present.begin(), present.end());
    RollupRow row{hour_, {}, {}};
    for (const auto& [key, value] : present) {
      row.value_keys.push_back(key);
      for (std::size_t quarter = 0; quarter < kQuartersPerHour; ++quarter) {
        append_rollup_record(row.summaries, summaries_[value][quarter],
                             begin_of_quarter(hour_, quarter));
      }
    }
    rows_.push_back(std::move(row));
  }
  for (const auto& [key, value] : present) summaries_[value] = Quarters();
  frames_ = 0;
  finite_ = true;
}

}  // namespace millrace::time_series
