// SPDX-License-Identifier: Apache-2.0
//
// Settings of a service: declared once, filled from flags and environment, checked as a whole.
//
// A service has one `struct Settings` with its defaults and one `config::SettingsTable declare()`
// that names each field with its bounds and one sentence. Setting `http-listen` is the flag
// --http-listen and the environment variable MILLRACE_HTTP_LISTEN; the flag wins. Nothing else in
// the tree reads the environment. Uses CLI11.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace millrace::config {

struct Listen {
  std::string host;
  std::uint16_t port = 0;  // 0: the system chooses (tests)
};

// What a command line asks a service to do.
enum class Action {
  kRun,
  kCheckConfig,
  kPrintSettings,
  kPrintSettingsMarkdown,
  kMigrateOnly,
  kHelp,
  kVersion
};

class SettingsTable {
 public:
  // What else a text must be; kInvalidArgument says it without quoting the text.
  using Check = std::function<absl::Status(const std::string&)>;

  // What the pointers point to is the default; they must stay valid as long as parse() and print()
  // are called.
  // A text() or secret() whose default is empty must be given, except to print the table.
  void text(std::string name, std::string* target, std::string help);           // not empty
  void optional_text(std::string name, std::string* target, std::string help);  // may be empty
  // Separated by commas, not empty; printed without credentials: nats://***@host.
  void urls(std::string name, std::string* target, std::string help);
  // Printed as ***.
  void secret(std::string name, std::string* target, std::string help, Check check = nullptr);
  void listen(std::string name, Listen* target, std::string help);  // host:port, [::1]:port
  // The same, or "off": nothing.
  void optional_listen(std::string name, std::optional<Listen>* target, std::string help);
  void boolean(std::string name, bool* target, std::string help);  // true | false
  void integer(std::string name, std::int64_t* target, std::int64_t min, std::int64_t max,
               std::string help);
  // "4096", "64KiB", "16MiB", "8GiB"; bytes.
  void bytes(std::string name, std::int64_t* target, std::int64_t min, std::int64_t max,
             std::string help);
  // "250ms", "5s", "10m", "2h", "30d".
  void duration(std::string name, std::chrono::milliseconds* target, std::chrono::milliseconds min,
                std::chrono::milliseconds max, std::string help);
  void choice(std::string name, std::string* target, std::vector<std::string> choices,
              std::string help);

  // What must hold between settings, looked at when each of them is usable; kInvalidArgument names
  // them and says what to give.
  void rule(std::function<absl::Status()> holds);

  // Fills the targets from the command line and the environment (`environment`: "NAME=value"
  // strings). Of a flag given twice the last counts. --help and --version are answered without
  // looking at anything else. On faults returns kInvalidArgument with all of them, a line each:
  // setting, value, what is allowed. An environment variable with our prefix that is no setting but
  // nearly one ("did you mean") is a fault; others of the prefix are left to the services they
  // belong to. `allow_migrate_only` adds --migrate-only.
  absl::StatusOr<Action> parse(int argc, const char* const* argv,
                               const std::vector<std::string>& environment,
                               bool allow_migrate_only);

  // One line a setting: name, value in force, default, bounds, help. `markdown`: as the README
  // tables have it (without the value in force). Secrets print as ***, URLs without credentials.
  std::string print(bool markdown) const;
  std::string help(const std::string& program) const;

  // "http-listen" → "MILLRACE_HTTP_LISTEN".
  static std::string variable_name(const std::string& setting);

  struct Row {
    std::string name{};           // kebab-case, unique in the table
    std::string type{};           // text, bytes, duration, ...
    std::string allowed{};        // bounds or choices in words
    std::string default_value{};  // as text
    std::string help{};
    std::function<absl::Status(const std::string&)> set{};  // parses, checks, stores
    std::function<std::string()> show{};  // the value in force, as text; *** for a secret
    // What is printed instead of a value, also in a fault; without one, the value.
    std::function<std::string(const std::string&)> hide{};
    // The value in force of an integer, of a size in bytes, of a duration in seconds; others: none.
    std::function<double()> number{};
    bool required = false;  // no default, and nothing works without it
  };
  const std::vector<Row>& rows() const { return rows_; }

 private:
  void add(Row row);

  std::vector<Row> rows_;
  std::vector<std::function<absl::Status()>> rules_;
};

}  // namespace millrace::config
