// SPDX-License-Identifier: Apache-2.0
//
// The publishes that wait for an acknowledgement, and what is to be done about them when: pure,
// without threads, sockets or clock. At most max_in_flight entries; time-outs are found by looking
// at all of them, a thousand at most, so that a publish pays for no timer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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
    absl::Status last_trouble = {};  // why the last attempt was not acknowledged; OK: no answer
    int unanswered = 0;              // attempts that nobody has answered: one may have been stored
    bool unsent = false;             // to be sent before anything younger is
  };
  struct Repeat {
    Ticket ticket = 0;
    Message message;
  };
  struct Due {
    std::vector<Repeat> send;  // in the order they were published
    // Taken out: over the deadline; last_trouble is never OK, and has an unknown outcome where the
    // message may be in the stream.
    std::vector<Entry> failed;
  };

  explicit InFlightTable(PublisherOptions options) : options_(options) {}

  // Nothing when full. `reserve` and `put` are two steps because the message names its ticket.
  std::optional<Ticket> reserve();
  // Unsent until sent() says otherwise.
  void put(Ticket ticket, Message message, Publisher::Done done, time::Instant now);
  // It is on its way; without an answer it is due again after retry_after.
  void sent(Ticket ticket, time::Instant now);
  // sent() was said too early: there was no connection.
  void not_sent(Ticket ticket);

  // The acknowledged entry; nothing when it is not known (any more).
  std::optional<Entry> take(Ticket ticket);
  // An answer that says "not now": sent again at `at`.
  void postpone(Ticket ticket, const absl::Status& trouble, time::Instant at);
  // The connection was lost and found: everything is unsent.
  void send_all_again();
  // While there is, what is published has to queue: due() has those before it.
  bool has_unsent() const { return unsent_ > 0; }
  // What stays in `send` until sent().
  Due due(time::Instant now);
  std::vector<Entry> take_all();

  std::size_t size() const { return entries_.size(); }

 private:
  absl::Status why_failed(const Entry& entry) const;
  void set_unsent(Entry& entry, bool unsent);

  const PublisherOptions options_;
  Ticket last_ticket_ = 0;
  std::size_t unsent_ = 0;
  std::map<Ticket, Entry> entries_;  // tickets grow, so this is the order of the publishes
};

}  // namespace millrace::bus
