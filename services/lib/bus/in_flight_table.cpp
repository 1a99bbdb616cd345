// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/in_flight_table.h"

#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::bus {

std::optional<InFlightTable::Ticket> InFlightTable::reserve() {
  if (entries_.size() >= options_.max_in_flight) return std::nullopt;
  return ++last_ticket_;
}

void InFlightTable::put(Ticket ticket, Message message, Publisher::Done done, time::Instant now) {
  entries_.emplace(ticket, Entry{std::move(message), std::move(done), now,
                                 now + options_.retry_after, absl::OkStatus()});
}

std::optional<InFlightTable::Entry> InFlightTable::take(Ticket ticket) {
  auto node = entries_.extract(ticket);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

void InFlightTable::postpone(Ticket ticket, const absl::Status& trouble, time::Instant at) {
  const auto entry = entries_.find(ticket);
  if (entry == entries_.end()) return;
  entry->second.last_trouble = trouble;
  entry->second.send_again_at = at;
}

void InFlightTable::send_all_again() {
  for (auto& [ticket, entry] : entries_) entry.send_again_at = time::Instant::min();
}

InFlightTable::Due InFlightTable::due(time::Instant now) {
  Due due;
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    if (now - entry.begun >= options_.deadline) {
      entry.last_trouble = why_failed(entry);
      due.failed.push_back(std::move(entry));
      it = entries_.erase(it);
      continue;
    }
    if (now >= entry.send_again_at) {
      entry.send_again_at = now + options_.retry_after;
      due.send_again.push_back(entry.message);
    }
    ++it;
  }
  return due;
}

std::vector<InFlightTable::Entry> InFlightTable::take_all() {
  std::vector<Entry> all;
  all.reserve(entries_.size());
  for (auto& [ticket, entry] : entries_) all.push_back(std::move(entry));
  entries_.clear();
  return all;
}

absl::Status InFlightTable::why_failed(const Entry& entry) const {
  if (entry.last_trouble.ok()) {
    return absl::DeadlineExceededError(
        fmt::format("cannot publish to '{}': no acknowledgement within {} ms; the message may be "
                    "in the stream or not",
                    entry.message->subject, options_.deadline.count()));
  }
  return error::prefixed(fmt::format("cannot publish to '{}' within {} ms", entry.message->subject,
                                     options_.deadline.count()),
                         entry.last_trouble);
}

}  // namespace millrace::bus
