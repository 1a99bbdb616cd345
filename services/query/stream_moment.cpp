// SPDX-License-Identifier: Apache-2.0
#include "query/stream_moment.h"

#include "lib/bus/streams.h"
#include "lib/error/error.h"
#include "lib/time_series/ledger.h"

namespace millrace::query {
namespace {

// Of a message's position in a seq: data_points.proto.
constexpr int kSampleBits = 20;

}  // namespace

// What the consumer has acknowledged was committed before, so PostgreSQL has it when it is asked
// afterwards.
absl::StatusOr<StreamMoment> look_at_stream(bus::Connection& bus, postgres::Pool& pool,
                                            std::chrono::milliseconds connection_wait) {
  if (!bus.connected()) return absl::UnavailableError("there is no connection to NATS");
  const auto consumer = bus::data_samples_consumer_state(bus);
  if (!consumer.ok() && !absl::IsNotFound(consumer.status())) return consumer.status();
  MILLRACE_ASSIGN_OR_RETURN(const bus::StreamState stream, bus::data_samples_state(bus));
  MILLRACE_ASSIGN_OR_RETURN(const auto lease, pool.acquire(connection_wait));
  MILLRACE_ASSIGN_OR_RETURN(const auto epoch, time_series::read_epoch(*lease));
  if (!epoch || epoch->stream_created != stream.created) {
    return absl::UnavailableError(
        "epts has not begun a ledger of the stream as it is now; try again in a few seconds");
  }
  if (epoch->is_replica) {
    return absl::FailedPreconditionError(
        "cannot subscribe: database-url of query is a replica of PostgreSQL, which may be behind "
        "what is announced; give this query the primary");
  }
  StreamMoment moment;
  moment.epoch = epoch->epoch;
  const std::int64_t acknowledged = consumer.ok() ? consumer->acknowledged_to : 0;
  moment.settled.below = (acknowledged + 1) << kSampleBits;
  return moment;
}

}  // namespace millrace::query
