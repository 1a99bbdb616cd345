// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/rules_diff.h"

#include <array>
#include <utility>

#include <absl/strings/str_join.h>
#include <fmt/format.h>

#include "lib/series_rules/words.h"

namespace millrace::series_rules {
namespace {

namespace v1 = configuration::v1;

void add_value(std::map<std::string, std::string>& fields, const std::string& series,
               const v1::ValueRule& value) {
  const std::string prefix = "names." + series + "." + value.name() + ".";
  fields[prefix + "path"] = value.path();
  fields[prefix + "type"] = word(value.type());
  if (!value.unit().empty()) fields[prefix + "unit"] = value.unit();
  if (!value.description().empty()) fields[prefix + "description"] = value.description();
}

}  // namespace

std::string retention_text(std::int64_t seconds) {
  constexpr std::array<std::pair<std::int64_t, char>, 3> kUnits{
      {{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}}};
  for (const auto& [length, letter] : kUnits) {
    if (seconds != 0 && seconds % length == 0) return fmt::format("{}{}", seconds / length, letter);
  }
  return fmt::format("{}s", seconds);
}

std::map<std::string, std::string> fields_of(const v1::SeriesRules& rules) {
  std::map<std::string, std::string> fields;
  fields["auto-extract"] = rules.auto_extract() ? "true" : "false";
  fields["auto-extract-strings-and-booleans"] =
      rules.auto_extract_strings_and_booleans() ? "true" : "false";
  if (rules.auto_extract_exclusions_size() > 0) {
    fields["auto-extract-exclusions"] = absl::StrJoin(rules.auto_extract_exclusions(), ", ");
  }
  if (rules.has_timestamp()) {
    fields["timestamp.path"] = rules.timestamp().path();
    fields["timestamp.format"] = word(rules.timestamp().format());
    fields["timestamp.fallback-strategy"] = word(rules.timestamp().fallback());
  }
  for (const v1::SeriesRule& series : rules.series()) {
    for (const v1::ValueRule& value : series.values()) add_value(fields, series.name(), value);
  }
  if (rules.retention_seconds() != 0) {
    fields["retention"] = retention_text(rules.retention_seconds());
  }
  return fields;
}

std::vector<Change> diff(const v1::SeriesRules& before, const v1::SeriesRules& after) {
  const auto old_fields = fields_of(before);
  auto new_fields = fields_of(after);
  std::map<std::string, Change> changes;
  for (const auto& [field, text] : old_fields) {
    const auto now = new_fields.find(field);
    const bool gone = now == new_fields.end();
    if (gone || now->second != text) {
      changes[field] = {field, text, gone ? std::string() : now->second};
    }
    if (!gone) new_fields.erase(now);
  }
  for (auto& [field, text] : new_fields) changes[field] = {field, {}, text};
  std::vector<Change> list;
  list.reserve(changes.size());
  for (auto& [field, change] : changes) list.push_back(std::move(change));
  return list;
}

}  // namespace millrace::series_rules
