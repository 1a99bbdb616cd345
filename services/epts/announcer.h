// SPDX-License-Identifier: Apache-2.0
//
// Tells the bus about new points (14/TSTP), one event for each series of each endpoint in a batch.
// At most once and never in storage's way: events wait in a bounded queue for a thread of their
// own, and what does not fit is dropped and counted. Without interest nothing is done at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include <absl/status/status.h>

#include "epts/interest.h"
#include "lib/concurrency/mutex.h"
#include "lib/process/platform.h"
#include "lib/time_series/sample_batch.h"
#include "lib/time_series/writer_session.h"
#include "lib/trace/trace_context.h"

namespace millrace::epts {

// announce() is safe to call from any thread.
class Announcer {
 public:
  struct Event {
    std::string subject;
    std::string payload;
    // A child of that of the first traced upload with points in the event: the event is a message
    // of its own, which nobody should take for the upload.
    std::optional<trace::TraceContext> trace = std::nullopt;
    std::size_t bytes() const { return subject.size() + payload.size() + sizeof(trace); }
  };
  using Publish = std::function<absl::Status(const Event&)>;

  // `max_waiting_bytes`: of events not yet published. `interest`: points that it does not cover are
  // not announced; null: all are. Outlives this.
  Announcer(Publish publish, std::size_t max_waiting_bytes, const Interest* interest,
            process::Platform& platform);
  // Publishes nothing more.
  ~Announcer();
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;

  // Values that were not stored.
  using Refused = std::set<time_series::RefusedValue>;
  // Uploads of which nothing was stored, by index in the batch.
  using Untouched = std::set<std::uint32_t>;
  // After the batch was committed.
  void announce(const time_series::SampleBatch& batch, const Refused& refused,
                const Untouched& untouched = {});

 private:
  void enqueue(Event event);
  void run(const std::stop_token& stop);

  const Publish publish_;
  const std::size_t max_waiting_bytes_;
  const Interest* const interest_;
  process::Platform& platform_;
  const metrics::Counter published_;
  const metrics::Counter dropped_;

  concurrency::Mutex mutex_;
  concurrency::CondVar changed_;
  std::deque<Event> waiting_ ABSL_GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;

  // Last: uses everything above.
  std::jthread thread_;
};

}  // namespace millrace::epts
