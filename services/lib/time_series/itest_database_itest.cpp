// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "lib/error/error.h"
#include "lib/postgres/migrator.h"
#include "lib/time_series/itest_database.h"
#include "lib/time_series/migrations.h"

namespace millrace::time_series {
namespace {

std::string& server_url() {
  static std::string url;
  return url;
}

std::string database_name() {
  return fmt::format("millrace_time_series_itest_{}", ::getpid());
}

[[noreturn]] void give_up(const absl::Status& status) {
  fmt::print(stderr, "{}\n", error::message(status));
  std::exit(2);
}

std::unique_ptr<postgres::Connection> connect(const postgres::ConnectionOptions& options) {
  auto connection = postgres::Connection::connect(options);
  if (!connection.ok()) give_up(connection.status());
  return *std::move(connection);
}

void run_on_server(const std::string& sql) {
  postgres::ConnectionOptions options;
  options.url = server_url();
  const absl::Status status = connect(options)->execute_script(sql);
  if (!status.ok()) give_up(status);
}

class Database : public testing::Environment {
 public:
  void SetUp() override {
    run_on_server("CREATE DATABASE " + database_name());
    log::Logger log("itest", log::Level::kWarning);
    metrics::Registry metrics;
    process::Readiness readiness;
    const time::SystemClock clock;
    process::Platform platform{log, metrics, readiness, clock};
    const absl::Status status =
        postgres::migrate(*itest_connect(), "time_series", migrations(), platform);
    if (!status.ok()) give_up(status);
  }
  void TearDown() override { run_on_server("DROP DATABASE " + database_name()); }
};

}  // namespace

postgres::ConnectionOptions itest_options() {
  postgres::ConnectionOptions options;
  const std::string& url = server_url();
  const bool is_uri = url.find("://") != std::string::npos;
  const char* separator = !is_uri ? " " : url.find('?') == std::string::npos ? "?" : "&";
  options.url = url + separator + "dbname=" + database_name();
  options.application_name = "millrace-itest";
  return options;
}

std::unique_ptr<postgres::Connection> itest_connect() {
  return connect(itest_options());
}

}  // namespace millrace::time_series

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  constexpr std::string_view kFlag = "--database-url=";
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]).starts_with(kFlag)) {
      millrace::time_series::server_url() = argv[i] + kFlag.size();
    }
  }
  if (millrace::time_series::server_url().empty()) {
    fmt::print(stderr, "usage: {} --database-url=postgresql://…\n", argv[0]);
    return 2;
  }
  // GoogleTest owns it.
  testing::AddGlobalTestEnvironment(new millrace::time_series::Database);
  return RUN_ALL_TESTS();
}
