// SPDX-License-Identifier: Apache-2.0
//
// Comma-separated values as RFC 4180 has them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::csv {

// In quotes where it has commas, quotes or line breaks, with quotes doubled.
std::string field(std::string_view text);

// `text` with an apostrophe before it where a spreadsheet would take it for a formula and run it:
// it begins with = + - @, a tab or a carriage return. Not for numbers, whose minus is theirs.
std::string without_formula(std::string text);

// With CRLF at its end.
std::string line(const std::vector<std::string>& fields);

}  // namespace millrace::csv
