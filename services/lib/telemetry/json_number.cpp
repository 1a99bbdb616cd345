// SPDX-License-Identifier: Apache-2.0
#include "lib/telemetry/json_number.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace::telemetry {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Past the digits that begin at `from`.
std::size_t skip_digits(std::string_view text, std::size_t from) {
  while (from < text.size() && is_digit(text[from])) ++from;
  return from;
}

// What may stand in a token that begins like a number.
bool is_number_character(char c) {
  return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// Past the closing quote of the string that begins at `quote`, or the end of the text.
std::size_t skip_string(std::string_view json, std::size_t quote) {
  std::size_t at = quote + 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return std::min(at + 1, json.size());
}

}  // namespace

std::size_t json_number_length(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  if (at == text.size() || !is_digit(text[at])) return 0;
  at = text[at] == '0' ? at + 1 : skip_digits(text, at);
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction_end = skip_digits(text, at + 1);
    if (fraction_end == at + 1) return at;
    at = fraction_end;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t digits = at + 1;
    if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
    const std::size_t exponent_end = skip_digits(text, digits);
    if (exponent_end > digits) at = exponent_end;
  }
  return at;
}

void blank_numbers(std::string& json) {
  std::size_t at = 0;
  while (at < json.size()) {
    if (json[at] == '"') {
      at = skip_string(json, at);
      continue;
    }
    if (!is_number_character(json[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < json.size() && is_number_character(json[end])) ++end;
    const std::string_view token = std::string_view(json).substr(at, end - at);
    if (json_number_length(token) == token.size()) {
      std::fill(json.begin() + static_cast<std::ptrdiff_t>(at),
                json.begin() + static_cast<std::ptrdiff_t>(end), ' ');
      json[at] = '0';
    }
    at = end;
  }
}

std::string number_text(double number) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), end.ptr};
}

}  // namespace millrace::telemetry
