// SPDX-License-Identifier: Apache-2.0
//
// A lock that one session of a database holds at a time, for work that replicas must not do side by
// side. Not tied to a transaction; a lost connection releases it.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"

namespace millrace::postgres {

// For the thread of its connection, which outlives it. Released with the scope.
class SessionLock {
 public:
  // `name`: of the lock, in words; any text.
  SessionLock(Connection& connection, std::string name)
      : connection_(connection), name_(std::move(name)) {}
  ~SessionLock();
  SessionLock(const SessionLock&) = delete;
  SessionLock& operator=(const SessionLock&) = delete;

  // False: another session holds it. Once.
  absl::StatusOr<bool> try_take();

 private:
  Connection& connection_;
  const std::string name_;
  bool taken_ = false;
};

}  // namespace millrace::postgres
