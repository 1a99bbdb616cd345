// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/error/error.h"
#include "lib/postgres/itest_database.h"

namespace millrace::postgres {
namespace {

std::string& url() {
  static std::string url;
  return url;
}

}  // namespace

ConnectionOptions itest_options() {
  ConnectionOptions options;
  options.url = url();
  options.application_name = "millrace-itest";
  return options;
}

std::unique_ptr<Connection> itest_connect() {
  auto connection = Connection::connect(itest_options());
  if (!connection.ok()) {
    fmt::print(stderr, "{}\n", error::message(connection.status()));
    std::exit(2);
  }
  return *std::move(connection);
}

}  // namespace millrace::postgres

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  constexpr std::string_view kFlag = "--database-url=";
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]).starts_with(kFlag)) {
      millrace::postgres::url() = argv[i] + kFlag.size();
    }
  }
  if (millrace::postgres::url().empty()) {
    fmt::print(stderr, "usage: {} --database-url=postgresql://…\n", argv[0]);
    return 2;
  }
  return RUN_ALL_TESTS();
}
