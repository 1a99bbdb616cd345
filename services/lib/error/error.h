// SPDX-License-Identifier: Apache-2.0
//
// What Abseil's status lacks: the two questions a caller has about a failure. The codes are gRPC's
// (absl::StatusCode); messages follow one grammar: cannot + verb + object + offending value +
// cause, and a hint with the setting's name where one helps.
#pragma once

#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace millrace::error {

// Whether the same call may succeed later without anything being mended by hand: the peer is away,
// busy or restarting. True for kUnavailable, kAborted, kDeadlineExceeded and kResourceExhausted.
bool is_retryable(const absl::Status& status);

// Marks a failure after which nobody knows whether the effect took place: the connection broke
// between COMMIT and its answer. The caller redoes the work, which must be idempotent.
absl::Status with_unknown_outcome(absl::Status status);
bool has_unknown_outcome(const absl::Status& status);

// The same status with `context` and ": " before its message; an OK status unchanged.
absl::Status prefixed(const std::string& context, const absl::Status& status);

// status.message() as a std::string (Debian's Abseil has a string_view type of its own).
std::string message(const absl::Status& status);

}  // namespace millrace::error

// NOLINTBEGIN(cppcoreguidelines-macro-usage, bugprone-macro-parentheses): a macro is the only way
// to return from the caller, and `lhs` may be a declaration.
#define MILLRACE_CONCAT_INNER(a, b) a##b
#define MILLRACE_CONCAT(a, b) MILLRACE_CONCAT_INNER(a, b)

// MILLRACE_RETURN_IF_ERROR(expression of type absl::Status);
#define MILLRACE_RETURN_IF_ERROR(expression)           \
  do {                                                 \
    absl::Status millrace_status = (expression);       \
    if (!millrace_status.ok()) return millrace_status; \
  } while (false)

// MILLRACE_ASSIGN_OR_RETURN(auto value, expression of type absl::StatusOr<T>);
#define MILLRACE_ASSIGN_OR_RETURN(lhs, expression) \
  MILLRACE_ASSIGN_OR_RETURN_INNER(MILLRACE_CONCAT(millrace_result_, __LINE__), lhs, expression)
#define MILLRACE_ASSIGN_OR_RETURN_INNER(result, lhs, expression) \
  auto result = (expression);                                    \
  if (!result.ok()) return result.status();                      \
  lhs = *std::move(result)
// NOLINTEND(cppcoreguidelines-macro-usage, bugprone-macro-parentheses)
