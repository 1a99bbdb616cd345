// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/pool.h"

#include <utility>

#include <fmt/format.h>

#include "lib/time/clock.h"

namespace millrace::postgres {
namespace {

// For a cancel() that is on its way.
constexpr std::chrono::milliseconds kSettleWait{1000};

}  // namespace

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
  const bool settled = connection == nullptr || connection->settle_cancel(kSettleWait);
  // An open transaction would keep its locks for the next user.
  const bool keep =
      settled && connection != nullptr && !connection->broken() && !connection->in_transaction();
  // Destroyed outside the lock.
  std::vector<std::unique_ptr<Connection>> ended;
  if (settled && !keep) connection.reset();
  {
    concurrency::MutexLock lock(mutex_);
    --leased_;
    ended = take_settled();
    if (!settled) dropped_.push_back(std::move(connection));
    if (keep) idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

std::vector<std::unique_ptr<Connection>> Pool::take_settled() {
  std::vector<std::unique_ptr<Connection>> settled;
  for (std::unique_ptr<Connection>& connection : dropped_) {
    if (connection->settle_cancel(std::chrono::milliseconds{0})) {
      settled.push_back(std::move(connection));
    }
  }
  std::erase(dropped_, nullptr);
  return settled;
}

}  // namespace millrace::postgres
