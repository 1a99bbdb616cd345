// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/migrator.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::postgres {
namespace {

// Text to put into SQL as an identifier without quotes.
bool is_plain_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

absl::Status check_numbers(std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    const Migration& migration = migrations[i];
    if (migration.number != static_cast<int>(i) + 1) {
      return absl::FailedPreconditionError(
          fmt::format("cannot migrate: migration number {} (\"{}\") stands where number {} belongs",
                      migration.number, migration.name, i + 1));
    }
    if (migration.oldest_program < 1 || migration.oldest_program > migration.number) {
      return absl::FailedPreconditionError(
          fmt::format("cannot migrate: migration {} (\"{}\") names {} as its oldest program, which "
                      "must be between 1 and its own number",
                      migration.number, migration.name, migration.oldest_program));
    }
  }
  return absl::OkStatus();
}

// One replica at a time. The lock belongs to the session: a killed process gives it back.
class Lock {
 public:
  static absl::StatusOr<Lock> take(Connection& connection, const std::string& schema) {
    const auto locked = connection.execute(
        "SELECT pg_advisory_lock(hashtextextended('millrace migration of ' || $1, 0))::text",
        {to_param(schema)});
    if (!locked.ok()) return locked.status();
    return Lock(connection, schema);
  }
  Lock(Lock&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)), schema_(std::move(other.schema_)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock() {
    if (connection_ == nullptr || connection_->broken()) return;
    (void)connection_->execute(
        "SELECT pg_advisory_unlock(hashtextextended('millrace migration of ' || $1, 0))",
        {to_param(schema_)});
  }

 private:
  Lock(Connection& connection, std::string schema)
      : connection_(&connection), schema_(std::move(schema)) {}
  Connection* connection_;
  std::string schema_;
};

absl::StatusOr<bool> has_record_table(Connection& connection, const std::string& schema) {
  MILLRACE_ASSIGN_OR_RETURN(const Result found,
                            connection.execute("SELECT to_regclass($1) IS NOT NULL",
                                               {to_param(fmt::format("{}.migration", schema))}));
  return found.boolean(0, 0);
}

// In the transaction of the first migration: nobody ever sees a schema without the tables and the
// rights that migration gives it. Killed earlier versions may have left one, hence IF NOT EXISTS.
absl::Status make_record_table(Connection& connection, const std::string& schema) {
  // CREATE SCHEMA IF NOT EXISTS wants the privilege even when the schema exists.
  MILLRACE_ASSIGN_OR_RETURN(
      const Result found,
      connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = $1", {to_param(schema)}));
  if (found.rows() == 0) {
    MILLRACE_RETURN_IF_ERROR(connection.execute_script("CREATE SCHEMA " + schema));
  }
  return connection.execute_script(
      fmt::format("CREATE TABLE IF NOT EXISTS {}.migration ("
                  "number int PRIMARY KEY, name text NOT NULL, sha256 bytea NOT NULL, "
                  "applied_at timestamptz NOT NULL DEFAULT now())",
                  schema));
}

// Versions before it made none, and their record gets it with the next migration. Asked for first,
// because ADD COLUMN IF NOT EXISTS would lock the record each time, and wait for a running backup.
absl::Status complete_record_table(Connection& connection, const std::string& schema) {
  MILLRACE_ASSIGN_OR_RETURN(
      const Result found,
      connection.execute("SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1)"
                         " AND attname = 'oldest_program' AND NOT attisdropped",
                         {to_param(fmt::format("{}.migration", schema))}));
  if (found.rows() > 0) return absl::OkStatus();
  return connection.execute_script(
      fmt::format("ALTER TABLE {}.migration ADD COLUMN IF NOT EXISTS oldest_program int", schema));
}

// Of the migrations applied so far: number, name, SHA-256, oldest program. Through jsonb, because
// the last column may not be there yet; what does not say so allows no older program.
absl::StatusOr<Result> read_record(Connection& connection, const std::string& schema) {
  return connection.execute(
      fmt::format("SELECT number, name, sha256,"
                  " coalesce((to_jsonb(m) ->> 'oldest_program')::int, number)"
                  " FROM {}.migration m ORDER BY number",
                  schema));
}

absl::Status check_allows(const Result& record, int row, const std::string& schema, int known) {
  const int oldest_program = record.int4(row, 3);
  if (oldest_program <= known) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format(
      "cannot use schema {}: after its migration {} (\"{}\") only programs that know migration {} "
      "may, this program knows {}: a newer Millrace ran here; start that version or a later one",
      schema, record.int4(row, 0), record.text(row, 1), oldest_program, known));
}

