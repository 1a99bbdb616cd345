// SPDX-License-Identifier: Apache-2.0
//
// Asks the server to end the statement of a connection. libpq does that over a connection of its
// own with a call that blocks for as long as the postmaster takes, for ever if that hangs; so it
// has a thread here, and who wants to use the connection again waits until nothing is on its way,
// but not for ever. Internal to lib/postgres.
#pragma once

#include <chrono>
#include <thread>

#include "lib/concurrency/mutex.h"

struct pg_conn;  // libpq's PGconn and PGcancel, without libpq-fe.h
struct pg_cancel;

namespace millrace::postgres {

// Safe to use from any thread.
class Cancellation {
 public:
  explicit Cancellation(pg_conn* connection);
  // Waits for a request that is on its way, however long it takes.
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // Returns at once. Does nothing while a request is on its way.
  void request();
  // Waits until no request is on its way; false after `wait`: then one may still hit whatever
  // statement runs.
  bool settle(std::chrono::milliseconds wait);

 private:
  void run();

  pg_cancel* cancel_;
  concurrency::Mutex mutex_;
  concurrency::CondVar settled_;
  bool on_its_way_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::postgres
