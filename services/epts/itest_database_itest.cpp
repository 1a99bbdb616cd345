// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "epts/fakes.h"
#include "epts/itest_database.h"
#include "epts/schema.h"
#include "lib/error/error.h"

namespace millrace::epts {
namespace {

Settings& settings() {
  static Settings settings;
  return settings;
}

std::unique_ptr<postgres::Connection> connect() {
  auto connection = postgres::Connection::connect(database_options(settings()));
  if (!connection.ok()) {
    fmt::print(stderr, "{}\n", error::message(connection.status()));
    std::exit(2);
  }
  return *std::move(connection);
}

}  // namespace

const Settings& itest_settings() {
  return settings();
}

void run_sql(const std::string& sql) {
  const absl::Status done = connect()->execute_script(sql);
  EXPECT_TRUE(done.ok()) << done;
}

void drop_schema() {
  run_sql("DROP SCHEMA IF EXISTS time_series CASCADE");
}

void make_schema() {
  drop_schema();
  FakeOutside outside;
  const absl::Status made = migrate(settings(), outside.platform, {});
  EXPECT_TRUE(made.ok()) << made;
}

std::string ask(const std::string& sql) {
  const auto rows = connect()->execute("SELECT (" + sql + ")::text");
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows.ok() && !rows->is_null(0, 0) ? std::string(rows->text(0, 0)) : "";
}

}  // namespace millrace::epts

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  constexpr std::string_view kFlag = "--database-url=";
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]).starts_with(kFlag)) {
      millrace::epts::settings().database_url = argv[i] + kFlag.size();
    }
  }
  return RUN_ALL_TESTS();
}
