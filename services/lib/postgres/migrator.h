// SPDX-License-Identifier: Apache-2.0
//
// Schema migrations: numbered SQL texts compiled into the service that owns the schema.
#pragma once

#include <span>
#include <string_view>

#include <absl/status/status.h>

#include "lib/postgres/connection.h"
#include "lib/process/platform.h"

namespace millrace::postgres {

struct Migration {
  int number = 0;  // 1, 2, 3 … without gaps
  std::string_view name;
  std::string_view sql;
  // The last migration that a program has to know to go on working on the schema after this one.
  // Its own number where older programs would do wrong or fail; a lower one where they find all
  // they need, as after a new view. Then they may be started again: docs/decisions/0010.
  int oldest_program = number;
};

// Brings schema `schema` up to the last migration, each in its own transaction with its record in
// <schema>.migration, under an advisory lock, so that replicas may start together. The first one's
// transaction makes the schema and the record too: others see no schema, or one they can use.
// Killed half-way it goes on at the next start. A schema with migrations that we do not know (a
// newer Millrace ran) is left as it is, and kOk with a warning in the log where each of them allows
// programs as old as ours. kFailedPrecondition: one of them does not; a gap; a text that has
// changed since.
absl::Status migrate(Connection& connection, const std::string& schema,
                     std::span<const Migration> migrations, process::Platform& platform);

}  // namespace millrace::postgres
