// SPDX-License-Identifier: Apache-2.0
//
// Written points on their way to subscribers: what an event says, or what the tables hold, in one
// form, and as the answer that clients get. Made once, shared by all subscribers that it goes to.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/time_series/writes_reader.h"

#include "millrace/query/v1/query.pb.h"
#include "millrace/telemetry/v1/data_points.pb.h"

namespace millrace::query {

// Points in one answer, as query.proto promises.
inline constexpr std::size_t kMaxChunkPoints = 10'000;

// Names a value of a series of an endpoint: 8 bytes of a digest, the same in every process, so that
// a resume token may hold it.
using ValueKey = std::uint64_t;

struct Writes {
  time_series::WrittenSeries series;
  std::vector<ValueKey> keys;  // of all values of all points, in their order
  std::size_t bytes = 0;       // of memory, more or less
  std::string encoded;         // a SubscribeResponse with all of it
};
using SharedWrites = std::shared_ptr<const Writes>;

SharedWrites make_writes(time_series::WrittenSeries series);
// Points that do not say which write they were are left out: their sender knows nothing of it.
std::vector<SharedWrites> make_writes(const telemetry::v1::DataPointsEvent& event);

// A SubscribeResponse with those values of which `taken`, in the order of Writes::keys, says so. A
// point without any is left out.
std::string encode(const Writes& writes, const std::vector<bool>& taken);

}  // namespace millrace::query
