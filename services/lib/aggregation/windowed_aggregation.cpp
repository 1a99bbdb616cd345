// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/windowed_aggregation.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace millrace::aggregation {
namespace {

double seconds_between(time::UnixMicros from, time::UnixMicros to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

WindowedAggregation::WindowedAggregation(const Windows& windows, AggregationScope scope, Take take)
    : windows_(windows),
      scope_(scope),
      take_(std::move(take)),
      given_until_(windows.range().start) {}

void WindowedAggregation::begin_behind(const Point& before) {
  before_ = before;
}

void WindowedAggregation::add(const Point& point) {
  go_to(point.time);
  open_.add(point);
  if (scope_.keep_values) values_.push_back(point.value);
}

void WindowedAggregation::add(const Summary& summary) {
  if (summary.count == 0) return;
  go_to(summary.first.time);
  open_.merge(summary);
}

void WindowedAggregation::go_to(time::UnixMicros time) {
  if (open_.count > 0) {
    if (time < window_.end) return;
    close_window();
  }
  window_ = windows_.at(time);
  if (scope_.through_empty) give_empty_until(window_.start);
}

void WindowedAggregation::end() {
  if (open_.count > 0) close_window();
  if (scope_.through_empty) give_empty_until(std::min(windows_.range().end, scope_.now));
}

void WindowedAggregation::close_window() {
  WindowSummary closed = open_summary();
  closed.values = std::exchange(values_, {});
  take_(std::move(closed));
  before_ = open_.last;
  given_until_ = window_.end;
  open_ = {};
}

WindowSummary WindowedAggregation::open_summary() const {
  const Span& range = windows_.range();
  const time::UnixMicros start = std::max(window_.start, range.start);
  // A device's clock may be ahead of ours.
  const time::UnixMicros end =
      std::max(std::min({window_.end, range.end, scope_.now}), open_.last.time);
  WindowSummary closed;
  closed.window = window_;
  closed.points = open_;
  closed.seconds = seconds_between(start, end);
  closed.lowest_held = open_.min.value;
  closed.highest_held = open_.max.value;
  closed.points.integral += open_.last.value * seconds_between(open_.last.time, end);
  closed.held_seconds = seconds_between(open_.first.time, end);
  closed.delta = open_.last.value - (before_ ? before_->value : open_.first.value);
  if (before_) {
    const double until_first = seconds_between(start, open_.first.time);
    closed.points.increase += step(before_->value, open_.first.value);
    closed.points.integral += before_->value * until_first;
    closed.held_seconds += until_first;
    closed.lowest_held = std::min(closed.lowest_held, before_->value);
    closed.highest_held = std::max(closed.highest_held, before_->value);
  }
  return closed;
}

void WindowedAggregation::give_empty_until(time::UnixMicros time) {
  if (!before_) return;
  const Span& range = windows_.range();
  while (given_until_ < time) {
    WindowSummary empty;
    empty.window = windows_.at(given_until_);
    const time::UnixMicros end = std::min({empty.window.end, range.end, scope_.now});
    given_until_ = empty.window.end;
    const double held = seconds_between(std::max(empty.window.start, range.start), end);
    if (held <= 0) return;
    empty.held_seconds = held;
    empty.seconds = held;
    empty.points.integral = before_->value * held;
    empty.lowest_held = before_->value;
    empty.highest_held = before_->value;
    take_(std::move(empty));
  }
}

void WindowedTexts::add(time::UnixMicros time, std::string text) {
  if (open_.count > 0 && time >= open_.window.end) end();
  if (open_.count == 0) open_ = {windows_.at(time), 0, {time, text}, {}};
  ++open_.count;
  open_.last = {time, std::move(text)};
}

void WindowedTexts::end() {
  if (open_.count > 0) take_(std::exchange(open_, TextSummary{}));
}

}  // namespace millrace::aggregation
