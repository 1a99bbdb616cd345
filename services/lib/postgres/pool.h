// SPDX-License-Identifier: Apache-2.0
//
// A bounded pool of connections.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/concurrency/mutex.h"
#include "lib/postgres/connection.h"

namespace millrace::postgres {

// Safe to use from any thread; outlives its leases.
class Pool {
 public:
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection);
    Lease(Lease&&) noexcept = default;
    // Back to the pool, unless broken. Waits for a cancel() that is on its way, for a second at
    // most: what is still on its way then must not hit the next user, and the connection is
    // dropped.
    ~Lease();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  Pool(ConnectionOptions options, std::size_t size);

  // Waits up to `wait` for a free place, then kResourceExhausted. Connects when the pool has no
  // idle connection; that failure is returned as it is (kUnavailable).
  absl::StatusOr<Lease> acquire(std::chrono::milliseconds wait);

 private:
  friend class Lease;
  void release(std::unique_ptr<Connection> connection);
  std::vector<std::unique_ptr<Connection>> take_settled() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ConnectionOptions options_;
  const std::size_t size_;
  concurrency::Mutex mutex_;
  concurrency::CondVar freed_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  // Not used any more, with a cancel() on its way. As many as the pool is large at most: while the
  // postmaster hangs, no connection is made in their stead.
  std::vector<std::unique_ptr<Connection>> dropped_ ABSL_GUARDED_BY(mutex_);
  std::size_t leased_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::postgres
