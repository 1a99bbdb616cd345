// SPDX-License-Identifier: Apache-2.0
//
// The requests that wait for an answer: pure, bounded, time-outs found by looking at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/time/clock.h"

namespace millrace::bus {

// For one thread at a time.
class ReplyTable {
 public:
  using Ticket = std::uint64_t;
  using Done = std::function<void(absl::StatusOr<std::string>)>;
  struct Entry {
    std::string subject;  // of the request, for messages
    Done done;
    time::Instant expires;
  };

  explicit ReplyTable(std::size_t max_entries) : max_entries_(max_entries) {}

  // Moves from `entry` and returns its ticket; nothing, and `entry` untouched, when full.
  std::optional<Ticket> add(Entry& entry);
  // Nothing when it is not known (any more).
  std::optional<Entry> take(Ticket ticket);
  std::vector<Entry> take_expired(time::Instant now);
  std::vector<Entry> take_all();
  std::size_t size() const { return entries_.size(); }

 private:
  const std::size_t max_entries_;
  Ticket last_ticket_ = 0;
  std::unordered_map<Ticket, Entry> entries_;
};

// The number that is the last token of `subject`: <inbox>.<ticket>.
std::optional<std::uint64_t> ticket_of(std::string_view subject);

}  // namespace millrace::bus
