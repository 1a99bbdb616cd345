// SPDX-License-Identifier: Apache-2.0
//
// A bounded pool of connections, fair among clients that share it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/concurrency/mutex.h"
#include "lib/postgres/connection.h"
#include "lib/postgres/place_queue.h"

namespace millrace::postgres {

// Safe to use from any thread; outlives its leases.
class Pool {
 public:
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection, std::int64_t client);
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
    std::int64_t client_;
  };

  Pool(ConnectionOptions options, std::size_t size);

  // Waits up to `wait` for a free place, then kResourceExhausted, with the time after which trying
  // again may help. Connects when the pool has no idle connection; that failure is returned as it
  // is (kUnavailable). `client`: any number that tells those apart who must not shut out each other
  // (place_queue.h).
  absl::StatusOr<Lease> acquire(std::chrono::milliseconds wait,
                                std::int64_t client = PlaceQueue::kNobody);

 private:
  friend class Lease;
  // kResourceExhausted, unless there is a place for `client` within `wait`; with it, an idle
  // connection if there is one.
  absl::StatusOr<std::unique_ptr<Connection>> take_place(std::chrono::milliseconds wait,
                                                         std::int64_t client);
  absl::Status none_free(std::chrono::milliseconds wait, std::int64_t client) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void release(std::unique_ptr<Connection> connection, std::int64_t client);
  std::vector<std::unique_ptr<Connection>> take_settled() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ConnectionOptions options_;
  concurrency::Mutex mutex_;
  PlaceQueue places_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  // Not used any more, with a cancel() on its way. As many as the pool is large at most: while the
  // postmaster hangs, no connection is made in their stead.
  std::vector<std::unique_ptr<Connection>> dropped_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::postgres
