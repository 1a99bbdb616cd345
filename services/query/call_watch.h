// SPDX-License-Identifier: Apache-2.0
//
// Ends what runs for a call that nobody waits for any more. gRPC's synchronous handlers are blocked
// in PostgreSQL or in a write when a client goes away, a deadline passes or a reader stalls; one
// thread looks after all of them every 50 ms, cancels their statements, and ends calls that hold a
// thread too long. Also bounds how many calls run at a time, together and of one API key.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/concurrency/mutex.h"
#include "lib/process/platform.h"
#include "lib/time/clock.h"
#include "query/key_shares.h"

namespace millrace::query {

struct CallLimits {
  std::size_t max_calls = 64;
  std::size_t max_calls_per_key = 32;
  std::chrono::milliseconds call_timeout{std::chrono::hours{1}};
  std::chrono::milliseconds stall_timeout{60'000};
};

// How to ask and end one call; both may be used from any thread as long as the CallWatch::Call
// lives.
struct CallHandle {
  std::function<bool()> is_cancelled;      // by the client, by its deadline, or by end()
  std::function<bool()> is_past_deadline;  // of the client
  std::function<void()> end;               // so that a blocked write returns
};

class CallWatch {
 public:
  // One running call; for its handler: one thread may run a statement and another one write.
  class Call {
   public:
    Call(CallWatch& watch, CallHandle handle, std::int64_t key_id);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // Of the API key that it came with.
    std::int64_t key_id() const { return key_id_; }

    // OK while somebody waits for the answer; else kCancelled or kDeadlineExceeded.
    absl::Status check() const;

    // Between the two, `cancel` may run, again and again, while the call is not wanted. It must not
    // block: it runs on the one thread that looks after all calls.
    void begin_statement(std::function<void()> cancel);
    void end_statement();
    // Between the two the client is expected to take something.
    void begin_write();
    void end_write();

   private:
    friend class CallWatch;
    struct State;
    CallWatch& watch_;
    const std::int64_t key_id_;
    std::shared_ptr<State> state_;
  };

  // poll() is left to the caller: tests.
  CallWatch(CallLimits limits, process::Platform& platform);
  ~CallWatch();
  CallWatch(const CallWatch&) = delete;
  CallWatch& operator=(const CallWatch&) = delete;

  // Starts the thread that polls.
  void start();
  // Joins it; calls go on unwatched.
  void stop();

  // kResourceExhausted when max_calls are running, or max_calls_per_key of this API key.
  absl::StatusOr<std::unique_ptr<Call>> admit(CallHandle handle, std::int64_t key_id);

  // Looks after every call once.
  void poll();

 private:
  void look_after(Call::State& call);
  void remove(const std::shared_ptr<Call::State>& state, std::int64_t key_id);

  const CallLimits limits_;
  const time::Clock& clock_;
  metrics::Gauge running_;
  metrics::Counter cancelled_statements_;
  metrics::Counter stalled_calls_;
  metrics::Counter overlong_calls_;
  metrics::Counter refused_for_all_;
  metrics::Counter refused_for_key_;
  KeyShares shares_;
  concurrency::Mutex mutex_;
  std::vector<std::shared_ptr<Call::State>> calls_ ABSL_GUARDED_BY(mutex_);
  std::jthread thread_;  // last: stops before what it uses goes
};

}  // namespace millrace::query
