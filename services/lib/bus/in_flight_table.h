// SPDX-License-Identifier: Apache-2.0
//
// The publishes that wait for an acknowledgement, and what is to be done about them when: pure,
// without threads, sockets or clock. At most max_in_flight entries; time-outs are found by looking
// at all of them, a thousand at most, so that a publish pays for no timer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "lib/bus/publisher.h"
#include "lib/bus/wire.h"
#include "lib/time/clock.h"

namespace millrace::bus {

// For one thread at a time.
class InFlightTable {
 public:
  // Names a publish in its reply subject; never used twice.
  using Ticket = std::uint64_t;
  // Shared, because a repeat may be on its way to the socket while the acknowledgement comes.
  using Message = std::shared_ptr<const Outgoing>;

  struct Entry {
    Message message;
    Publisher::Done done;
    time::Instant begun;
    time::Instant send_again_at;
    absl::Status last_trouble;  // why the last attempt was not acknowledged; OK: no answer at all
  };
  struct Due {
    std::vector<Message> send_again;
    std::vector<Entry> failed;  // taken out: over the deadline; last_trouble is never OK
  };

  explicit InFlightTable(PublisherOptions options) : options_(options) {}

  // Nothing when full. `reserve` and `put` are two steps because the message names its ticket.
  std::optional<Ticket> reserve();
  void put(Ticket ticket, Message message, Publisher::Done done, time::Instant now);

  // The acknowledged entry; nothing when it is not known (any more).
  std::optional<Entry> take(Ticket ticket);
  // An answer that says "not now": sent again at `now` + `pause`.
  void postpone(Ticket ticket, const absl::Status& trouble, time::Instant at);
  // Everything is sent again at the next due(): the connection was lost and found.
  void send_all_again();
  Due due(time::Instant now);
  std::vector<Entry> take_all();

  std::size_t size() const { return entries_.size(); }

 private:
  absl::Status why_failed(const Entry& entry) const;

  const PublisherOptions options_;
  Ticket last_ticket_ = 0;
  std::unordered_map<Ticket, Entry> entries_;
};

}  // namespace millrace::bus
