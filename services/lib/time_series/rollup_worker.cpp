// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/rollup_worker.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/error/error.h"
#include "lib/postgres/session_lock.h"
#include "lib/time_series/reader.h"
#include "lib/time_series/rollup_marks.h"

namespace millrace::time_series {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::chrono::minutes kLongestRound{1};
constexpr milliseconds kShortestPause{5};

// Waiting for writers to end their transactions, at first and at most, and how soon again.
constexpr milliseconds kLongestPatience{4000};
constexpr std::chrono::seconds kBetweenTries{30};
// For a partition that somebody is working on.
constexpr milliseconds kPartitionPatience{500};

// Of an endpoint in one transaction.
constexpr hours kHoursPerStep{24};
constexpr std::int64_t kMarksPerStep = 1000;

constexpr char kLock[] = "millrace worker of rollups";

bool counts(const RollupWeek& week) {
  return week.partition != 0;
}

// Nothing that could count, and nobody marks.
bool is_void(const RollupState& state) {
  return !state.sealed_until && !state.voided &&
         std::none_of(state.weeks.begin(), state.weeks.end(), counts);
}

std::int64_t weeks_left(const RollupState& state) {
  return std::count_if(state.weeks.begin(), state.weeks.end(), [&state](const RollupWeek& week) {
    return counts(week) && week.done_until < state.end_of(week);
  });
}

}  // namespace

struct RollupWorker::Work {
  postgres::Connection& connection;
  time::UnixMicros now;
  std::stop_token stop;
  RollupRound& round;
  RollupBuilder builder;
  bool too_many_marks = false;
  bool is_matched = false;  // weeks with the partitions there are
};

absl::Status RollupWorker::run(postgres::Connection& connection, time::UnixMicros now,
                               std::stop_token stop, RollupRound& round) {
  MILLRACE_RETURN_IF_ERROR(prepare_session(connection));
  MILLRACE_ASSIGN_OR_RETURN(RollupState state, read_rollup_state(connection));
  MILLRACE_ASSIGN_OR_RETURN(round.marks, count_rollup_marks(connection, options_.max_marks + 1));
  round.sealed_until = state.sealed_until;
  round.weeks_left = weeks_left(state);
  postgres::SessionLock lock(connection, kLock);
  MILLRACE_ASSIGN_OR_RETURN(const bool is_ours, lock.try_take());
  if (!is_ours) return absl::OkStatus();
  Work work{connection, now, std::move(stop), round, RollupBuilder(connection)};
  work.too_many_marks = round.marks > options_.max_marks;
  const time::Instant end = platform_.clock.instant() + kLongestRound;
  while (!work.stop.stop_requested()) {
    const time::Instant begun = platform_.clock.instant();
    if (begun >= end) break;
    MILLRACE_ASSIGN_OR_RETURN(state, read_rollup_state(connection));
    MILLRACE_ASSIGN_OR_RETURN(const bool has_worked, step(work, state));
    if (!has_worked || !pause_after(work, begun)) break;
  }
  return absl::OkStatus();
}

// One transaction, of what is most urgent. False: nothing is to be done now.
absl::StatusOr<bool> RollupWorker::step(Work& work, const RollupState& state) {
  const bool must_give_up = !options_.enabled || state.voided || work.too_many_marks;
  if (must_give_up && !is_void(state)) return give_up_all(work);
  const auto dead = std::find_if_not(state.weeks.begin(), state.weeks.end(), counts);
  if (dead != state.weeks.end()) {
    MILLRACE_RETURN_IF_ERROR(clear(work, *dead));
    return true;
  }
  if (!options_.enabled) return false;
  if (!state.sealed_until && state.voided_at && work.now < *state.voided_at + kVoidPause) {
    return false;
  }
  MILLRACE_ASSIGN_OR_RETURN(const bool has_sealed, seal(work, state));
  if (has_sealed) return true;
  if (!state.sealed_until) return false;
  if (!std::exchange(work.is_matched, true)) {
    const absl::Status matched = match_rollup_weeks(work.connection, state, kPartitionPatience);
    if (!matched.ok()) {
      platform_.log.warning_limited("cannot roll up a week", {{"cause", error::message(matched)}});
    }
    return true;
  }
  // In turns: neither late samples nor old weeks keep the others waiting.
  marks_are_next_ = !marks_are_next_;
  for (int turn = 0; turn < 2; ++turn) {
    const bool marks = (turn == 0) == marks_are_next_;
    MILLRACE_ASSIGN_OR_RETURN(const bool built,
                              marks ? build_marked(work, state) : build_next(work, state));
    if (built) return true;
  }
  return false;
}

absl::StatusOr<bool> RollupWorker::give_up_all(Work& work) {
  if (!may_try_lock()) return false;
  MILLRACE_ASSIGN_OR_RETURN(const bool done, void_rollups(work.connection, work.now, patience_));
  tried_lock(done);
  if (!done) return false;
  if (options_.enabled) {
    platform_.log.warning("gave up all rollups, building them anew",
                          {{"cause", work.too_many_marks ? "too many changes of old points"
                                                         : "frames were changed without marks"}});
  }
  work.too_many_marks = false;
  return true;
}

