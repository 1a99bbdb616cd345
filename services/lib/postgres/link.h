// SPDX-License-Identifier: Apache-2.0
//
// libpq's connection driven without blocking calls, so that a server that falls silent is given up
// after a deadline. Internal to lib/postgres: Connection is built on it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time/clock.h"

struct pg_conn;  // libpq's PGconn and PGresult, without libpq-fe.h
struct pg_result;

namespace millrace::postgres {

struct ClearResult {
  void operator()(pg_result* result) const;
};
using ResultHandle = std::unique_ptr<pg_result, ClearResult>;

// Builds the keyword/value pairs' "options" text: ours first, so that `theirs` wins.
std::string startup_options(std::chrono::milliseconds statement_timeout, std::string_view theirs);

// For one thread at a time.
class Link {
 public:
  static absl::StatusOr<std::unique_ptr<Link>> open(const ConnectionOptions& options);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // How long the server may take for one call; 0: for ever.
  void set_answer_timeout(std::chrono::milliseconds timeout) { answer_timeout_ = timeout; }

  // `sent` is what a PQsend… function returned. Writes it out and waits for every result of it.
  // Returns the last one, or the first failure; either way the link can take the next call, unless
  // broken().
  absl::StatusOr<ResultHandle> finish(int sent);
  // Same for COPY FROM STDIN: begin waits for the server's readiness, then send and end.
  absl::Status begin_copy(int sent);
  absl::Status send_copy(std::string_view chunk);
  absl::StatusOr<ResultHandle> end_copy();

  // Simple protocol, for BEGIN, COMMIT and scripts.
  absl::StatusOr<ResultHandle> simple(const std::string& sql);

  bool broken() const;
  // Reads what the server may have said while idle.
  bool alive();
  bool in_transaction() const;
  bool idle() const;  // neither in a transaction nor at work
  pg_conn* connection() const { return connection_; }

 private:
  using Deadline = std::optional<time::Instant>;
  explicit Link(pg_conn* connection) : connection_(connection) {}

  Deadline deadline() const;
  absl::Status wait(short events, Deadline deadline);
  absl::Status flush(Deadline deadline);
  absl::StatusOr<ResultHandle> next_result(Deadline deadline);
  absl::StatusOr<ResultHandle> drain(Deadline deadline);
  absl::Status lost(const std::string& cause);
  absl::Status failure_of(const pg_result& result);

  pg_conn* connection_;
  std::chrono::milliseconds answer_timeout_{0};
  bool given_up_ = false;
};

}  // namespace millrace::postgres
