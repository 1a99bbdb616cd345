// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/sqlstate.h"

#include <absl/strings/cord.h>

#include "lib/postgres/connection.h"

namespace millrace::postgres {
namespace {

constexpr char kPayload[] = "millrace/sqlstate";

struct Row {
  std::string_view prefix;  // five characters: a state; two: the rest of its class
  absl::StatusCode code;
};

// The first row that fits counts. Names: Appendix A of PostgreSQL's manual.
constexpr Row kRows[] = {
    {"08", absl::StatusCode::kUnavailable},           // connection exception
    {"57P", absl::StatusCode::kUnavailable},          // shutdown, crash, starting up, dropped
    {"25006", absl::StatusCode::kUnavailable},        // read-only: fail-over in progress
    {"25P03", absl::StatusCode::kUnavailable},        // idle in transaction: the server hung up
    {"57014", absl::StatusCode::kDeadlineExceeded},   // cancelled
    {"40", absl::StatusCode::kAborted},               // serialization failure, deadlock
    {"55P03", absl::StatusCode::kAborted},            // lock not available
    {"55006", absl::StatusCode::kAborted},            // object in use
    {"23505", absl::StatusCode::kAlreadyExists},      // unique violation
    {"23", absl::StatusCode::kFailedPrecondition},    // other constraints
    {"22", absl::StatusCode::kInvalidArgument},       // data exception
    {"53", absl::StatusCode::kResourceExhausted},     // disk, memory, connections
    {"54000", absl::StatusCode::kResourceExhausted},  // a limit of the server's program
    {"58030", absl::StatusCode::kResourceExhausted},  // input/output error
    {"58P01", absl::StatusCode::kInternal},           // file missing
};

}  // namespace

absl::StatusCode code_of_sqlstate(std::string_view state) {
  for (const Row& row : kRows) {
    if (state.starts_with(row.prefix)) return row.code;
  }
  return absl::StatusCode::kInternal;
}

absl::Status with_sqlstate(absl::Status status, const std::string& state) {
  if (!status.ok() && !state.empty()) status.SetPayload(kPayload, absl::Cord(state));
  return status;
}

std::string sqlstate(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace millrace::postgres
