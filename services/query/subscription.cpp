// SPDX-License-Identifier: Apache-2.0
#include "query/subscription.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace millrace::query {

Subscription::Subscription(Start start, std::set<std::string> series_names,
                           SubscriptionLimits limits, time::Instant now)
    : epoch_(start.position.epoch),
      from_(start.position.from),
      series_names_(std::move(series_names)),
      limits_(limits),
      is_new_(!start.with_history),
      in_history_(start.with_history),
      unfinished_(start.position.reading),
      poll_at_(now + kPatience),
      due_(""),
      delivered_(start.position.below, start.position.delivered),
      caught_up_due_(now + kCaughtUpInterval) {
  if (unfinished_) delivered_.begin_reading(unfinished_->below);
}

// Everything stored while somebody did not announce it is in the tables only.
void Subscription::set_covered(bool covered, time::Instant now) {
  if (covered == covered_) return;
  covered_ = covered;
  if (covered) {
    if (!due_) due_.emplace();
  } else {
    poll_at_ = now + kPatience;
  }
}

void Subscription::disturb(const std::string& why) {
  // Nothing was asked for yet, and all will be.
  if (is_new_ || (in_history_ && !reading_)) return;
  if (!due_ || due_->empty()) due_ = why;
}

bool Subscription::wants_series(const std::string& name) const {
  return series_names_.empty() || series_names_.contains(name);
}

void Subscription::offer(const SharedWrites& writes) {
  // Before the first reading, or the word that none is needed: stored before now.
  if (is_new_ || (in_history_ && !reading_)) return;
  if (!wants_series(writes->series.series_name)) return;
  const std::size_t points = writes->series.points.size();
  if (waiting_points_ + points > limits_.waiting_points ||
      waiting_bytes_ + writes->bytes > limits_.waiting_bytes) {
    drop_waiting();
    // A long history is no fault of the client.
    disturb(in_history_ ? "" : "points came faster than they were taken");
    return;
  }
  waiting_points_ += points;
  waiting_bytes_ += writes->bytes;
  waiting_.emplace_back(writes);
}

void Subscription::drop_waiting() {
  waiting_.clear();
  waiting_points_ = 0;
  waiting_bytes_ = 0;
}

void Subscription::settle(const Settled& settled) {
  if (is_new_ || in_history_) return;
  // The later one says what the earlier one says.
  if (!waiting_.empty() && std::holds_alternative<Settled>(waiting_.back())) waiting_.pop_back();
  waiting_.emplace_back(settled);
}

bool Subscription::wants_reading(time::Instant now) const {
  if (reading_ || now < read_not_before_) return false;
  if (covered_) return due_.has_value();
  return now >= poll_at_;
}

std::optional<Subscription::Order> Subscription::begin_reading(const Settled& known,
                                                               time::UnixMicros wall,
                                                               time::Instant now) {
  poll_at_ = now + kPollInterval;
  if (!is_full() || known.below > delivered_.below()) {
    full_since_.reset();
  } else if (!full_since_) {
    full_since_ = now;
  }
  // A reading makes room only for what was stored before the last look.
  if (is_full()) read_not_before_ = now + kPollInterval;
  const std::string why = std::exchange(due_, std::nullopt).value_or("");
  if (interruption_.empty()) interruption_ = why;
  if (is_new_) {
    is_new_ = false;
    delivered_.advance(known.below);
    complete_at_ = wall;
    return std::nullopt;
  }
  Reading reading{wall, std::nullopt, false, {}, 0};
  if (unfinished_) {
    reading.behind = unfinished_->behind;
    unfinished_.reset();
    // What was stored since, behind that place, is for another reading.
    due_.emplace();
  } else {
    delivered_.begin_reading(known.below);
  }
  reading_ = std::move(reading);
  return Order{from_, delivered_.below(), reading_->behind};
}

void Subscription::add_page(Page page, time::Instant now) {
  reading_->page = std::move(page);
  reading_->has_page = true;
  reading_->next = 0;
  if (reading_->page.writes.empty()) end_page(now);
}

void Subscription::end_page(time::Instant now) {
  reading_->has_page = false;
  if (reading_->page.position) reading_->behind = reading_->page.position;
  if (reading_->page.at_end) end_reading(now);
}

void Subscription::end_reading(time::Instant now) {
  delivered_.end_reading();
  complete_at_ = reading_->began;
  reading_.reset();
  in_history_ = false;
  poll_at_ = std::max(poll_at_, now + kPollInterval);
}

