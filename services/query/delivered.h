// SPDX-License-Identifier: Apache-2.0
//
// What a subscriber has got: everything written with a seq below a floor, and above it single
// values, each with the seq of its newest write. So no write is delivered twice, and at one instant
// none after a newer one, in whatever order events and rows come. Pure; docs/decisions/0017 has the
// argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "lib/time/clock.h"
#include "query/writes.h"

namespace millrace::query {

class Delivered {
 public:
  struct Entry {
    ValueKey key = 0;
    time::UnixMicros time;
    std::int64_t seq = 0;
    bool operator==(const Entry&) const = default;
  };

  explicit Delivered(std::int64_t below = 0, const std::vector<Entry>& entries = {});

  // From here on the tables are read: rows of writes below `below` (all of them stored when the
  // reading began) are delivered by it and by nothing else. Not below what was given before.
  void begin_reading(std::int64_t below);
  // … and now they have been.
  void end_reading();
  std::optional<std::int64_t> reading_below() const { return reading_below_; }

  // Whether this write is one to deliver; it counts as delivered then.
  bool take_event(ValueKey key, time::UnixMicros time, std::int64_t seq);
  bool take_row(ValueKey key, time::UnixMicros time, std::int64_t seq);

  // Whether a row is one to deliver.
  bool is_new(ValueKey key, time::UnixMicros time, std::int64_t seq) const;

  // Everything written below `below` has been delivered.
  void advance(std::int64_t below);

  std::int64_t below() const { return below_; }
  std::size_t size() const { return newest_.size(); }
  std::vector<Entry> entries() const;

 private:
  using Instant = std::pair<ValueKey, std::int64_t>;  // of a value; microseconds
  bool is_newer(const Instant& instant, std::int64_t seq) const;

  std::int64_t below_;
  std::optional<std::int64_t> reading_below_;
  absl::flat_hash_map<Instant, std::int64_t> newest_;  // seq
};

}  // namespace millrace::query
