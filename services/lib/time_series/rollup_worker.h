// SPDX-License-Identifier: Apache-2.0
//
// Keeps the rollups: seals hours that are over, builds what they come to, builds again what was
// changed later, and gives all of it up where somebody has changed frames without saying which, or
// where more is marked than is worth keeping. One session at a time, in small transactions with
// pauses; what was begun when a process died is gone on with by the next. Why a rollup that counts
// is always that of its frames: docs/decisions/0019-rollups.md. For one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/process/platform.h"
#include "lib/time_series/rollup_builder.h"
#include "lib/time_series/rollup_state.h"

namespace millrace::time_series {

struct RollupOptions {
  // Off: rollups are deleted, and nobody has to mark anything.
  bool enabled = true;
  // Percent of the time that the worker may work, 1 to 100; the rest it pauses.
  int share = 20;
  // Marks that may wait; beyond, all rollups are given up and begun anew.
  std::int64_t max_marks = 1'000'000;
  // What a transaction builds, more or less: it goes on to the end of an endpoint's day.
  std::int64_t frames_per_step = 50'000;
};

// An hour is sealed so long after its end: what is late by less costs nothing.
inline constexpr std::chrono::minutes kSealDelay{15};
// After rollups were given up, nothing is sealed for so long: whoever caused it may go on.
inline constexpr std::chrono::minutes kVoidPause{10};

struct RollupRound {
  BuiltRollups built;
  std::int64_t marks = 0;  // that waited when it began, max_marks + 1 at most
  std::optional<Hour> sealed_until;
  std::int64_t weeks_left = 0;  // not built to the seal, when it began
};

class RollupWorker {
 public:
  // Sleeps; false when stopped meanwhile.
  using Pause = std::function<bool(std::stop_token, std::chrono::milliseconds)>;

  RollupWorker(RollupOptions options, Pause pause, process::Platform& platform)
      : options_(options), pause_(std::move(pause)), platform_(platform) {}

  // Works until nothing is left to do, for a minute at most, and not at all while another session
  // does; `round` has what it found and did, also where it fails. The connection has nothing else
  // to do meanwhile. `now`: of the clock that is behind, where there are two.
  absl::Status run(postgres::Connection& connection, time::UnixMicros now, std::stop_token stop,
                   RollupRound& round);

 private:
  struct Work;

  absl::StatusOr<bool> step(Work& work, const RollupState& state);
  absl::StatusOr<bool> give_up_all(Work& work);
  absl::StatusOr<bool> seal(Work& work, const RollupState& state);
  absl::Status clear(Work& work, RollupWeek week);
  absl::StatusOr<bool> build_marked(Work& work, const RollupState& state);
  absl::StatusOr<bool> build_next(Work& work, const RollupState& state);
  absl::Status extend(Work& work, RollupWeek& week, Hour end);
  bool may_try_lock() const;
  void tried_lock(bool got_it);
  bool pause_after(const Work& work, time::Instant begun);

  const RollupOptions options_;
  const Pause pause_;
  process::Platform& platform_;
  // Whoever writes waits as long as we do, so a try that fails is not soon followed by another.
  static constexpr std::chrono::milliseconds kShortestPatience{500};
  std::chrono::milliseconds patience_ = kShortestPatience;
  std::optional<time::Instant> next_try_;
  std::int32_t marked_endpoint_ = 0;  // the last one whose marks were taken
  bool marks_are_next_ = true;
};

}  // namespace millrace::time_series
