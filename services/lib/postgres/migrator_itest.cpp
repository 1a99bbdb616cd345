// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <thread>

#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/postgres/itest_database.h"
#include "lib/postgres/migrator.h"

namespace millrace::postgres {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kSchema[] = "migrator_itest";
constexpr Migration kFirst{1, "first", "CREATE TABLE migrator_itest.a (x int);"};
constexpr Migration kSecond{
    2, "second",
    "ALTER TABLE migrator_itest.a ADD y int; INSERT INTO migrator_itest.a VALUES (1);"};
// Adds only: whoever knows the first migration may go on.
constexpr Migration kAdding{2, "adding", "CREATE VIEW migrator_itest.v AS TABLE migrator_itest.a;",
                            1};
constexpr Migration kBreaking{3, "breaking", "ALTER TABLE migrator_itest.a RENAME TO b;"};
// For those who know the second.
constexpr Migration kAddingMore{3, "adding_more", "CREATE TABLE migrator_itest.c (x int);", 2};
// The record as versions before oldest_program made it.
constexpr char kOldRecord[] =
    "CREATE SCHEMA migrator_itest; CREATE TABLE migrator_itest.migration ("
    "number int PRIMARY KEY, name text NOT NULL, sha256 bytea NOT NULL, "
    "applied_at timestamptz NOT NULL DEFAULT now());";

class Migrator : public ::testing::Test {
 protected:
  Migrator() : connection_(itest_connect()) { drop(); }
  ~Migrator() override { drop(); }

  void drop() {
    EXPECT_TRUE(
        itest_connect()->execute_script("DROP SCHEMA IF EXISTS migrator_itest CASCADE").ok());
  }
  absl::Status migrate_to(std::span<const Migration> migrations) {
    return migrate(*connection_, kSchema, migrations, platform_);
  }
  static bool exists() {
    return itest_connect()
        ->execute("SELECT to_regnamespace('migrator_itest') IS NOT NULL")
        ->boolean(0, 0);
  }
  std::int64_t count(const std::string& table) {
    return itest_connect()->execute("SELECT count(*) FROM migrator_itest." + table)->int8(0, 0);
  }
  static bool has_oldest_program() {
    return itest_connect()
        ->execute(
            "SELECT count(*) > 0 FROM pg_attribute WHERE attname = 'oldest_program'"
            " AND attrelid = to_regclass('migrator_itest.migration')")
        ->boolean(0, 0);
  }
  // As a version of before oldest_program left it after the first migration.
  void make_old_schema() {
    ASSERT_TRUE(connection_->execute_script(kOldRecord + std::string(kFirst.sql)).ok());
    ASSERT_TRUE(connection_
                    ->execute("INSERT INTO migrator_itest.migration (number, name, sha256)"
                              " VALUES (1, 'first', sha256(convert_to($1, 'UTF8')))",
                              {to_param(kFirst.sql)})
                    .ok());
  }

