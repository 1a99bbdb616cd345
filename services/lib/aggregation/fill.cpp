// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/fill.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace millrace::aggregation {
namespace {

// Where in between two times another one lies, 0 to 1.
double part_of(time::UnixMicros from, time::UnixMicros to, time::UnixMicros time) {
  return static_cast<double>((time - from).count()) / static_cast<double>((to - from).count());
}

}  // namespace

Filling::Filling(Fill fill, const Windows& windows, std::size_t columns)
    : fill_(fill), windows_(windows), columns_(columns), next_start_(windows.range().start) {}

void Filling::go_on_from(time::UnixMicros start) {
  next_start_ = std::max(next_start_, start);
  any_ = true;
}

void Filling::push(Row row) {
  coming_ = std::move(row);
  any_ = true;
}

void Filling::end() {
  ended_ = true;
}

std::optional<Row> Filling::next() {
  if (fill_ == Fill::kNone) return std::exchange(coming_, std::nullopt);
  if (any_ && (coming_ || ended_) && next_start_ < windows_.range().end) {
    const Span window = windows_.at(next_start_);
    if (!coming_ || window.start < coming_->start) {
      next_start_ = window.end;
      return filler(window.start);
    }
  }
  if (!coming_) return std::nullopt;
  next_start_ = windows_.at(std::max(coming_->start, windows_.range().start)).end;
  before_ = coming_;
  return std::exchange(coming_, std::nullopt);
}

time::UnixMicros Filling::reread_from(const Row& given) const {
  const bool looks_back = fill_ == Fill::kPrevious || fill_ == Fill::kLinear;
  if (looks_back && before_) return before_->start;
  return windows_.at(std::max(given.start, windows_.range().start)).end;
}

Row Filling::filler(time::UnixMicros start) const {
  Row row{start, std::vector<Cell>(columns_), false};
  if (!before_) return row;
  if (fill_ == Fill::kPrevious) row.cells = before_->cells;
  if (fill_ != Fill::kLinear || !coming_) return row;
  const double part = part_of(before_->start, coming_->start, start);
  for (std::size_t i = 0; i < columns_; ++i) {
    const auto* from = std::get_if<double>(&before_->cells[i]);
    const auto* to = std::get_if<double>(&coming_->cells[i]);
    if (from != nullptr && to != nullptr) row.cells[i] = std::lerp(*from, *to, part);
  }
  return row;
}

}  // namespace millrace::aggregation
