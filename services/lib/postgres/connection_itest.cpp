// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/postgres/connection.h"
#include "lib/postgres/copy_buffer.h"
#include "lib/postgres/itest_database.h"

namespace millrace::postgres {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using std::string_literals::operator""s;

Result must(absl::StatusOr<Result> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status();
    std::abort();
  }
  return *std::move(result);
}

std::int32_t backend_of(Connection& connection) {
  return must(connection.execute("SELECT pg_backend_pid()")).int4(0, 0);
}

// Returns when the backend does nothing any more; its end of the link may close a moment later.
void terminate(std::int32_t backend) {
  auto killer = itest_connect();
  must(killer->execute("SELECT pg_terminate_backend($1)", {to_param(backend)}));
  while (must(killer->execute("SELECT 1 FROM pg_stat_activity WHERE pid = $1", {to_param(backend)}))
             .rows() > 0) {
  }
}

TEST(PostgresConnection, CopiesRowsInBinary) {
  auto connection = itest_connect();
  ASSERT_TRUE(connection
                  ->execute_script("CREATE TEMP TABLE copied (a int2, b int4, c int8, d float8, "
                                   "e bool, f text, g bytea, h timestamptz, i float8[], j text[])")
                  .ok());
  // More than one chunk.
  constexpr int kRows = 20'000;
  CopyBuffer rows;
  for (int i = 0; i < kRows; ++i) {
    rows.row(10);
    rows.int2(2);
    rows.int4(i);
    rows.int8(8);
    rows.float8(0.5);
    rows.boolean(true);
    rows.text("täxt");
    rows.bytea("\0"s);
    rows.timestamp(time::from_unix_us(i));
    rows.float8_array(std::vector<double>{1.0, null_pattern()});
    rows.text_array(std::vector<std::string_view>{"x", ""});
  }
  rows.finish();
  const auto copied = connection->copy_binary("copied", rows.data());
  ASSERT_TRUE(copied.ok()) << copied.status();
  EXPECT_EQ(*copied, kRows);
  const Result row = must(connection->execute(
      "SELECT count(*), max(b), min(f), max(h), bool_and(i[1] = 1 AND i[2] IS NULL), "
      "bool_and(j = '{x,\"\"}'), bool_and(g = '\\x00') FROM copied"));
  EXPECT_EQ(row.int8(0, 0), kRows);
  EXPECT_EQ(row.int4(0, 1), kRows - 1);
  EXPECT_EQ(row.text(0, 2), "täxt");
  EXPECT_EQ(row.timestamp(0, 3), time::from_unix_us(kRows - 1));
  EXPECT_TRUE(row.boolean(0, 4));
  EXPECT_TRUE(row.boolean(0, 5));
  EXPECT_TRUE(row.boolean(0, 6));
}

