// SPDX-License-Identifier: Apache-2.0
//
// What one subscriber has got and what comes next: the tables first, where points of before are
// wanted, then events, and the tables again whenever an event may have got lost. Which points are
// sent is decided when an answer is taken, not when an event comes: what waits may be dropped at
// any time, because it can be read.
//
// Pure, not thread-safe. docs/decisions/0017 has the argument why there is no gap and no repeat.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <absl/status/status.h>

#include "lib/time/clock.h"
#include "lib/time_series/writes_reader.h"
#include "query/delivered.h"
#include "query/writes.h"

namespace millrace::query {

// Everything written below `below` was stored at `at`.
struct Settled {
  std::int64_t below = 0;
  time::UnixMicros at;
};

// Where a subscriber is: what a resume token holds.
struct SubscriptionPosition {
  // Which life of the stream `below` and the entries' seqs are of.
  std::int32_t epoch = 0;
  // Points of before are not wanted.
  time::UnixMicros from;
  std::int64_t below = 0;
  // A reading of the tables that has not come to its end.
  struct Reading {
    std::int64_t below = 0;
    std::optional<time_series::WritesPosition> behind;
  };
  std::optional<Reading> reading;
  std::vector<Delivered::Entry> delivered;
};

struct SubscriptionLimits {
  // Events that wait for the client; beyond, all are dropped and read from the tables.
  std::size_t waiting_points = 10'000;
  std::size_t waiting_bytes = 1 << 20;
  // Values remembered one by one, about 40 bytes each. Beyond, events are left to readings of the
  // tables, whose end makes room.
  std::size_t remembered = 100'000;
};

class Subscription {
 public:
  // How soon the tables are read although not all who store points know what is wanted; they are
  // read again and again while that lasts.
  static constexpr std::chrono::milliseconds kPatience{1500};
  static constexpr std::chrono::seconds kPollInterval{2};
  static constexpr std::chrono::seconds kCaughtUpInterval{15};
  // So long it waits for room to remember.
  static constexpr std::chrono::seconds kLongestDoubt{60};

  struct Start {
    SubscriptionPosition position;
    // The tables first; else what is stored from now on.
    bool with_history = false;
  };
  Subscription(Start start, std::set<std::string> series_names, SubscriptionLimits limits,
               time::Instant now);

  // Whether all who store points announce what is wanted.
  void set_covered(bool covered, time::Instant now);
  // Events may have been lost before this. `why`: for people.
  void disturb(const std::string& why);
  // Points that were stored and announced.
  void offer(const SharedWrites& writes);
  // All events of what is below were offered before this.
  void settle(const Settled& settled);

  struct Order {
    time::UnixMicros from;
    std::int64_t seq_from = 0;
    std::optional<time_series::WritesPosition> behind;
  };
  // Whether to begin a reading of the tables.
  bool wants_reading(time::Instant now) const;
  // `known`: not later than now. Nothing: there is nothing to read.
  std::optional<Order> begin_reading(const Settled& known, time::UnixMicros wall,
                                     time::Instant now);
  // Whether to read on: all of the page before was taken.
  bool wants_page() const { return reading_ && !reading_->has_page; }
  struct Page {
    std::vector<SharedWrites> writes;
    std::optional<time_series::WritesPosition> position;
    bool at_end = false;
  };
  void add_page(Page page, time::Instant now);

  struct Points {
    SharedWrites writes;
    std::optional<std::string> encoded;  // where only a part of it is sent
    std::size_t count = 0;
  };
  struct CaughtUp {
    time::UnixMicros at;
    std::string interruption;
  };
  using Answer = std::variant<Points, CaughtUp>;
  // What to send next; nothing: there is none now.
  std::optional<Answer> take(time::Instant now);

  // kResourceExhausted: more is in doubt than can be remembered, and that for long.
  absl::Status check(time::Instant now) const;
  // Nothing: in the middle of a page, of which rows are not remembered.
  std::optional<SubscriptionPosition> position() const;
  std::size_t remembered() const { return delivered_.size(); }
  bool is_reading() const { return reading_.has_value(); }

 private:
  struct Reading {
    time::UnixMicros began;
    std::optional<time_series::WritesPosition> behind;
    bool has_page = false;
    Page page;
    std::size_t next = 0;  // in page.writes
  };
  using Waiting = std::variant<SharedWrites, Settled>;

  bool wants_series(const std::string& name) const;
  bool is_full() const { return delivered_.size() >= limits_.remembered; }
  void drop_waiting();
  bool is_new_write(ValueKey key, time::UnixMicros time, std::int64_t seq, bool is_row);
  std::optional<Answer> take_from_page(time::Instant now);
  std::optional<Answer> take_waiting();
  std::optional<Answer> take_caught_up(time::Instant now);
  std::optional<Points> points(const SharedWrites& writes, bool are_rows);
  void end_page(time::Instant now);
  void end_reading(time::Instant now);

  const std::int32_t epoch_;
  const time::UnixMicros from_;
  const std::set<std::string> series_names_;
  const SubscriptionLimits limits_;
  bool is_new_;  // has asked for nothing yet
  // Points of before are still to come: events wait.
  bool in_history_;
  std::optional<SubscriptionPosition::Reading> unfinished_;  // of a token
  bool covered_ = false;
  time::Instant poll_at_;
  time::Instant read_not_before_;
  std::optional<time::Instant> full_since_;  // and no reading has made room
  // Why the tables have to be read; empty: nothing was interrupted.
  std::optional<std::string> due_;
  std::string interruption_;  // since the last CaughtUp
  std::optional<Reading> reading_;
  Delivered delivered_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_points_ = 0;
  std::size_t waiting_bytes_ = 0;
  bool row_next_ = true;  // pages and events take turns
  // Everything stored at that time has been taken.
  std::optional<time::UnixMicros> complete_at_;
  bool is_caught_up_ = false;  // has been said once
  time::Instant caught_up_due_;
};

}  // namespace millrace::query
