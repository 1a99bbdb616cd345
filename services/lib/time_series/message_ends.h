// SPDX-License-Identifier: Apache-2.0
//
// The writing side of the ledger (docs/decisions/0012-durable-ledger.md): notes in time_series that
// messages of the stream came to their end, and counts what became of their samples, once however
// often a message is delivered.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"

namespace millrace::time_series {

struct MessageEnd {
  std::uint64_t stream_sequence = 0;
  std::uint64_t stored = 0;
  std::uint64_t merged = 0;
  std::uint64_t rejected = 0;
  std::uint64_t empty = 0;
  bool terminated = false;
};

// Within the caller's transaction, as its last statements: they lock a row that other connections
// may want, too. One entry for each of `ends`, whose positions are distinct: whether the message
// had not ended before, and so is counted now. Failures are never kInvalidArgument: nothing here
// comes from a sample.
absl::StatusOr<std::vector<bool>> write_message_ends(postgres::Connection& connection,
                                                     std::span<const MessageEnd> ends);

}  // namespace millrace::time_series