absl::StatusOr<bool> RollupWorker::seal(Work& work, const RollupState& state) {
  const Hour due = hour_of(work.now - kSealDelay);
  if ((state.sealed_until && *state.sealed_until >= due) || !may_try_lock()) return false;
  MILLRACE_ASSIGN_OR_RETURN(const bool moved, move_seal(work.connection, due, patience_));
  tried_lock(moved);
  if (moved) work.is_matched = false;
  return moved;
}

// Deletes some of what is left of a week that was given up.
absl::Status RollupWorker::clear(Work& work, RollupWeek week) {
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(work.connection));
  MILLRACE_ASSIGN_OR_RETURN(week.behind_endpoint,
                            delete_rollups(work.connection, week.week, week.behind_endpoint));
  if (week.behind_endpoint != 0) {
    MILLRACE_RETURN_IF_ERROR(update_rollup_week(work.connection, week));
  } else {
    MILLRACE_RETURN_IF_ERROR(forget_rollup_week(work.connection, week.week));
    work.is_matched = false;
  }
  return transaction.commit();
}

absl::StatusOr<bool> RollupWorker::build_marked(Work& work, const RollupState& state) {
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(work.connection));
  MILLRACE_ASSIGN_OR_RETURN(TakenMarks taken,
                            take_rollup_marks(work.connection, marked_endpoint_, kMarksPerStep));
  if (taken.endpoint_key == 0 && marked_endpoint_ != 0) {
    MILLRACE_ASSIGN_OR_RETURN(taken, take_rollup_marks(work.connection, 0, kMarksPerStep));
  }
  marked_endpoint_ = taken.endpoint_key;
  if (taken.endpoint_key == 0) return false;
  hours left = kHoursPerStep;
  std::vector<RollupMark> later;
  for (const auto& [first, last] : taken.hours) {
    for (const RollupWeek& week : state.weeks) {
      // What is not built yet will be, from what the frames are then.
      const Hour end = std::min(last + hours{1}, week.built_until(taken.endpoint_key));
      HourRange range{std::max(first, Hour(week.week)), end};
      if (!counts(week) || range.empty()) continue;
      range.until = std::min(range.until, range.from + left);
      if (range.until < end) {
        later.push_back({taken.endpoint_key, range.until, end - hours{1}});
      }
      if (range.empty()) continue;
      left -= range.until - range.from;
      MILLRACE_ASSIGN_OR_RETURN(const bool held,
                                hold_rollup_partition(work.connection, week, kPartitionPatience));
      if (!held) return false;
      MILLRACE_RETURN_IF_ERROR(
          work.builder.build(taken.endpoint_key, week.week, range, work.round.built));
    }
  }
  postgres::CopyBuffer buffer;
  MILLRACE_RETURN_IF_ERROR(write_marks(work.connection, buffer, later));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return true;
}

absl::StatusOr<bool> RollupWorker::build_next(Work& work, const RollupState& state) {
  const auto next =
      std::find_if(state.weeks.begin(), state.weeks.end(), [&state](const RollupWeek& week) {
        return counts(week) && week.done_until < state.end_of(week);
      });
  if (next == state.weeks.end()) return false;
  RollupWeek week = *next;
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(work.connection));
  MILLRACE_ASSIGN_OR_RETURN(const bool held,
                            hold_rollup_partition(work.connection, week, kPartitionPatience));
  if (!held) return false;
  MILLRACE_RETURN_IF_ERROR(extend(work, week, state.end_of(week)));
  MILLRACE_RETURN_IF_ERROR(update_rollup_week(work.connection, week));
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  return true;
}

// Builds the next hours of the week for some endpoints.
absl::Status RollupWorker::extend(Work& work, RollupWeek& week, Hour end) {
  if (week.next_until <= week.done_until) {
    week.next_until = std::min(end, week.done_until + kHoursPerStep);
    week.behind_endpoint = 0;
  }
  const HourRange range{week.done_until, week.next_until};
  MILLRACE_ASSIGN_OR_RETURN(const RollupBuilder::Candidates candidates,
                            work.builder.candidates(week.week, range, week.behind_endpoint));
  if (candidates.last == 0) {
    week.done_until = week.next_until;
    week.behind_endpoint = 0;
    return absl::OkStatus();
  }
  const std::int64_t frames_before = work.round.built.frames;
  for (const std::int32_t endpoint_key : candidates.endpoint_keys) {
    if (work.round.built.frames - frames_before >= options_.frames_per_step)
      return absl::OkStatus();
    MILLRACE_RETURN_IF_ERROR(work.builder.build(endpoint_key, week.week, range, work.round.built));
    week.behind_endpoint = endpoint_key;
  }
  week.behind_endpoint = candidates.last;
  return absl::OkStatus();
}

bool RollupWorker::may_try_lock() const {
  return !next_try_ || platform_.clock.instant() >= *next_try_;
}

void RollupWorker::tried_lock(bool got_it) {
  if (got_it) {
    patience_ = kShortestPatience;
    next_try_.reset();
    return;
  }
  patience_ = std::min(patience_ * 2, kLongestPatience);
  next_try_ = platform_.clock.instant() + kBetweenTries;
}

bool RollupWorker::pause_after(const Work& work, time::Instant begun) {
  const auto took = std::chrono::duration_cast<milliseconds>(platform_.clock.instant() - begun);
  return pause_(work.stop,
                std::max(kShortestPause, took * (100 - options_.share) / options_.share));
}

}  // namespace millrace::time_series
