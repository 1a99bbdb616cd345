// SPDX-License-Identifier: Apache-2.0
//
// For tests: what is answered while nobody is at the database's address.
#pragma once

#include <gtest/gtest.h>

#include "lib/postgres/pool.h"
#include "lib/process/platform.h"

namespace millrace::registry {

class NoDatabaseTest : public ::testing::Test {
 protected:
  static postgres::ConnectionOptions nowhere() {
    postgres::ConnectionOptions options;
    options.url = "postgresql://127.0.0.1:1/none";
    return options;
  }

  log::Logger log_{"test", log::Level::kError};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  time::ManualClock clock_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
  postgres::Pool pool_{nowhere(), 1};
};

}  // namespace millrace::registry
