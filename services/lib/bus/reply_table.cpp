// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/reply_table.h"

#include <charconv>
#include <utility>

namespace millrace::bus {

std::optional<ReplyTable::Ticket> ReplyTable::add(Entry& entry) {
  if (entries_.size() >= max_entries_) return std::nullopt;
  entries_.emplace(++last_ticket_, std::move(entry));
  return last_ticket_;
}

std::optional<ReplyTable::Entry> ReplyTable::take(Ticket ticket) {
  auto node = entries_.extract(ticket);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

std::vector<ReplyTable::Entry> ReplyTable::take_expired(time::Instant now) {
  std::vector<Entry> expired;
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (now < it->second.expires) {
      ++it;
      continue;
    }
    expired.push_back(std::move(it->second));
    it = entries_.erase(it);
  }
  return expired;
}

std::vector<ReplyTable::Entry> ReplyTable::take_all() {
  std::vector<Entry> all;
  all.reserve(entries_.size());
  for (auto& [ticket, entry] : entries_) all.push_back(std::move(entry));
  entries_.clear();
  return all;
}

std::optional<std::uint64_t> ticket_of(std::string_view subject) {
  const std::size_t dot = subject.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view digits = subject.substr(dot + 1);
  std::uint64_t ticket = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, failure] = std::from_chars(digits.data(), end, ticket);
  if (failure != std::errc{} || stopped != end) return std::nullopt;
  return ticket;
}

}  // namespace millrace::bus