  log::Logger log_{"itest", log::Level::kError};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  time::SystemClock clock_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
  std::unique_ptr<Connection> connection_;
};

TEST_F(Migrator, AppliesEachMigrationOnce) {
  EXPECT_TRUE(migrate_to(std::array{kFirst}).ok());
  EXPECT_TRUE(migrate_to(std::array{kFirst, kSecond}).ok());
  EXPECT_TRUE(migrate_to(std::array{kFirst, kSecond}).ok());
  EXPECT_EQ(count("a"), 1);
  EXPECT_EQ(count("migration"), 2);
}

TEST_F(Migrator, GivesTheConnectionBackWithItsTimeout) {
  ASSERT_TRUE(connection_->set_statement_timeout(std::chrono::milliseconds{1234}).ok());
  ASSERT_TRUE(migrate_to(std::array{kFirst}).ok());
  EXPECT_EQ(connection_->statement_timeout(), std::chrono::milliseconds{1234});
  EXPECT_EQ(connection_->execute("SELECT current_setting('statement_timeout')")->text(0, 0),
            "1234ms");
}

TEST_F(Migrator, ReplicasMayStartTogether) {
  std::array<absl::Status, 4> done;
  {
    std::vector<std::jthread> replicas;
    for (absl::Status& status : done) {
      replicas.emplace_back([this, &status] {
        auto connection = itest_connect();
        status = migrate(*connection, kSchema, std::array{kFirst, kSecond}, platform_);
      });
    }
  }
  for (const absl::Status& status : done) EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(count("a"), 1);
}

TEST_F(Migrator, GoesOnAfterAKillHalfWay) {
  const Migration dies{
      2, "second",
      "ALTER TABLE migrator_itest.a ADD y int; SELECT pg_terminate_backend(pg_backend_pid());"};
  const absl::Status killed = migrate_to(std::array{kFirst, dies});
  EXPECT_EQ(killed.code(), absl::StatusCode::kUnavailable) << killed;
  EXPECT_THAT(error::message(killed), HasSubstr("migration 2 (\"second\")"));

  connection_ = itest_connect();
  EXPECT_TRUE(migrate_to(std::array{kFirst, kSecond}).ok());
  EXPECT_EQ(count("a"), 1);
}

TEST_F(Migrator, AFailedMigrationLeavesNothingBehind) {
  const Migration wrong{2, "second", "ALTER TABLE migrator_itest.a ADD y int; SELECT 1/0;"};
  EXPECT_FALSE(migrate_to(std::array{kFirst, wrong}).ok());
  EXPECT_TRUE(migrate_to(std::array{kFirst, kSecond}).ok());
}

// A reader that came upon the schema before the first migration's GRANT was told that it lacks the
// rights, and what an operator should do about it.
TEST_F(Migrator, AFailedFirstMigrationLeavesNoSchema) {
  const Migration wrong{1, "first", "CREATE TABLE migrator_itest.a (x int); SELECT 1/0;"};
  EXPECT_FALSE(migrate_to(std::array{wrong}).ok());
  EXPECT_FALSE(exists());
  EXPECT_TRUE(migrate_to(std::array{kFirst}).ok());
}

TEST_F(Migrator, GoesOnWithASchemaThatHasNoMigrationYet) {
  for (const char* made : {"CREATE SCHEMA migrator_itest", kOldRecord}) {
    ASSERT_TRUE(connection_->execute_script(made).ok());
    EXPECT_TRUE(migrate_to(std::array{kFirst}).ok()) << made;
    EXPECT_EQ(count("migration"), 1);
    drop();
  }
}

TEST_F(Migrator, RefusesATextThatChanged) {
  ASSERT_TRUE(migrate_to(std::array{kFirst}).ok());
  const Migration edited{1, "first", "CREATE TABLE migrator_itest.a (x bigint);"};
  const absl::Status refused = migrate_to(std::array{edited});
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(error::message(refused), HasSubstr("migration 1 (\"first\") differs"));
}

TEST_F(Migrator, RefusesASchemaOfANewerMillrace) {
  ASSERT_TRUE(migrate_to(std::array{kFirst, kSecond}).ok());
  const absl::Status refused = migrate_to(std::array{kFirst});
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(error::message(refused), HasSubstr("a newer Millrace ran here"));
}

TEST_F(Migrator, AnOlderProgramMayUseASchemaThatAllowsIt) {
  ASSERT_TRUE(migrate_to(std::array{kFirst, kAdding}).ok());
  EXPECT_TRUE(migrate_to(std::array{kFirst}).ok());
  EXPECT_EQ(count("migration"), 2);
  EXPECT_EQ(count("v"), 0);
}

TEST_F(Migrator, EachOfTheNewerMigrationsHasToAllowIt) {
  ASSERT_TRUE(migrate_to(std::array{kFirst, kAdding, kBreaking}).ok());
  for (const absl::Status& refused :
       {migrate_to(std::array{kFirst}), migrate_to(std::array{kFirst, kAdding})}) {
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(error::message(refused),
                AllOf(HasSubstr("migration 3 (\"breaking\")"), HasSubstr("know migration 3")));
  }
  EXPECT_TRUE(migrate_to(std::array{kFirst, kAdding, kBreaking}).ok());
}

TEST_F(Migrator, AMigrationMayAllowSomeOfTheOlderPrograms) {
  ASSERT_TRUE(migrate_to(std::array{kFirst, kSecond, kAddingMore}).ok());
  EXPECT_EQ(migrate_to(std::array{kFirst}).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(migrate_to(std::array{kFirst, kSecond}).ok());
}

TEST_F(Migrator, AnOlderProgramStillChecksWhatItKnows) {
  ASSERT_TRUE(migrate_to(std::array{kFirst, kAdding}).ok());
  const Migration edited{1, "first", "CREATE TABLE migrator_itest.a (x bigint);"};
  EXPECT_EQ(migrate_to(std::array{edited}).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(Migrator, ReplicasOfTwoVersionsMayStartTogether) {
  std::array<absl::Status, 6> done;
  {
    std::vector<std::jthread> replicas;
    for (std::size_t i = 0; i < done.size(); ++i) {
      replicas.emplace_back([this, i, &status = done[i]] {
        const std::array newer{kFirst, kAdding};
        auto connection = itest_connect();
        status = migrate(*connection, kSchema, std::span(newer).first(1 + i % 2), platform_);
      });
    }
  }
  for (const absl::Status& status : done) EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(count("migration"), 2);
}

TEST_F(Migrator, CompletesARecordOfTheOldForm) {
  make_old_schema();
  EXPECT_TRUE(migrate_to(std::array{kFirst}).ok());
  EXPECT_FALSE(has_oldest_program()) << "nothing was to be recorded";
  EXPECT_TRUE(migrate_to(std::array{kFirst, kAdding}).ok());
  EXPECT_TRUE(has_oldest_program());
  EXPECT_TRUE(migrate_to(std::array{kFirst, kAdding}).ok());
  EXPECT_TRUE(migrate_to(std::array{kFirst}).ok());
}

TEST_F(Migrator, AMigrationThatCannotBeRecordedLeavesTheRecordInItsOldForm) {
  make_old_schema();
  const std::string change = "ALTER TABLE migrator_itest.migration ";
  ASSERT_TRUE(connection_->execute_script(change + "ADD CONSTRAINT one CHECK (number = 1)").ok());
  EXPECT_FALSE(migrate_to(std::array{kFirst, kAdding}).ok());
  EXPECT_FALSE(has_oldest_program());
  ASSERT_TRUE(connection_->execute_script(change + "DROP CONSTRAINT one").ok());
  EXPECT_TRUE(migrate_to(std::array{kFirst, kAdding}).ok());
}

TEST_F(Migrator, AMigrationThatDoesNotSayWhomItAllowsShutsOthersOut) {
  make_old_schema();
  ASSERT_TRUE(connection_
                  ->execute_script("INSERT INTO migrator_itest.migration (number, name, sha256)"
                                   " VALUES (2, 'future', '')")
                  .ok());
  EXPECT_EQ(migrate_to(std::array{kFirst}).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(Migrator, RefusesAnOldestProgramThatCannotBe) {
  for (const int oldest : {0, 3}) {
    const Migration wrong{2, "second", "", oldest};
    EXPECT_EQ(migrate_to(std::array{kFirst, wrong}).code(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_FALSE(exists());
}

TEST_F(Migrator, RefusesGaps) {
  EXPECT_EQ(migrate_to(std::array{kSecond}).code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(migrate_to(std::array{kFirst, kSecond}).ok());
  ASSERT_TRUE(connection_->execute("DELETE FROM migrator_itest.migration WHERE number = 1").ok());
  EXPECT_EQ(migrate_to(std::array{kFirst, kSecond}).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(Migrator, RefusesASchemaNameThatNeedsQuotes) {
  EXPECT_EQ(migrate(*connection_, "a; DROP", {}, platform_).code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace millrace::postgres
