// SPDX-License-Identifier: Apache-2.0
//
// What a Result holds. Internal to lib/postgres.
#pragma once

#include "lib/postgres/connection.h"
#include "lib/postgres/link.h"

namespace millrace::postgres {

struct Result::State {
  ResultHandle handle;
};

}  // namespace millrace::postgres
