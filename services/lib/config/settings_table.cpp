// SPDX-License-Identifier: Apache-2.0
#include "lib/config/settings_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/config/command_line.h"
#include "lib/config/value_text.h"
#include "lib/error/error.h"

namespace millrace::config {
namespace {

// Of a listener that is not wanted.
constexpr char kOff[] = "off";

// That there is none may be seen.
std::string hidden(const std::string& text) {
  return text.empty() ? "" : "***";
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::string default_in_words(const SettingsTable::Row& row) {
  if (row.required) return "none, must be given";
  return row.default_value.empty() ? "empty" : row.default_value;
}

double to_number(std::int64_t value) {
  return static_cast<double>(value);
}

double to_number(std::chrono::milliseconds value) {
  return std::chrono::duration<double>(value).count();
}

// A row whose text is parsed by `parse`, kept within [min, max] and printed by `format`.
template <typename T, typename Parse, typename Format>
void bind_bounded(SettingsTable::Row& row, T* target, std::pair<T, T> bounds, Parse parse,
                  Format format) {
  const auto [min, max] = bounds;
  const std::string allowed = fmt::format("{} to {}", format(min), format(max));
  row.allowed = allowed;
  row.default_value = format(*target);
  row.show = [target, format] { return format(*target); };
  row.number = [target] { return to_number(*target); };
  row.set = [target, bounds, parse, allowed](const std::string& text) -> absl::Status {
    const auto value = parse(text);
    if (!value.ok()) return value.status();
    if (*value < bounds.first || *value > bounds.second) {
      return absl::InvalidArgumentError(fmt::format("must be {}", allowed));
    }
    *target = *value;
    return absl::OkStatus();
  };
}

void bind_text(SettingsTable::Row& row, std::string* target, bool may_be_empty,
               SettingsTable::Check check = nullptr) {
  const auto shown = [target, hide = row.hide] { return hide ? hide(*target) : *target; };
  row.default_value = shown();
  row.required = target->empty() && !may_be_empty;
  row.show = shown;
  row.set = [target, may_be_empty,
             check = std::move(check)](const std::string& text) -> absl::Status {
    if (text.empty() && !may_be_empty) return absl::InvalidArgumentError("must not be empty");
    if (check != nullptr) MILLRACE_RETURN_IF_ERROR(check(text));
    *target = text;
    return absl::OkStatus();
  };
}

std::string fault_line(const SettingsTable::Row& row, const std::string& text, bool from_flag,
                       const absl::Status& status) {
  const std::string source = from_flag ? "--" + row.name : SettingsTable::variable_name(row.name);
  return fmt::format("{} \"{}\": {}", source, row.hide ? row.hide(text) : text,
                     error::message(status));
}

std::string escaped_for_markdown(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string SettingsTable::variable_name(const std::string& setting) {
  std::string name = kVariablePrefix;
  for (const char c : setting) {
    if (c == '-') {
      name += '_';
    } else {
      name += (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return name;
}

void SettingsTable::add(Row row) {
  rows_.push_back(std::move(row));
}

void SettingsTable::text(std::string name, std::string* target, std::string help) {
  Row row{.name = std::move(name), .type = "text", .allowed = "not empty", .help = std::move(help)};
  bind_text(row, target, false);
  add(std::move(row));
}

void SettingsTable::optional_text(std::string name, std::string* target, std::string help) {
  Row row{.name = std::move(name), .type = "text", .allowed = "", .help = std::move(help)};
  bind_text(row, target, true);
  add(std::move(row));
}

void SettingsTable::urls(std::string name, std::string* target, std::string help) {
  Row row{.name = std::move(name),
          .type = "URLs",
          .allowed = "not empty",
          .help = std::move(help),
          .hide = without_credentials};
  bind_text(row, target, false);
  add(std::move(row));
}

void SettingsTable::secret(std::string name, std::string* target, std::string help, Check check) {
  Row row{.name = std::move(name),
          .type = "secret",
          .allowed = "not empty",
          .help = std::move(help),
          .hide = hidden};
  bind_text(row, target, false, std::move(check));
  add(std::move(row));
}

void SettingsTable::listen(std::string name, Listen* target, std::string help) {
  Row row{.name = std::move(name),
          .type = "host:port",
          .allowed = "port 0 to 65535",
          .help = std::move(help)};
  row.default_value = format_listen(*target);
  row.show = [target] { return format_listen(*target); };
  row.set = [target](const std::string& text) -> absl::Status {
    const absl::StatusOr<Listen> value = parse_listen(text);
    if (value.ok()) *target = *value;
    return value.status();
  };
  add(std::move(row));
}

void SettingsTable::optional_listen(std::string name, std::optional<Listen>* target,
                                    std::string help) {
  Row row{.name = std::move(name),
          .type = "host:port",
          .allowed = "off, or port 0 to 65535",
          .help = std::move(help)};
  const auto shown = [target] {
    return target->has_value() ? format_listen(**target) : std::string(kOff);
  };
  row.default_value = shown();
  row.show = shown;
  row.set = [target](const std::string& text) -> absl::Status {
    if (text == kOff) {
      *target = std::nullopt;
      return absl::OkStatus();
    }
    const absl::StatusOr<Listen> value = parse_listen(text);
    if (value.ok()) {
      *target = *value;
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        fmt::format("{}; or {}", error::message(value.status()), kOff));
  };
  add(std::move(row));
}

void SettingsTable::boolean(std::string name, bool* target, std::string help) {
  Row row{.name = std::move(name),
          .type = "boolean",
          .allowed = "true, false",
          .help = std::move(help)};
  const auto shown = [target]() -> std::string { return *target ? "true" : "false"; };
  row.default_value = shown();
  row.show = shown;
  row.set = [target](const std::string& text) -> absl::Status {
    if (text != "true" && text != "false") {
      return absl::InvalidArgumentError("must be true or false");
    }
    *target = text == "true";
    return absl::OkStatus();
  };
  add(std::move(row));
}

void SettingsTable::integer(std::string name, std::int64_t* target, std::int64_t min,
                            std::int64_t max, std::string help) {
  Row row{.name = std::move(name), .type = "integer", .help = std::move(help)};
  bind_bounded(row, target, std::pair{min, max}, parse_integer,
               [](std::int64_t value) { return std::to_string(value); });
  add(std::move(row));
}

void SettingsTable::bytes(std::string name, std::int64_t* target, std::int64_t min,
                          std::int64_t max, std::string help) {
  Row row{.name = std::move(name), .type = "bytes", .help = std::move(help)};
  bind_bounded(row, target, std::pair{min, max}, parse_bytes, format_bytes);
  add(std::move(row));
}

void SettingsTable::duration(std::string name, std::chrono::milliseconds* target,
                             std::chrono::milliseconds min, std::chrono::milliseconds max,
                             std::string help) {
  Row row{.name = std::move(name), .type = "duration", .help = std::move(help)};
  bind_bounded(row, target, std::pair{min, max}, parse_duration, format_duration);
  add(std::move(row));
}

void SettingsTable::choice(std::string name, std::string* target, std::vector<std::string> choices,
                           std::string help) {
  Row row{.name = std::move(name),
          .type = "choice",
          .allowed = joined(choices, ", "),
          .help = std::move(help)};
  row.default_value = *target;
  row.show = [target] { return *target; };
  row.set = [target, choices = std::move(choices)](const std::string& text) -> absl::Status {
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
      return absl::InvalidArgumentError(fmt::format("must be one of {}", joined(choices, ", ")));
    }
    *target = text;
    return absl::OkStatus();
  };
  add(std::move(row));
}

void SettingsTable::rule(std::function<absl::Status()> holds) {
  rules_.push_back(std::move(holds));
}

absl::StatusOr<Action> SettingsTable::parse(int argc, const char* const* argv,
                                            const std::vector<std::string>& environment,
                                            bool allow_migrate_only) {
  std::vector<std::string> names;
  for (const Row& row : rows_) names.push_back(row.name);
  const CommandLine line = read_command_line(argc, argv, names, allow_migrate_only);
  if (line.action == Action::kHelp || line.action == Action::kVersion) return line.action;
  const bool needs_all =
      line.action != Action::kPrintSettings && line.action != Action::kPrintSettingsMarkdown;
  const Environment variables = read_environment(environment, names);

  std::vector<std::string> faults = line.faults;
  faults.insert(faults.end(), variables.faults.begin(), variables.faults.end());
  for (const Row& row : rows_) {
    const auto flag = line.values.find(row.name);
    const auto variable = variables.values.find(row.name);
    const bool from_flag = flag != line.values.end();
    if (!from_flag && variable == variables.values.end()) {
      if (row.required && needs_all) {
        faults.push_back(
            fmt::format("--{} or {}: must be given", row.name, variable_name(row.name)));
      }
      continue;
    }
    const std::string& text = from_flag ? flag->second : variable->second;
    const absl::Status status = row.set(text);
    if (!status.ok()) faults.push_back(fault_line(row, text, from_flag, status));
  }
  for (const auto& holds : rules_) {
    if (!faults.empty() || !needs_all) break;
    if (const absl::Status status = holds(); !status.ok()) faults.push_back(error::message(status));
  }
  if (faults.empty()) return line.action;
  return absl::InvalidArgumentError(
      fmt::format("cannot use these settings:\n  {}", joined(faults, "\n  ")));
}

std::string SettingsTable::print(bool markdown) const {
  std::string out;
  if (markdown) out += "| Setting | Type | Default | Allowed | Meaning |\n|---|---|---|---|---|\n";
  for (const Row& row : rows_) {
    if (markdown) {
      const std::string default_cell =
          row.default_value.empty() ? default_in_words(row) : "`" + row.default_value + "`";
      out += fmt::format("| `{}` | {} | {} | {} | {} |\n", row.name, row.type,
                         escaped_for_markdown(default_cell), escaped_for_markdown(row.allowed),
                         escaped_for_markdown(row.help));
    } else {
      out += fmt::format("{} = {}  # default {}; {}{}{}\n", row.name, row.show(),
                         default_in_words(row), row.allowed, row.allowed.empty() ? "" : "; ",
                         row.help);
    }
  }
  return out;
}

std::string SettingsTable::help(const std::string& program) const {
  std::string out = fmt::format(
      "Usage: {} [--setting value]...\n\n"
      "A setting is also read from the environment: --log-level is MILLRACE_LOG_LEVEL.\n"
      "The flag wins.\n\nSettings:\n",
      program);
  for (const Row& row : rows_) {
    out +=
        fmt::format("  --{} <{}>\n      {}\n      default {}{}{}\n", row.name, row.type, row.help,
                    default_in_words(row), row.allowed.empty() ? "" : "; allowed: ", row.allowed);
  }
  out +=
      "\nInstead of running:\n"
      "  --check-config             say whether the settings are usable (exit status 0 or 2)\n"
      "  --print-settings           the settings in force; --print-settings=markdown for a table\n"
      "  --migrate-only             bring the database schema up to date (services that own one)\n"
      "  --version, --help\n";
  return out;
}

}  // namespace millrace::config
