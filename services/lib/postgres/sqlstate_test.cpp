// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/sqlstate.h"

#include <gtest/gtest.h>

#include "lib/error/error.h"
#include "lib/postgres/connection.h"

namespace millrace::postgres {
namespace {

TEST(Sqlstate, SaysWhatACallerCanDo) {
  using enum absl::StatusCode;
  const struct {
    const char* state;
    absl::StatusCode code;
  } kTable[] = {
      {"08000", kUnavailable},         // connection exception
      {"08006", kUnavailable},         // connection failure
      {"57P01", kUnavailable},         // admin shutdown
      {"57P02", kUnavailable},         // crash shutdown
      {"57P03", kUnavailable},         // cannot connect now
      {"25006", kUnavailable},         // read only transaction
      {"25P03", kUnavailable},         // idle in transaction session timeout
      {"57014", kDeadlineExceeded},    // query canceled
      {"40001", kAborted},             // serialization failure
      {"40P01", kAborted},             // deadlock detected
      {"55P03", kAborted},             // lock not available
      {"55006", kAborted},             // object in use
      {"23505", kAlreadyExists},       // unique violation
      {"23503", kFailedPrecondition},  // foreign key violation
      {"23514", kFailedPrecondition},  // check violation
      {"23502", kFailedPrecondition},  // not null violation
      {"22021", kInvalidArgument},     // character not in repertoire
      {"22003", kInvalidArgument},     // numeric value out of range
      {"22008", kInvalidArgument},     // datetime field overflow
      {"53100", kResourceExhausted},   // disk full
      {"53200", kResourceExhausted},   // out of memory
      {"53300", kResourceExhausted},   // too many connections
      {"54000", kResourceExhausted},   // program limit exceeded
      {"58030", kResourceExhausted},   // io error
      {"42601", kInternal},            // syntax error
      {"42P01", kInternal},            // undefined table
      {"42501", kInternal},            // insufficient privilege
      {"25P02", kInternal},            // in failed transaction
      {"XX000", kInternal},            // internal error
      {"", kInternal},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(code_of_sqlstate(row.state), row.code) << row.state;
  }
}

TEST(Sqlstate, TravelsWithTheStatus) {
  const absl::Status status = with_sqlstate(absl::AlreadyExistsError("taken"), "23505");
  EXPECT_EQ(sqlstate(status), "23505");
  EXPECT_EQ(sqlstate(error::prefixed("cannot store", status)), "23505");
}

TEST(Sqlstate, IsEmptyWhereTheServerGaveNone) {
  EXPECT_EQ(sqlstate(absl::OkStatus()), "");
  EXPECT_EQ(sqlstate(absl::UnavailableError("gone")), "");
  EXPECT_EQ(sqlstate(with_sqlstate(absl::OkStatus(), "23505")), "");
}

}  // namespace
}  // namespace millrace::postgres
