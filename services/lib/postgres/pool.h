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
    ~Lease();  // back to the pool, unless broken
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

  const ConnectionOptions options_;
  const std::size_t size_;
  concurrency::Mutex mutex_;
  concurrency::CondVar freed_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  std::size_t leased_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::postgres