std::optional<Subscription::Answer> Subscription::take(time::Instant now) {
  while (true) {
    if (is_full() && !waiting_.empty() && !in_history_) {
      drop_waiting();
      if (!due_) due_.emplace();
    }
    const bool has_row = reading_ && reading_->has_page;
    const bool has_event = !waiting_.empty() && !in_history_;
    if (!has_row && !has_event) return take_caught_up(now);
    const bool row = has_row && (row_next_ || !has_event);
    row_next_ = !row;
    auto answer = row ? take_from_page(now) : take_waiting();
    if (answer) return answer;
  }
}

std::optional<Subscription::Answer> Subscription::take_from_page(time::Instant now) {
  const SharedWrites writes = reading_->page.writes[reading_->next++];
  auto found = points(writes, true);
  if (reading_->next == reading_->page.writes.size()) end_page(now);
  if (!found) return std::nullopt;
  return *std::move(found);
}

std::optional<Subscription::Answer> Subscription::take_waiting() {
  const Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  if (const auto* settled = std::get_if<Settled>(&next)) {
    // While something may be missing it is not as they say; the next one comes soon.
    if (due_ || reading_) return std::nullopt;
    delivered_.advance(settled->below);
    complete_at_ = std::max(complete_at_.value_or(settled->at), settled->at);
    return std::nullopt;
  }
  const auto& writes = std::get<SharedWrites>(next);
  waiting_points_ -= writes->series.points.size();
  waiting_bytes_ -= writes->bytes;
  auto found = points(writes, false);
  if (!found) return std::nullopt;
  return *std::move(found);
}

bool Subscription::is_new_write(ValueKey key, time::UnixMicros time, std::int64_t seq,
                                bool is_row) {
  if (!is_row) return delivered_.take_event(key, time, seq);
  if (!delivered_.is_new(key, time, seq)) return false;
  if (is_full() && seq >= delivered_.reading_below().value_or(0)) {
    // For another reading, which may not have to remember it.
    if (!due_) due_.emplace();
    return false;
  }
  return delivered_.take_row(key, time, seq);
}

std::optional<Subscription::Points> Subscription::points(const SharedWrites& writes,
                                                         bool are_rows) {
  std::vector<bool> taken;
  taken.reserve(writes->keys.size());
  std::size_t count = 0;
  std::size_t values = 0;
  for (const time_series::WrittenPoint& point : writes->series.points) {
    bool any = false;
    for (const time_series::WrittenValue& value : point.values) {
      const ValueKey key = writes->keys[taken.size()];
      const bool take = point.time >= from_ && is_new_write(key, point.time, value.seq, are_rows);
      taken.push_back(take);
      any = any || take;
      values += take ? 1 : 0;
    }
    count += any ? 1 : 0;
  }
  if (count == 0) return std::nullopt;
  Points points{writes, std::nullopt, count};
  if (values < taken.size()) points.encoded = encode(*writes, taken);
  return points;
}

std::optional<Subscription::Answer> Subscription::take_caught_up(time::Instant now) {
  if (reading_ || due_ || in_history_ || !complete_at_) return std::nullopt;
  if (is_caught_up_ && interruption_.empty() && now < caught_up_due_) return std::nullopt;
  is_caught_up_ = true;
  caught_up_due_ = now + kCaughtUpInterval;
  return CaughtUp{*complete_at_, std::exchange(interruption_, "")};
}

absl::Status Subscription::check(time::Instant now) const {
  if (!full_since_ || now - *full_since_ < kLongestDoubt) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "cannot go on: {} values were sent of which it is not certain that nothing older is still to "
      "come, more than the {} that can be remembered; subscribe to less, or see why messages stay "
      "unacknowledged in the stream",
      delivered_.size(), limits_.remembered));
}

std::optional<SubscriptionPosition> Subscription::position() const {
  if (reading_ && reading_->has_page && reading_->next > 0) return std::nullopt;
  SubscriptionPosition position{epoch_, from_, delivered_.below(), std::nullopt,
                                delivered_.entries()};
  if (reading_) {
    position.reading =
        SubscriptionPosition::Reading{delivered_.reading_below().value_or(0), reading_->behind};
  } else if (unfinished_) {
    position.reading = unfinished_;
  }
  return position;
}

}  // namespace millrace::query
