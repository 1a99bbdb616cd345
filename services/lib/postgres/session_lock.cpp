// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/session_lock.h"

#include "lib/error/error.h"

namespace millrace::postgres {

absl::StatusOr<bool> SessionLock::try_take() {
  static const std::string kSql = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
  MILLRACE_ASSIGN_OR_RETURN(const auto rows, connection_.execute(kSql, {to_param(name_)}));
  taken_ = rows.boolean(0, 0);
  return taken_;
}

SessionLock::~SessionLock() {
  static const std::string kSql = "SELECT pg_advisory_unlock(hashtextextended($1, 0))";
  if (taken_ && !connection_.broken()) (void)connection_.execute(kSql, {to_param(name_)});
}

}  // namespace millrace::postgres
