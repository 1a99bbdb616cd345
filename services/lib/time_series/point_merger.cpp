// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/point_merger.h"

#include <algorithm>
#include <utility>

namespace millrace::time_series {

PointMerger::PointMerger(const StoredSeries& series)
    : values_(series.values), layouts_(series.layouts) {
  // Values of one name are neighbours: they are in order of name.
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (i == 0 || values_[i].name != values_[i - 1].name) latest_.emplace_back();
    name_of_.push_back(latest_.size() - 1);
  }
  batch_ = empty_batch();
}

PointBatch PointMerger::empty_batch() const {
  PointBatch batch;
  for (const ValueDescription& value : values_) batch.columns.push_back({value, {}, {}, {}});
  return batch;
}

const std::vector<std::int32_t>* PointMerger::slots_of(std::int32_t layout_key) const {
  const auto found = std::lower_bound(
      layouts_.begin(), layouts_.end(), layout_key,
      [](const LayoutSlots& layout, std::int32_t key) { return layout.layout_key < key; });
  return found != layouts_.end() && found->layout_key == layout_key ? &found->slots : nullptr;
}

void PointMerger::add(const FrameRow& row) {
  const std::vector<std::int32_t>* slots = slots_of(row.layout_key);
  if (slots == nullptr) return;
  if (open_ && row.time != open_time_) end();
  open_ = true;
  open_time_ = row.time;
  for (std::size_t column = 0; column < values_.size(); ++column) {
    if ((*slots)[column] == 0) continue;
    Latest& latest = latest_[name_of_[column]];
    if (row.seq <= latest.seq) continue;
    latest = {row.seq, column, row.values[column]};
  }
}

void PointMerger::end() {
  if (!open_) return;
  open_ = false;
  batch_.times.push_back(open_time_);
  for (std::size_t column = 0; column < values_.size(); ++column) append(column);
  for (Latest& latest : latest_) latest = Latest{};
}

void PointMerger::append(std::size_t column) {
  Latest& latest = latest_[name_of_[column]];
  const bool present = latest.seq >= 0 && latest.column == column && !latest.value.null;
  PointColumn& to = batch_.columns[column];
  to.present.push_back(present);
  if (to.value.type == ValueType::kString) {
    to.texts.push_back(present ? std::move(latest.value.text) : std::string());
  } else {
    to.numbers.push_back(present ? latest.value.number : 0);
  }
}

PointBatch PointMerger::take() {
  return std::exchange(batch_, empty_batch());
}

}  // namespace millrace::time_series