absl::Status check_unchanged(Connection& connection, const Result& record, int row,
                             const std::string& schema, const Migration& ours) {
  MILLRACE_ASSIGN_OR_RETURN(
      const Result same,
      connection.execute("SELECT sha256(convert_to($1, 'UTF8')) = $2",
                         {to_param(ours.sql), bytea_param(record.bytea(row, 2))}));
  if (same.boolean(0, 0)) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format(
      "cannot migrate schema {}: the text of migration {} (\"{}\") differs from the one that was "
      "applied; changes belong into a new migration",
      schema, ours.number, ours.name));
}

// How many migrations the schema has, after checking that those we know are the same and that the
// others allow us.
absl::StatusOr<int> applied_count(Connection& connection, const std::string& schema,
                                  std::span<const Migration> migrations) {
  MILLRACE_ASSIGN_OR_RETURN(const bool has_record, has_record_table(connection, schema));
  if (!has_record) return 0;
  MILLRACE_ASSIGN_OR_RETURN(const Result record, read_record(connection, schema));
  const int known = static_cast<int>(migrations.size());
  for (int row = 0; row < record.rows(); ++row) {
    if (record.int4(row, 0) != row + 1) {
      return absl::FailedPreconditionError(
          fmt::format("cannot migrate schema {}: its record {}.migration lacks number {}", schema,
                      schema, row + 1));
    }
    if (row < known) {
      const Migration& ours = migrations[static_cast<std::size_t>(row)];
      MILLRACE_RETURN_IF_ERROR(check_unchanged(connection, record, row, schema, ours));
    } else {
      MILLRACE_RETURN_IF_ERROR(check_allows(record, row, schema, known));
    }
  }
  return record.rows();
}

absl::Status apply(Connection& connection, const std::string& schema, const Migration& migration) {
  MILLRACE_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(connection));
  if (migration.number == 1) MILLRACE_RETURN_IF_ERROR(make_record_table(connection, schema));
  MILLRACE_RETURN_IF_ERROR(connection.execute_script(std::string(migration.sql)));
  MILLRACE_RETURN_IF_ERROR(complete_record_table(connection, schema));
  MILLRACE_ASSIGN_OR_RETURN(
      const Result recorded,
      connection.execute(
          fmt::format("INSERT INTO {}.migration (number, name, sha256, oldest_program) "
                      "VALUES ($1, $2, sha256(convert_to($3, 'UTF8')), $4)",
                      schema),
          {to_param(std::int32_t{migration.number}), to_param(migration.name),
           to_param(migration.sql), to_param(std::int32_t{migration.oldest_program})}));
  return transaction.commit();
}

absl::Status migrate_under_lock(Connection& connection, const std::string& schema,
                                std::span<const Migration> migrations,
                                process::Platform& platform) {
  MILLRACE_ASSIGN_OR_RETURN(const Lock lock, Lock::take(connection, schema));
  MILLRACE_ASSIGN_OR_RETURN(const int applied, applied_count(connection, schema, migrations));
  const auto known = static_cast<int>(migrations.size());
  if (applied > known) {
    platform.log.warning("schema is newer than this program, which may use it",
                         {{"schema", schema}, {"number", applied}, {"known", known}});
    return absl::OkStatus();
  }
  for (const Migration& migration : migrations.subspan(static_cast<std::size_t>(applied))) {
    MILLRACE_RETURN_IF_ERROR(
        error::prefixed(fmt::format("cannot apply migration {} (\"{}\") to schema {}",
                                    migration.number, migration.name, schema),
                        apply(connection, schema, migration)));
    platform.log.info("applied migration",
                      {{"schema", schema}, {"number", migration.number}, {"name", migration.name}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status migrate(Connection& connection, const std::string& schema,
                     std::span<const Migration> migrations, process::Platform& platform) {
  if (!is_plain_name(schema)) {
    return absl::InvalidArgumentError(
        fmt::format("cannot migrate schema \"{}\": its name may have a-z and _ only", schema));
  }
  MILLRACE_RETURN_IF_ERROR(check_numbers(migrations));
  // Waiting for another replica's migration, and our own on large tables, may take any time.
  const std::chrono::milliseconds timeout = connection.statement_timeout();
  MILLRACE_RETURN_IF_ERROR(connection.set_statement_timeout(std::chrono::milliseconds{0}));
  absl::Status migrated = migrate_under_lock(connection, schema, migrations, platform);
  if (!connection.broken()) migrated.Update(connection.set_statement_timeout(timeout));
  return migrated;
}

}  // namespace millrace::postgres
