// SPDX-License-Identifier: Apache-2.0
//
// Tells the bus about new points (14/TSTP), one event for each series of each endpoint in a batch.
// At most once and never in storage's way: events wait in a bounded queue for a thread of their
// own, and what does not fit is dropped and counted. Without interest nothing is done at all.
//
// Whoever listens can tell what got lost: events are numbered (those that are dropped too), and
// every second, while anybody is interested, a DataPointsPresence says the last number. It goes the
// way of the events, so what is before it has come or is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
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

// Which stored points are announced.
enum class Announced { kNothing, kWhatIsAskedFor, kAll };

struct AnnouncerOptions {
  std::string origin;  // of one start of one process: nobody else has it
  Announced what = Announced::kWhatIsAskedFor;
  std::size_t max_waiting_bytes = 32 << 20;  // of events not yet published
};

// Everything but its making is safe to call from any thread.
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

  // `interest` outlives this.
  Announcer(Publish publish, AnnouncerOptions options, const Interest& interest,
            process::Platform& platform);
  // Publishes what waits, but no longer than a second.
  ~Announcer();
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;

  // Values that were not stored.
  using Refused = std::set<time_series::RefusedValue>;
  // Uploads of which nothing was stored, by index in the batch.
  using Untouched = std::set<std::uint32_t>;
  // After the batch was committed, and before any message of it is acknowledged: whoever hears that
  // a message is done can rely on its points having a number.
  void announce(const time_series::SampleBatch& batch, const Refused& refused,
                const Untouched& untouched = {});
  // Says that this process is there, at once, before it stores anything.
  void introduce();
  // The same behind what waits: somebody new listens, or wants something else.
  void say_presence();

 private:
  bool announces_nothing() const;
  Event presence();
  void enqueue(Event event, bool numbered);
  std::optional<Event> next();
  void run();

  const Publish publish_;
  const AnnouncerOptions options_;
  const Interest& interest_;
  process::Platform& platform_;
  const metrics::Counter published_;
  const metrics::Counter dropped_;

  concurrency::Mutex mutex_;
  concurrency::CondVar changed_;
  std::deque<Event> waiting_ ABSL_GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::int64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<time::Instant> stop_at_ ABSL_GUARDED_BY(mutex_);

  time::Instant presence_said_;  // of the thread

  // Last: uses everything above.
  std::jthread thread_;
};

}  // namespace millrace::epts
