// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/pool.h"

#include <utility>

#include <fmt/format.h>

#include "lib/time/clock.h"

namespace millrace::postgres {

Pool::Lease::Lease(Pool& pool, std::unique_ptr<Connection> connection)
    : pool_(&pool), connection_(std::move(connection)) {}

Pool::Lease::~Lease() {
  if (connection_ != nullptr) pool_->release(std::move(connection_));
}

Pool::Pool(ConnectionOptions options, std::size_t size)
    : options_(std::move(options)), size_(size) {}

absl::StatusOr<Pool::Lease> Pool::acquire(std::chrono::milliseconds wait) {
  std::unique_ptr<Connection> connection;
  {
    const time::SystemClock clock;
    const time::Instant deadline = clock.instant() + wait;
    concurrency::MutexLock lock(mutex_);
    while (leased_ >= size_) {
      const auto left = deadline - clock.instant();
      if (left <= std::chrono::nanoseconds::zero()) {
        return absl::ResourceExhaustedError(
            fmt::format("cannot get a connection to PostgreSQL within {} ms: all {} are in use",
                        wait.count(), size_));
      }
      freed_.wait_for(mutex_, left);
    }
    ++leased_;
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  // Outside the lock: connecting takes time. One dead idle connection means that the server was
  // away, so the others are dead as well and go one by one.
  if (connection != nullptr && connection->alive()) return Lease(*this, std::move(connection));
  connection.reset();
  auto connected = Connection::connect(options_);
  if (!connected.ok()) {
    release(nullptr);
    return connected.status();
  }
  return Lease(*this, *std::move(connected));
}

void Pool::release(std::unique_ptr<Connection> connection) {
  // An open transaction would keep its locks for the next user.
  const bool keep = connection != nullptr && !connection->broken() && !connection->in_transaction();
  if (!keep) connection.reset();
  {
    concurrency::MutexLock lock(mutex_);
    --leased_;
    if (keep) idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

}  // namespace millrace::postgres
