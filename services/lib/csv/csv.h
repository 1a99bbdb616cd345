// SPDX-License-Identifier: Apache-2.0
//
// Comma-separated values as RFC 4180 has them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

// In quotes where it has commas, quotes or line breaks, with quotes doubled.
std::string csv_field(std::string_view text);

// With CRLF at its end.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace millrace::cli
