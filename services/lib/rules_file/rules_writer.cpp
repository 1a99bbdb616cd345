// SPDX-License-Identifier: Apache-2.0
#include "lib/rules_file/rules_writer.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <absl/strings/match.h>
#include <fmt/format.h>

#include "lib/series_rules/rules_diff.h"
#include "lib/series_rules/words.h"
#include "lib/utf8/utf8.h"

namespace millrace::rules_file {
namespace {

namespace v1 = configuration::v1;

// Texts that YAML readers take for something else.
constexpr std::array<std::string_view, 9> kWords{"true", "false", "null", "yes", "no",
                                                 "on",   "off",   "y",    "n"};

bool is_plain(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto is_further = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '[' || c == ']';
  };
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), is_further) &&
         std::none_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
           return absl::EqualsIgnoreCase({text.data(), text.size()}, {word.data(), word.size()});
         });
}

// Characters that YAML takes for ends of lines or leaves out: U+0080 to U+009F, U+2028, U+2029 and
// the byte order mark.
bool must_be_escaped(std::string_view character) {
  return (character.size() == 2 && character[0] == '\xC2' && character[1] < '\xA0') ||
         character == "\u2028" || character == "\u2029" || character == "\uFEFF";
}

std::string escaped(std::string_view character) {
  if (character == "\"" || character == "\\") return fmt::format("\\{}", character);
  const auto first = static_cast<unsigned char>(character[0]);
  if (first < 0x20 || first == 0x7F) return fmt::format("\\x{:02x}", first);
  if (!must_be_escaped(character)) return std::string(character);
  const auto low = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(character[i])) & 0x3FU;
  };
  const unsigned code = character.size() == 2 ? ((first & 0x1FU) << 6U) | low(1)
                                              : ((first & 0x0FU) << 12U) | (low(1) << 6U) | low(2);
  return fmt::format("\\u{:04x}", code);
}

std::string scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(1, utf8::character_length(text));
    quoted += escaped(text.substr(0, length));
    text.remove_prefix(length);
  }
  return quoted + "\"";
}

std::string line(int indent, std::string_view key, std::string_view value) {
  return fmt::format("{:{}}{}: {}\n", "", indent, key, value);
}

std::string series_text(const v1::SeriesRule& series) {
  std::string text = fmt::format("  {}:\n    values:\n", scalar(series.name()));
  for (const v1::ValueRule& value : series.values()) {
    text += fmt::format("      - path: {}\n", scalar(value.path()));
    text += line(8, "name", scalar(value.name()));
    text += line(8, "type", series_rules::word(value.type()));
    if (!value.unit().empty()) text += line(8, "unit", scalar(value.unit()));
    if (!value.description().empty()) text += line(8, "description", scalar(value.description()));
  }
  return text;
}

}  // namespace

std::string write_rules_file(const v1::SeriesRules& rules) {
  const auto truth = [](bool value) { return value ? "true" : "false"; };
  std::string text = line(0, "auto-extract", truth(rules.auto_extract()));
  text += line(0, "auto-extract-strings-and-booleans",
               truth(rules.auto_extract_strings_and_booleans()));
  if (rules.auto_extract_exclusions_size() > 0) text += "auto-extract-exclusions:\n";
  for (const std::string& name : rules.auto_extract_exclusions()) {
    text += fmt::format("  - {}\n", scalar(name));
  }
  if (rules.has_timestamp()) {
    text += "timestamp:\n";
    text += line(2, "path", scalar(rules.timestamp().path()));
    text += line(2, "format", series_rules::word(rules.timestamp().format()));
    text += line(2, "fallback-strategy", series_rules::word(rules.timestamp().fallback()));
  }
  if (rules.series_size() > 0) text += "names:\n";
  for (const v1::SeriesRule& series : rules.series()) text += series_text(series);
  if (rules.retention_seconds() != 0) {
    text += line(0, "retention", series_rules::retention_text(rules.retention_seconds()));
  }
  return text;
}

}  // namespace millrace::rules_file
