// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/cancellation.h"

#include <utility>

#include <libpq-fe.h>

#include "lib/time/clock.h"

namespace millrace::postgres {

Cancellation::Cancellation(pg_conn* connection) : cancel_(PQgetCancel(connection)) {}

Cancellation::~Cancellation() {
  std::jthread last;
  {
    concurrency::MutexLock lock(mutex_);
    last = std::exchange(thread_, std::jthread());
  }
  if (last.joinable()) last.join();
  PQfreeCancel(cancel_);
}

void Cancellation::request() {
  concurrency::MutexLock lock(mutex_);
  if (cancel_ == nullptr || on_its_way_) return;
  on_its_way_ = true;
  // Joins the thread of the request before, which has nothing left to do.
  thread_ = std::jthread([this] { run(); });
}

void Cancellation::run() {
  char cause[256];
  // A failure means that the server cannot be reached: then the statement fails by itself.
  (void)PQcancel(cancel_, cause, sizeof cause);
  concurrency::MutexLock lock(mutex_);
  on_its_way_ = false;
  settled_.notify_all();
}

bool Cancellation::settle(std::chrono::milliseconds wait) {
  const time::SystemClock clock;
  const time::Instant deadline = clock.instant() + wait;
  concurrency::MutexLock lock(mutex_);
  while (on_its_way_) {
    const auto left = deadline - clock.instant();
    if (left <= std::chrono::nanoseconds::zero()) return false;
    settled_.wait_for(mutex_, left);
  }
  return true;
}

}  // namespace millrace::postgres
