// SPDX-License-Identifier: Apache-2.0
//
// What is read from PostgreSQL before the connection goes back to the pool and the chunks to the
// client: bounds the memory of a call, and makes up for the cost of a lease where series are short.
#pragma once

#include <cstddef>
#include <vector>

namespace millrace::query {

// Points or windows; also the most that one chunk has.
inline constexpr std::size_t kRoundRows = 10'000;
inline constexpr std::size_t kRoundSteps = 256;
inline constexpr std::size_t kRoundTextBytes = 1 << 20;

// The chunks of a round, not yet sent.
template <class Chunk>
struct Round {
  std::vector<Chunk> chunks;
  std::size_t rows = 0;
  std::size_t text_bytes = 0;
  std::size_t steps = 0;
  bool at_end = false;

  bool is_full() const {
    return rows >= kRoundRows || steps >= kRoundSteps || text_bytes >= kRoundTextBytes;
  }
};

}  // namespace millrace::query
