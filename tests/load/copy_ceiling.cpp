// SPDX-License-Identifier: Apache-2.0
//
// The ceiling beneath EPTS: bare binary COPY of the same rows as its frames, one connection,
// batches of 20,000 rows, a commit each. With and without the primary key. No Millrace code but the
// COPY encoder. Prints one JSON line a table.
#include <chrono>
#include <cstdint>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/postgres/connection.h"
#include "lib/postgres/copy_buffer.h"

namespace {

using millrace::postgres::Connection;

struct Options {
  std::string url;
  std::int64_t rows = 1'000'000;
  std::int64_t batch = 20'000;
  int endpoints = 10'000;
  int fields = 8;
};

void check(const absl::Status& status, const char* what) {
  if (status.ok()) return;
  std::cerr << "copy_ceiling: cannot " << what << ": " << millrace::error::message(status) << "\n";
  std::exit(1);
}

class Rows {
 public:
  explicit Rows(const Options& options)
      : options_(options), values_(static_cast<std::size_t>(options.fields)) {}

  std::string_view next_batch() {
    buffer_.clear();
    for (std::int64_t i = 0; i < options_.batch; ++i, ++row_) {
      for (double& value : values_) value = hundredths_(random_) / 100.0;
      buffer_.row(6);
      buffer_.int4(static_cast<std::int32_t>(row_ % options_.endpoints));
      buffer_.int4(1);
      buffer_.timestamp(millrace::time::from_unix_us(1'780'000'000'000'000 + row_ * 10));
      buffer_.int8(row_);
      buffer_.float8_array(values_);
      buffer_.null();
    }
    buffer_.finish();
    return buffer_.data();
  }

 private:
  const Options& options_;
  std::vector<double> values_;
  std::mt19937 random_{42};
  std::uniform_int_distribution<int> hundredths_{0, 999'999};
  std::int64_t row_ = 0;
  millrace::postgres::CopyBuffer buffer_;
};

void measure(Connection& connection, const Options& options, const std::string& key,
             const char* name) {
  check(connection.execute_script(
            "DROP TABLE IF EXISTS copy_ceiling; CREATE TABLE copy_ceiling (endpoint_key int "
            "NOT NULL, layout_key int NOT NULL, time timestamptz NOT NULL, seq bigint NOT NULL, "
            "numbers float8[], texts text[]" +
            key + ")"),
        "make the table");
  Rows rows(options);
  const auto begin = std::chrono::steady_clock::now();
  for (std::int64_t done = 0; done < options.rows; done += options.batch) {
    check(connection.copy_binary("copy_ceiling", rows.next_batch()).status(), "copy");
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double frames_per_second = static_cast<double>(options.rows) / seconds;
  fmt::print(
      "{{\"program\":\"copy_ceiling\",\"table\":\"{}\",\"rows\":{},\"fields\":{},\"seconds\":{:.3f}"
      ","
      "\"frames_per_second\":{:.0f},\"points_per_second\":{:.0f}}}\n",
      name, options.rows, options.fields, seconds, frames_per_second,
      frames_per_second * options.fields);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Bare COPY of frames");
  app.add_option("--database-url", options.url)->required();
  app.add_option("--rows", options.rows)->check(CLI::Range(1, 100'000'000));
  app.add_option("--batch", options.batch)->check(CLI::Range(1, 1'000'000));
  app.add_option("--endpoints", options.endpoints)->check(CLI::Range(1, 1'000'000));
  app.add_option("--fields", options.fields)->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);

  auto connection = Connection::connect({.url = options.url, .application_name = "copy_ceiling"});
  check(connection.status(), "connect");
  measure(**connection, options, "", "no index");
  measure(**connection, options, ", PRIMARY KEY (endpoint_key, time, layout_key)", "primary key");
  check((*connection)->execute_script("DROP TABLE copy_ceiling"), "remove the table");
  return 0;
}
