// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/pool.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"
#include "lib/time/clock.h"

namespace millrace::postgres {
namespace {

// For a cancel() that is on its way.
constexpr std::chrono::milliseconds kSettleWait{1000};
// For those that found no free connection: statements end, and they waited already.
constexpr std::chrono::milliseconds kRetryAfter{1000};

}  // namespace

Pool::Lease::Lease(Pool& pool, std::unique_ptr<Connection> connection, std::int64_t client)
    : pool_(&pool), connection_(std::move(connection)), client_(client) {}

Pool::Lease::~Lease() {
  if (connection_ != nullptr) pool_->release(std::move(connection_), client_);
}

Pool::Pool(ConnectionOptions options, std::size_t size)
    : options_(std::move(options)), places_(size) {}

absl::StatusOr<Pool::Lease> Pool::acquire(std::chrono::milliseconds wait, std::int64_t client) {
  MILLRACE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, take_place(wait, client));
  // Outside the lock: connecting takes time. One dead idle connection means that the server was
  // away, so the others are dead as well and go one by one.
  if (connection != nullptr && connection->alive()) {
    return Lease(*this, std::move(connection), client);
  }
  connection.reset();
  auto connected = Connection::connect(options_);
  if (!connected.ok()) {
    release(nullptr, client);
    // The server has no place for one more, now.
    if (absl::IsResourceExhausted(connected.status())) {
      return error::with_retry_after(connected.status(), kRetryAfter);
    }
    return connected.status();
  }
  return Lease(*this, *std::move(connected), client);
}

absl::StatusOr<std::unique_ptr<Connection>> Pool::take_place(std::chrono::milliseconds wait,
                                                             std::int64_t client) {
  const time::SystemClock clock;
  const time::Instant deadline = clock.instant() + wait;
  PlaceQueue::Waiter waiter;
  waiter.client = client;
  concurrency::MutexLock lock(mutex_);
  places_.enter(waiter);
  while (!waiter.has_place) {
    const auto left = deadline - clock.instant();
    if (left <= std::chrono::nanoseconds::zero()) {
      places_.leave(waiter);
      return none_free(wait, client);
    }
    waiter.got_place.wait_for(mutex_, left);
  }
  std::unique_ptr<Connection> connection;
  if (!idle_.empty()) {
    connection = std::move(idle_.back());
    idle_.pop_back();
  }
  return connection;
}

absl::Status Pool::none_free(std::chrono::milliseconds wait, std::int64_t client) const {
  const bool has_share =
      client != PlaceQueue::kNobody && places_.held_by(client) >= places_.share();
  const std::string cause = has_share ? fmt::format("this client has {} of {}, its share, in use",
                                                    places_.share(), places_.places())
                                      : fmt::format("all {} are in use", places_.places());
  return error::with_retry_after(
      absl::ResourceExhaustedError(fmt::format(
          "cannot get a connection to PostgreSQL within {} ms: {}", wait.count(), cause)),
      kRetryAfter);
}

void Pool::release(std::unique_ptr<Connection> connection, std::int64_t client) {
  const bool settled = connection == nullptr || connection->settle_cancel(kSettleWait);
  // An open transaction would keep its locks for the next user.
  const bool keep =
      settled && connection != nullptr && !connection->broken() && !connection->in_transaction();
  // Destroyed outside the lock.
  std::vector<std::unique_ptr<Connection>> ended;
  if (settled && !keep) connection.reset();
  {
    concurrency::MutexLock lock(mutex_);
    ended = take_settled();
    if (!settled) dropped_.push_back(std::move(connection));
    if (keep) idle_.push_back(std::move(connection));
    places_.give_back(client);
  }
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
