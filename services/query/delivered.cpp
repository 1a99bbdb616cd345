// SPDX-License-Identifier: Apache-2.0
#include "query/delivered.h"

#include <algorithm>
#include <tuple>

namespace millrace::query {

Delivered::Delivered(std::int64_t below, const std::vector<Entry>& entries) : below_(below) {
  for (const Entry& entry : entries) {
    newest_[{entry.key, time::to_unix_us(entry.time)}] = entry.seq;
  }
}

void Delivered::begin_reading(std::int64_t below) {
  reading_below_ = std::max({below, below_, reading_below_.value_or(0)});
}

void Delivered::end_reading() {
  if (reading_below_) advance(*reading_below_);
  reading_below_.reset();
}

bool Delivered::is_newer(const Instant& instant, std::int64_t seq) const {
  const auto found = newest_.find(instant);
  return found == newest_.end() || found->second < seq;
}

bool Delivered::take_event(ValueKey key, time::UnixMicros time, std::int64_t seq) {
  if (seq < std::max(below_, reading_below_.value_or(0))) return false;
  const Instant instant{key, time::to_unix_us(time)};
  if (!is_newer(instant, seq)) return false;
  newest_[instant] = seq;
  return true;
}

bool Delivered::is_new(ValueKey key, time::UnixMicros time, std::int64_t seq) const {
  return seq >= below_ && is_newer({key, time::to_unix_us(time)}, seq);
}

bool Delivered::take_row(ValueKey key, time::UnixMicros time, std::int64_t seq) {
  if (!is_new(key, time, seq)) return false;
  const Instant instant{key, time::to_unix_us(time)};
  // What the reading alone delivers needs no memory: it meets each row once.
  if (!reading_below_ || seq >= *reading_below_) newest_[instant] = seq;
  return true;
}

void Delivered::advance(std::int64_t below) {
  if (below <= below_) return;
  below_ = below;
  absl::erase_if(newest_, [below](const auto& entry) { return entry.second < below; });
}

std::vector<Delivered::Entry> Delivered::entries() const {
  std::vector<Entry> entries;
  entries.reserve(newest_.size());
  for (const auto& [instant, seq] : newest_) {
    entries.push_back({instant.first, time::from_unix_us(instant.second), seq});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.time, a.key) < std::tie(b.time, b.key);
  });
  return entries;
}

}  // namespace millrace::query
