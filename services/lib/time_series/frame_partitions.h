// SPDX-License-Identifier: Apache-2.0
//
// Makes the weekly partitions of time_series.frame before rows need them. Each is made in a
// transaction of its own, under an advisory lock that replicas share, and attached instead of
// created in place: that blocks neither writers nor readers. For one thread.
#pragma once

#include <set>
#include <span>
#include <string>

#include <absl/status/status.h>

#include "lib/postgres/connection.h"
#include "lib/process/platform.h"
#include "lib/time_series/frame_writer.h"
#include "lib/time_series/week.h"

namespace millrace::time_series {

// Makes the table that is named after the week its partition.
std::string attach_statement(Week week);

class FramePartitions {
 public:
  FramePartitions(postgres::Connection& connection, process::Platform& platform)
      : connection_(connection), platform_(platform) {}

  // This week's partition and the next one's, so that no batch waits for it when the week turns.
  absl::Status make_ahead();
  // Those of `frames`, sorted by week. Not inside a transaction. kInvalidArgument: the table of a
  // week is there and takes no rows, because retention or an operator has detached it.
  absl::Status make_for(std::span<const Frame> frames);
  // What is known of existing partitions: something has dropped one.
  void forget() { existing_.clear(); }

 private:
  absl::Status ensure(Week week);
  absl::Status make(Week week);
  absl::StatusOr<bool> is_attached(Week week);

  postgres::Connection& connection_;
  process::Platform& platform_;
  std::set<Week> existing_;
};

}  // namespace millrace::time_series
