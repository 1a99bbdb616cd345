// SPDX-License-Identifier: Apache-2.0
//
// What a SQLSTATE of PostgreSQL means to a caller: the only such mapping.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/status.h>

namespace millrace::postgres {

// kUnavailable, kAborted, kAlreadyExists, kFailedPrecondition, kInvalidArgument,
// kResourceExhausted or kInternal, as connection.h says; kDeadlineExceeded for a statement that
// was cancelled (57014), because the statement timeout is the usual cause: Connection makes
// kCancelled of it when its cancel() was.
absl::StatusCode code_of_sqlstate(std::string_view state);

// The same status carrying `state`, read back by sqlstate(status).
absl::Status with_sqlstate(absl::Status status, const std::string& state);

}  // namespace millrace::postgres
