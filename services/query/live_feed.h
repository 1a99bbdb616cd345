// SPDX-License-Identifier: Apache-2.0
//
// What epts announces, for all subscribers of this process: says what they want, hands each event
// to those that want it, and tells them when something may be missing, and how far nothing is.
// docs/decisions/0017 has the argument. The bus is only subscribed to while somebody reads.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/bus/connection.h"
#include "lib/concurrency/mutex.h"
#include "lib/process/platform.h"
#include "lib/registry_client/call_gate.h"
#include "lib/time/clock.h"
#include "query/interest_message.h"
#include "query/origins.h"
#include "query/subscription.h"
#include "query/writes.h"

namespace millrace::query {

// A subscriber, as the feed sees it. Called under the feed's lock, from any thread: must neither
// call the feed nor wait.
class LiveReader {
 public:
  virtual ~LiveReader() = default;
  virtual void on_covered(bool covered) = 0;
  virtual void on_disturbed(const std::string& why) = 0;
  virtual void on_points(const SharedWrites& writes) = 0;
  virtual void on_settled(const Settled& settled) = 0;
  // The stream is another one: positions of before mean nothing.
  virtual void on_stream_replaced() = 0;
};

// How far everything is stored, in which life of the stream.
struct StreamMoment {
  std::int32_t epoch = 0;
  Settled settled;
};

class LiveFeed {
 public:
  // So long after a moment was seen it may count, so that an epts that had not yet heard of us then
  // has been found: it hears of us every 2 s.
  static constexpr std::chrono::seconds kSettleAfter{5};
  // From subscribing until those who are there have answered.
  static constexpr std::chrono::milliseconds kIntroduction{300};
  static constexpr std::chrono::seconds kInterval{2};
  static constexpr std::chrono::seconds kInterestExpiry{30};
  static constexpr std::chrono::seconds kKeepSubscribed{10};

  // Asks the bus and PostgreSQL; may take seconds. `settled.at` is the feed's to fill in.
  using Look = std::function<absl::StatusOr<StreamMoment>()>;

  // `bus` outlives this. tick() and look() are left to the caller: tests.
  LiveFeed(bus::Connection& bus, Look look, process::Platform& platform);
  ~LiveFeed();
  LiveFeed(const LiveFeed&) = delete;
  LiveFeed& operator=(const LiveFeed&) = delete;

  // Starts the threads that tick and look.
  void start();
  void stop();

  // The last moment seen, not older than 10 s; else it will be looked for, and the failure of the
  // last look is the answer.
  absl::StatusOr<StreamMoment> moment();

  using Id = std::uint64_t;
  // No endpoints: all of the application.
  Id join(const std::string& application_name, const std::vector<std::string>& endpoint_ids,
          std::shared_ptr<LiveReader> reader);
  // The reader is not called any more when this returns.
  void leave(Id id);

  // Subscribes, says what is wanted, notices who has gone. Every 100 ms, and when something new is
  // wanted.
  void tick();
  // Every kInterval while somebody reads.
  void look();

 private:
  struct Reader {
    std::string application_name;
    std::vector<std::string> endpoint_ids;
    std::shared_ptr<LiveReader> reader;
    std::int64_t revision = 0;
    bool covered = false;
  };
  using Readers = std::vector<LiveReader*>;
  struct Application {
    Readers of_all;
    std::unordered_map<std::string, Readers> of_endpoint;
  };
  // Seen at an instant, to be confirmed.
  struct Pending {
    Settled settled;
    time::Instant seen;
    std::int64_t revision = 0;  // said after it was seen
  };

  void run_ticks(const std::stop_token& stop);
  void run_looks(const std::stop_token& stop);
  void subscribe(time::Instant now);
  void say_interest();
  void end_interest();
  void on_message(const bus::Message& message);
  void on_event(const bus::Message& message);
  void on_presence(const bus::Message& message);
  void on_reconnect();
  void for_readers(const std::string& application_name, const std::string& endpoint_id,
                   const std::function<void(LiveReader&)>& call)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void disturb(const std::string& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void update_coverage(time::Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void settle(time::Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void begin_introduction(time::Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::int64_t confirmed(time::Instant now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  bus::Connection& bus_;
  const Look look_;
  process::Platform& platform_;
  const std::string listener_;
  const metrics::Counter events_;
  const metrics::Counter interruptions_;
  const metrics::Gauge origins_known_;
  const std::shared_ptr<registry_client::CallGate> gate_;

  mutable concurrency::Mutex mutex_;
  concurrency::CondVar wake_tick_;
  concurrency::CondVar wake_look_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool wants_look_ ABSL_GUARDED_BY(mutex_) = false;
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unordered_map<Id, Reader> readers_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, Application> applications_ ABSL_GUARDED_BY(mutex_);
  Origins origins_ ABSL_GUARDED_BY(mutex_);
  std::int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;  // said last
  bool is_news_ ABSL_GUARDED_BY(mutex_) = false;       // something that was not said yet
  time::Instant said_ ABSL_GUARDED_BY(mutex_);
  time::Instant introduced_ ABSL_GUARDED_BY(mutex_);  // from then on those who are there are known
  time::Instant wanted_until_ ABSL_GUARDED_BY(mutex_);
  std::optional<StreamMoment> moment_ ABSL_GUARDED_BY(mutex_);
  time::Instant looked_ ABSL_GUARDED_BY(mutex_);
  absl::Status look_failure_ ABSL_GUARDED_BY(mutex_);
  std::deque<Pending> pending_ ABSL_GUARDED_BY(mutex_);

  // Of the thread that ticks.
  std::unique_ptr<bus::Subscription> subscription_;
  std::jthread ticks_;
  std::jthread looks_;
};

}  // namespace millrace::query
