// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/field.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "lib/utf8/utf8.h"

namespace millrace::series_rules {
namespace {

constexpr std::size_t kShownBytes = 40;
constexpr std::array<std::string_view, 5> kReservedValueNames{"time", "kaaEndpointID", "kaaEmpty",
                                                              "_field", "_measurement"};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

}  // namespace

bool is_series_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxSeriesNameBytes &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

bool is_stored_series_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxSeriesNameBytes &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_name_character(c) || c == '~'; });
}

bool is_reserved_value_name(std::string_view name) {
  return std::find(kReservedValueNames.begin(), kReservedValueNames.end(), name) !=
         kReservedValueNames.end();
}

bool is_value_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxValueNameBytes && utf8::is_valid(name) &&
         !is_reserved_value_name(name) && std::none_of(name.begin(), name.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F ||
                  kNotInValueNames.find(c) != std::string_view::npos;
         });
}

std::string shown(std::string_view text) {
  std::string result = "\"";
  const bool cut = text.size() > kShownBytes;
  const std::string_view beginning =
      cut ? utf8::without_cut_character(text.substr(0, kShownBytes)) : text;
  for (const char c : utf8::with_replacements(beginning)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result + (cut ? "…\"" : "\"");
}

std::string series_field(std::string_view series_name) {
  return "names." + (is_series_name(series_name) ? std::string(series_name) : shown(series_name));
}

std::string value_field(std::string_view series_name, std::size_t index) {
  return fmt::format("{}.values[{}]", series_field(series_name), index);
}

}  // namespace millrace::series_rules
