// SPDX-License-Identifier: Apache-2.0
#include "lib/csv/csv.h"

namespace millrace::csv {

std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string without_formula(std::string text) {
  constexpr std::string_view kBeginnings = "=+-@\t\r";
  if (!text.empty() && kBeginnings.find(text.front()) != std::string_view::npos) {
    text.insert(text.begin(), '\'');
  }
  return text;
}

std::string line(const std::vector<std::string>& fields) {
  std::string text;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text += ',';
    text += field(fields[i]);
  }
  text += "\r\n";
  return text;
}

}  // namespace millrace::csv
