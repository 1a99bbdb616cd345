// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"
#include "lib/postgres/itest_database.h"
#include "lib/postgres/pool.h"

namespace millrace::postgres {
namespace {

constexpr std::chrono::milliseconds kNoWait{0};
constexpr std::chrono::milliseconds kLong{60'000};

std::int32_t backend_of(Pool::Lease& lease) {
  return lease->execute("SELECT pg_backend_pid()")->int4(0, 0);
}

TEST(PostgresPool, HandsOutTheSameConnectionAgain) {
  Pool pool(itest_options(), 2);
  std::int32_t first = 0;
  {
    auto lease = pool.acquire(kNoWait);
    ASSERT_TRUE(lease.ok()) << lease.status();
    first = backend_of(*lease);
  }
  auto lease = pool.acquire(kNoWait);
  EXPECT_EQ(backend_of(*lease), first);
}

TEST(PostgresPool, RefusesMoreThanItsSize) {
  Pool pool(itest_options(), 1);
  auto held = pool.acquire(kNoWait);
  EXPECT_EQ(pool.acquire(kNoWait).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(PostgresPool, AWaiterGetsTheConnectionThatComesBack) {
  Pool pool(itest_options(), 1);
  auto held = std::make_unique<absl::StatusOr<Pool::Lease>>(pool.acquire(kNoWait));
  std::jthread waiter([&pool] {
    auto lease = pool.acquire(kLong);
    EXPECT_TRUE(lease.ok()) << lease.status();
  });
  held.reset();
}

TEST(PostgresPool, ARefusalSaysWhenToTryAgain) {
  Pool pool(itest_options(), 1);
  auto held = pool.acquire(kNoWait);
  EXPECT_TRUE(error::retry_after(pool.acquire(kNoWait).status()).has_value());
}

TEST(PostgresPool, OneClientsWaitersDoNotKeepAnotherOut) {
  Pool pool(itest_options(), 4);
  std::vector<absl::StatusOr<Pool::Lease>> held;
  for (int i = 0; i < 3; ++i) held.push_back(pool.acquire(kNoWait, 1));
  const absl::Status refused = pool.acquire(kNoWait, 1).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(error::message(refused).find("3 of 4"), std::string::npos) << refused;
  std::atomic<int> served = 0;
  std::vector<std::jthread> waiters;
  for (int i = 0; i < 8; ++i) {
    waiters.emplace_back([&] {
      const auto lease = pool.acquire(kLong, 1);
      EXPECT_TRUE(lease.ok()) << lease.status();
      ++served;
    });
  }
  for (int i = 0; i < 3; ++i) {
    const auto other = pool.acquire(kNoWait, 2);
    EXPECT_TRUE(other.ok()) << other.status();
    EXPECT_EQ(served, 0);
  }
  held.clear();
  waiters.clear();
  EXPECT_EQ(served, 8);
}

TEST(PostgresPool, ReplacesAConnectionThatDiedWhileIdle) {
  Pool pool(itest_options(), 1);
  std::int32_t dead = 0;
  {
    auto lease = pool.acquire(kNoWait);
    dead = backend_of(*lease);
  }
  auto killer = itest_connect();
  ASSERT_TRUE(killer->execute("SELECT pg_terminate_backend($1)", {to_param(dead)}).ok());
  // Until the end of the link has arrived here, the dead one may be handed out: once.
  while (true) {
    auto lease = pool.acquire(kNoWait);
    ASSERT_TRUE(lease.ok()) << lease.status();
    const auto pid = (*lease)->execute("SELECT pg_backend_pid()");
    if (pid.ok() && pid->int4(0, 0) != dead) break;
  }
}

TEST(PostgresPool, DropsAConnectionWithAnOpenTransaction) {
  Pool pool(itest_options(), 1);
  std::int32_t first = 0;
  {
    auto lease = pool.acquire(kNoWait);
    first = backend_of(*lease);
    ASSERT_TRUE((*lease)->execute_script("BEGIN").ok());
  }
  auto lease = pool.acquire(kNoWait);
  EXPECT_NE(backend_of(*lease), first);
}

TEST(PostgresPool, AFailureToConnectGivesThePlaceBack) {
  ConnectionOptions options;
  options.url = "postgresql://127.0.0.1:1/none";
  Pool pool(options, 1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(pool.acquire(kNoWait).status().code(), absl::StatusCode::kUnavailable);
  }
}

}  // namespace
}  // namespace millrace::postgres
