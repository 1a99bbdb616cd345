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
  Entry entry{std::move(message), std::move(done), now, now + options_.retry_after};
  set_unsent(entry, true);
  entries_.emplace(ticket, std::move(entry));
}

void InFlightTable::sent(Ticket ticket, time::Instant now) {
  const auto found = entries_.find(ticket);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  set_unsent(entry, false);
  ++entry.unanswered;
  entry.send_again_at = now + options_.retry_after;
}

void InFlightTable::not_sent(Ticket ticket) {
  const auto found = entries_.find(ticket);
  if (found == entries_.end()) return;
  set_unsent(found->second, true);
  if (found->second.unanswered > 0) --found->second.unanswered;
}

std::optional<InFlightTable::Entry> InFlightTable::take(Ticket ticket) {
  auto node = entries_.extract(ticket);
  if (node.empty()) return std::nullopt;
  set_unsent(node.mapped(), false);
  return std::move(node.mapped());
}

void InFlightTable::postpone(Ticket ticket, const absl::Status& trouble, time::Instant at) {
  const auto found = entries_.find(ticket);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.last_trouble = trouble;
  entry.send_again_at = at;
  if (entry.unanswered > 0) --entry.unanswered;
}

void InFlightTable::send_all_again() {
  for (auto& [ticket, entry] : entries_) set_unsent(entry, true);
}

void InFlightTable::set_unsent(Entry& entry, bool unsent) {
  if (entry.unsent == unsent) return;
  entry.unsent = unsent;
  unsent ? ++unsent_ : --unsent_;
}

InFlightTable::Due InFlightTable::due(time::Instant now) {
  Due due;
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    if (now - entry.begun >= options_.deadline) {
      entry.last_trouble = why_failed(entry);
      set_unsent(entry, false);
      due.failed.push_back(std::move(entry));
      it = entries_.erase(it);
      continue;
    }
    if (entry.unsent || now >= entry.send_again_at) {
      due.send.push_back({it->first, entry.message});
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
  unsent_ = 0;
  return all;
}

absl::Status InFlightTable::why_failed(const Entry& entry) const {
  const std::string what = fmt::format("cannot publish to '{}' within {} ms",
                                       entry.message->subject, options_.deadline.count());
  if (entry.unanswered == 0) {
    if (!entry.last_trouble.ok()) return error::prefixed(what, entry.last_trouble);
    return absl::UnavailableError(what + ": there was no connection to NATS");
  }
  const absl::Status failure =
      entry.last_trouble.ok()
          ? absl::DeadlineExceededError(
                what + ": no acknowledgement; the message may be in the stream or not")
          : error::prefixed(what, entry.last_trouble);
  return error::with_unknown_outcome(failure);
}

}  // namespace millrace::bus
