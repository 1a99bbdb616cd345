// SPDX-License-Identifier: Apache-2.0
//
// All of a publisher but its thread and its subscription: what is sent, what an answer leads to,
// what time brings. Safe to use from any thread; callbacks run without its lock.
//
// What one thread publishes reaches the server in that order, also when the connection was away in
// between: a publish that could not be sent is sent by tick(), and what is published before that
// has happened queues behind it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/bus/in_flight_table.h"
#include "lib/bus/publisher.h"
#include "lib/bus/unique_id.h"
#include "lib/bus/wire.h"

namespace millrace::bus {

class PublisherCore {
 public:
  // `inbox`: a subject nobody else uses; answers come to <inbox>.<ticket>.
  PublisherCore(Wire& wire, PublisherOptions options, std::string inbox,
                process::Platform& platform);

  absl::Status publish(const std::string& subject, std::string payload,
                       const std::optional<trace::TraceContext>& trace, Publisher::Done done);
  absl::Status publish_as(std::string message_id, const std::string& subject, std::string payload,
                          const std::optional<trace::TraceContext>& trace, Publisher::Done done);
  // An answer came.
  void on_delivery(const Delivery& delivery);
  // Sends and fails what is due. Called every few milliseconds, and after send_all_again(); on one
  // thread.
  void tick();
  void send_all_again();
  // Fails everything in flight with kCancelled.
  void close();
  std::size_t in_flight() const;

 private:
  struct Outcomes {
    metrics::Counter acknowledged, duplicate, stream_full, refused, unavailable, timed_out,
        cancelled;
  };
  static Outcomes make_outcomes(metrics::Registry& registry);

  absl::Status send_first(InFlightTable::Ticket ticket, const Outgoing& message);
  bool send_due(const std::vector<InFlightTable::Repeat>& due);
  std::optional<InFlightTable::Entry> take(InFlightTable::Ticket ticket);
  void settle(InFlightTable::Ticket ticket, const metrics::Counter& outcome,
              const absl::Status& status);
  void postpone(InFlightTable::Ticket ticket, const absl::Status& trouble);
  void fail(const InFlightTable::Entry& entry);

  Wire& wire_;
  const PublisherOptions options_;
  const std::string inbox_;
  const time::Clock& clock_;
  const Outcomes outcomes_;
  const metrics::Counter retries_;
  const metrics::Gauge in_flight_gauge_;
  const metrics::Histogram latency_;
  UniqueIds ids_;

  mutable concurrency::Mutex mutex_;
  InFlightTable table_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::bus
