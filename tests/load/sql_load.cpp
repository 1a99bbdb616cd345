// SPDX-License-Identifier: Apache-2.0
//
// The ceiling beneath query: the same question as bare SQL, answered in PostgreSQL's binary form to
// libpq, which throws it away. Prints one JSON line.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "clients.h"
#include "lib/error/error.h"
#include "lib/postgres/connection.h"

namespace {

using millrace::postgres::Connection;

template <typename Answer>
void check(const Answer& answer, const char* what) {
  if (answer.ok()) return;
  std::cerr << "sql_load: cannot " << what << ": " << millrace::error::message(answer.status())
            << "\n";
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  std::string url;
  std::string sql;
  std::string question;
  millrace::load::ClientOptions options;
  CLI::App app("A question in SQL, again and again");
  app.add_option("--database-url", url)->required();
  app.add_option("--sql", sql, "One statement.")->required();
  app.add_option("--question", question, "Its name.")->required();
  app.add_option("--clients", options.clients)->check(CLI::Range(1, 200));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.1, 600.0));
  CLI11_PARSE(app, argc, argv);

  millrace::load::Clients clients(options);
  clients.run([&]() -> millrace::load::Ask {
    auto connection = Connection::connect({.url = url, .application_name = "sql_load"});
    check(connection, "connect");
    return [&sql, connection = std::shared_ptr<Connection>(*std::move(connection))] {
      const auto rows = connection->execute(sql);
      check(rows, "execute the statement");
      return static_cast<std::int64_t>(rows->rows());
    };
  });
  clients.print("sql_load", question);
  return 0;
}