TEST(PostgresConnection, AFailedCopyLeavesTheConnectionUsable) {
  auto connection = itest_connect();
  ASSERT_TRUE(connection->execute_script("CREATE TEMP TABLE one (a int4 PRIMARY KEY)").ok());
  CopyBuffer twice;
  for (int i = 0; i < 100'000; ++i) {
    twice.row(1);
    twice.int4(i == 1 ? 0 : i);
  }
  twice.finish();
  EXPECT_EQ(connection->copy_binary("one", twice.data()).status().code(),
            absl::StatusCode::kAlreadyExists);
  CopyBuffer unfinished;
  unfinished.row(1);
  EXPECT_EQ(connection->copy_binary("one", unfinished.data()).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(sqlstate(connection->copy_binary("no_such_table", twice.data()).status()), "42P01");
  EXPECT_FALSE(connection->broken());
  EXPECT_EQ(must(connection->execute("SELECT count(*) FROM one")).int8(0, 0), 0);
}

TEST(PostgresConnection, FailuresCarryTheirState) {
  auto connection = itest_connect();
  ASSERT_TRUE(
      connection->execute_script("CREATE TEMP TABLE t (a int4 PRIMARY KEY CHECK (a > 0))").ok());
  const std::string insert = "INSERT INTO t VALUES ($1)";
  EXPECT_EQ(must(connection->execute(insert, {to_param(1)})).affected_rows(), 1);
  const absl::Status taken = connection->execute(insert, {to_param(1)}).status();
  EXPECT_EQ(taken.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(sqlstate(taken), "23505");
  EXPECT_THAT(error::message(taken), HasSubstr("cannot run INSERT INTO t"));
  EXPECT_THAT(error::message(taken), Not(HasSubstr("(1)"))) << "DETAIL may quote secrets";
  EXPECT_EQ(connection->execute(insert, {to_param(-1)}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(connection->execute("SELECT 1/0").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(connection->execute("SELEC").status().code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(connection->broken());
}

TEST(PostgresConnection, RefusesTextsThatPostgresCannotHold) {
  auto connection = itest_connect();
  const absl::Status nul = connection->execute("SELECT $1", {to_param("a\0b"s)}).status();
  EXPECT_EQ(nul.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(error::message(nul), HasSubstr("parameter $1"));
  EXPECT_EQ(connection->execute("SELECT $1", {to_param("\xFF")}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(PostgresConnection, PreparesAStatementOnce) {
  auto connection = itest_connect();
  for (int i = 0; i < 3; ++i) must(connection->execute("SELECT $1::int4", {to_param(i)}));
  EXPECT_EQ(must(connection->execute(
                     "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE $1",
                     {to_param("SELECT $1::int4%")}))
                .int8(0, 0),
            1);
}

TEST(PostgresConnection, KeepsABoundedNumberOfStatements) {
  auto connection = itest_connect();
  for (int i = 0; i < 300; ++i) must(connection->execute(fmt::format("SELECT {}", i)));
  EXPECT_LE(must(connection->execute("SELECT count(*) FROM pg_prepared_statements")).int8(0, 0),
            256);
}

TEST(PostgresConnection, PreparesAgainWhatTheServerForgotOrChanged) {
  auto connection = itest_connect();
  const std::string select = "SELECT * FROM changing";
  ASSERT_TRUE(connection->execute_script("CREATE TEMP TABLE changing (a int4)").ok());
  EXPECT_EQ(must(connection->execute(select)).columns(), 1);
  ASSERT_TRUE(connection->execute_script("ALTER TABLE changing ADD b text").ok());
  EXPECT_EQ(must(connection->execute(select)).columns(), 2);
  ASSERT_TRUE(connection->execute_script("DEALLOCATE ALL").ok());
  EXPECT_EQ(must(connection->execute(select)).columns(), 2);
}

TEST(PostgresConnection, CancelEndsAStatementOfAnotherThread) {
  auto connection = itest_connect();
  const std::int32_t backend = backend_of(*connection);
  std::jthread canceller([&] {
    auto observer = itest_connect();
    while (must(observer->execute("SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND "
                                  "state = 'active' AND wait_event = 'PgSleep'",
                                  {to_param(backend)}))
               .rows() == 0) {
    }
    connection->cancel();
  });
  const absl::Status cancelled = connection->execute("SELECT pg_sleep(60)").status();
  EXPECT_EQ(cancelled.code(), absl::StatusCode::kCancelled) << cancelled;
  canceller.join();
  EXPECT_FALSE(connection->broken());
  EXPECT_EQ(must(connection->execute("SELECT 1")).int4(0, 0), 1);
}

TEST(PostgresConnection, AStatementBeyondItsTimeoutIsEndedByTheServer) {
  auto connection = itest_connect();
  ASSERT_TRUE(connection->set_statement_timeout(std::chrono::milliseconds{5}).ok());
  EXPECT_EQ(connection->execute("SELECT pg_sleep(60)").status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(connection->broken());
}

TEST(PostgresConnection, AsksTheServerToEndATransactionWhoseClientVanished) {
  ConnectionOptions options = itest_options();
  options.statement_timeout = std::chrono::milliseconds{2000};
  const auto connection = Connection::connect(options);
  ASSERT_TRUE(connection.ok()) << connection.status();
  const auto setting = [&connection](const std::string& name) {
    return std::string(
        must((*connection)->execute("SELECT current_setting($1)", {to_param(name)})).text(0, 0));
  };
  EXPECT_EQ(setting("statement_timeout"), "2s");
  EXPECT_EQ(setting("idle_in_transaction_session_timeout"), "12s");
}

TEST(PostgresConnection, IsBrokenAfterItsServerProcessDied) {
  auto connection = itest_connect();
  EXPECT_TRUE(connection->alive());
  terminate(backend_of(*connection));
  while (connection->alive()) {
  }
  const absl::Status lost = connection->execute("SELECT 1").status();
  EXPECT_EQ(lost.code(), absl::StatusCode::kUnavailable) << lost;
  EXPECT_TRUE(connection->broken());
}

TEST(PostgresTransaction, KeepsWhatWasCommittedAndNothingElse) {
  auto connection = itest_connect();
  ASSERT_TRUE(connection->execute_script("CREATE TEMP TABLE t (a int4)").ok());
  {
    auto transaction = Transaction::begin(*connection);
    ASSERT_TRUE(transaction.ok());
    must(connection->execute("INSERT INTO t VALUES (1)"));
    EXPECT_TRUE(connection->in_transaction());
    EXPECT_TRUE(transaction->commit().ok());
  }
  {
    auto transaction = Transaction::begin(*connection);
    must(connection->execute("INSERT INTO t VALUES (2)"));
  }
  EXPECT_FALSE(connection->in_transaction());
  EXPECT_EQ(must(connection->execute("SELECT sum(a) FROM t")).int8(0, 0), 1);
}

TEST(PostgresTransaction, CommitOfAFailedTransactionIsAFailure) {
  auto connection = itest_connect();
  auto transaction = Transaction::begin(*connection);
  EXPECT_FALSE(connection->execute("SELECT 1/0").ok());
  const absl::Status failure = transaction->commit();
  EXPECT_FALSE(failure.ok());
  EXPECT_FALSE(error::has_unknown_outcome(failure));
}

TEST(PostgresTransaction, TheOutcomeIsUnknownWhenTheLinkBreaksAtCommit) {
  auto connection = itest_connect();
  const std::int32_t backend = backend_of(*connection);
  auto transaction = Transaction::begin(*connection);
  must(connection->execute("SELECT 1"));
  terminate(backend);
  const absl::Status failure = transaction->commit();
  EXPECT_EQ(failure.code(), absl::StatusCode::kUnavailable) << failure;
  EXPECT_TRUE(error::has_unknown_outcome(failure));
  EXPECT_TRUE(connection->broken());
}

}  // namespace
}  // namespace millrace::postgres
