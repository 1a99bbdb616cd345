// SPDX-License-Identifier: Apache-2.0
//
// A connection to PostgreSQL over libpq, with binary parameters, results and COPY both ways.
// libpq-fe.h is included by .cpp files of lib/postgres only. Why libpq and not libpqxx:
// docs/decisions/0003-libpq.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/time/clock.h"

namespace millrace::postgres {

// A parameter of a statement, sent in binary with its type. Built by the to_param overloads;
// std::nullopt is NULL.
struct Param {
  std::uint32_t type_oid = 0;
  bool null = false;
  std::string bytes;
  // A text with NUL, which PostgreSQL cannot hold: execute() refuses it with kInvalidArgument.
  bool has_nul = false;
};

Param to_param(std::string_view text);  // text
Param to_param(const char* text);
Param to_param(std::int64_t number);  // int8
Param to_param(std::int32_t number);  // int4
Param to_param(double number);        // float8
Param to_param(bool value);
Param to_param(time::UnixMicros time);                     // timestamptz
Param bytea_param(std::string_view bytes);                 // bytea
Param null_param();                                        // NULL of unknown type
Param to_param(const std::vector<std::int64_t>& numbers);  // int8[]
Param to_param(const std::vector<std::int32_t>& numbers);  // int4[]
Param to_param(const std::vector<std::string>& texts);     // text[]
template <class T>
Param to_param(const std::optional<T>& value) {
  return value ? to_param(*value) : null_param();
}

// Rows of one answer, in binary form. Values are read with the getter of the column's SQL type;
// reading another type or a NULL is a bug of ours (checked, aborts).
class Result {
 public:
  Result();
  Result(Result&&) noexcept;
  Result& operator=(Result&&) noexcept;
  ~Result();

  int rows() const;
  int columns() const;
  // Rows an INSERT, UPDATE or DELETE touched.
  std::int64_t affected_rows() const;

  bool is_null(int row, int column) const;
  std::int16_t int2(int row, int column) const;
  std::int32_t int4(int row, int column) const;
  std::int64_t int8(int row, int column) const;
  double float8(int row, int column) const;
  bool boolean(int row, int column) const;
  // text, varchar, name or json; valid as long as the Result, like bytea().
  std::string_view text(int row, int column) const;
  std::string_view bytea(int row, int column) const;
  time::UnixMicros timestamp(int row, int column) const;
  std::vector<std::int32_t> int4_array(int row, int column) const;
  std::vector<std::int64_t> int8_array(int row, int column) const;
  // NULL elements are null_pattern() of copy_buffer.h. Elsewhere NULL elements are a bug of ours.
  std::vector<double> float8_array(int row, int column) const;
  std::vector<std::string> text_array(int row, int column) const;
  // NULL elements are nothing.
  std::vector<std::optional<std::string>> nullable_text_array(int row, int column) const;

 private:
  friend class Connection;
  struct State;
  std::unique_ptr<State> state_;
};

struct ConnectionOptions {
  std::string url = "postgresql:///millrace";  // or keyword=value …; options in it win
  std::string application_name;
  std::chrono::milliseconds connect_timeout{5000};
  // Of each statement (statement_timeout); 0: none. A server that does not answer at all is given
  // up 10 s later, and the connection with it.
  std::chrono::milliseconds statement_timeout{30000};
};

// For one thread at a time, except cancel(). Failures carry SQLSTATE (see sqlstate.h) as absl
// codes: kUnavailable the connection is lost or the server refuses connections (then broken() is
// true, or retry later), kAborted serialization failure or deadlock, kAlreadyExists unique
// violation, kFailedPrecondition other constraints, kInvalidArgument data errors (class 22),
// kResourceExhausted disk or memory full, too many connections, kDeadlineExceeded statement
// timeout, kCancelled cancelled by cancel(), kInternal else (a bug of ours or a wrong schema).
class Connection {
 public:
  static absl::StatusOr<std::unique_ptr<Connection>> connect(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // True after the link failed: the object is of no more use.
  bool broken() const;
  // Looks, without waiting, whether the server has closed an idle link meanwhile.
  bool alive();
  // BEGIN without its end.
  bool in_transaction() const;
  // From the next statement on; 0: none.
  absl::Status set_statement_timeout(std::chrono::milliseconds timeout);
  // What was set last; at first that of the options.
  std::chrono::milliseconds statement_timeout() const;

  // One statement, binary results. Statements with the same text are prepared once per connection.
  absl::StatusOr<Result> execute(const std::string& sql, const std::vector<Param>& params = {});
  // Several statements separated by semicolons, no parameters, no results: migrations.
  absl::Status execute_script(const std::string& sql);

  // COPY <target> FROM STDIN (FORMAT binary). `rows` comes from a CopyBuffer. Returns rows copied.
  absl::StatusOr<std::int64_t> copy_binary(const std::string& target, std::string_view rows);

  // Ends a statement running in another thread; safe to call from any thread. Returns at once: the
  // request goes its own way, and may hit a later statement if that begins meanwhile.
  void cancel();
  // Waits until no such request is on its way; false after `wait`. The destructor waits without an
  // end.
  bool settle_cancel(std::chrono::milliseconds wait);

 private:
  friend class Transaction;
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// BEGIN at construction time through begin(), ROLLBACK unless committed.
class Transaction {
 public:
  static absl::StatusOr<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // A failure with error::has_unknown_outcome(): the link broke before the answer came.
  absl::Status commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;  // null once ended
};

// SQLSTATE of a failure of Connection ("23505"), empty where none came from the server.
std::string sqlstate(const absl::Status& status);

}  // namespace millrace::postgres
